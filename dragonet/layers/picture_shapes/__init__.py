"""Layers that bring images to one size."""
