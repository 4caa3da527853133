"""Plans at work: memory, threads, spans of steps."""
