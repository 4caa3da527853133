"""Pictures of inspect.performance."""
