"""What tells the answer although it would not be known: copies, single columns, repeated rows, groups."""
