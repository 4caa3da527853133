"""Layers against overfitting: dropout, noise, penalties on activities."""
