"""What each kind of layer adds to a plan."""
