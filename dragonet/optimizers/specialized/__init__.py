"""Optimizers for special cases: large batches, sparse models, no schedule."""
