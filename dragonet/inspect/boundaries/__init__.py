"""Where a model changes its answer."""
