"""Attention: each place of a sequence takes a weighted mean over the places of another, or of its own."""
