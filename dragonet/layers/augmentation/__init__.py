"""Layers that change images at random in training."""
