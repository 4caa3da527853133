"""What a step does, as plain data: buffers, weights and tasks in order."""
