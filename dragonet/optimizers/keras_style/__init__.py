"""Optimizers as Keras uses them: by hand, with their state as a list of arrays, and as classes with `update_step`."""
