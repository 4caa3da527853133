"""From what a user passes to batches."""
