"""What every room stands on: errors, validation, the session, serialization, files written whole; no user imports it."""
