"""Answers for new rows: what a user's file holds, what the kept model says of it, and which answers can be trusted."""
