"""What a step computes: ops as data, each with its meaning in NumPy."""
