"""Leakage: columns and rows that give the answer away: copies, single columns, repeated rows, groups."""
