"""From brain signals to conditions over time, and from stimuli to channels."""
