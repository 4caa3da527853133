"""How a training went, in words."""
