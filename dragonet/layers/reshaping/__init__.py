"""Layers that only rearrange, pad, crop or repeat numbers."""
