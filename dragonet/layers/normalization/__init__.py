"""Layers that bring numbers to a known scale."""
