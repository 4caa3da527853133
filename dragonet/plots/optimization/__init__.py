"""Pictures of inspect.optimization."""
