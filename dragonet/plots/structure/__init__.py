"""Pictures of inspect.structure, and of the model itself."""
