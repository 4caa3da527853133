"""The loop of fit, and what happens around it."""
