"""Dense, Embedding, activations, Input, and the small layers that hold no idea of space or time."""
