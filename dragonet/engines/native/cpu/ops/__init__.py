"""What each op becomes on a processor: calls of kernels, one file a family."""
