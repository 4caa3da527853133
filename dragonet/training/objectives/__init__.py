"""What one step of learning does: the protocol, and the objectives that follow it."""
