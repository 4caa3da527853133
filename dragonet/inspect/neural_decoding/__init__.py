"""Decoding conditions from brain signals, and encoding models from stimuli to channels."""
