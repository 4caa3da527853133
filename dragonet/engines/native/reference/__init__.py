"""The reference target: runs any plan in NumPy, one op at a time, as the ops define themselves. Slow, and easy to follow."""
