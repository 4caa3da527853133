"""Pictures of inspect.boundaries."""
