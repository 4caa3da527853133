"""Keras's names that mean nothing here, or something else: absent ones, old arguments, methods that nothing would call."""
