"""Convolutions: plain, separable, transposed."""
