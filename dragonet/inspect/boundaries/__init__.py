"""Decision boundaries and regions of classifiers."""
