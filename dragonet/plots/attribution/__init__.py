"""Pictures of inspect.attribution."""
