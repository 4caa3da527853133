"""Pictures of inspect.neural_decoding."""
