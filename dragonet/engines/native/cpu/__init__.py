"""The processor as a target: kernels, the code around them, compilation, the number of threads."""
