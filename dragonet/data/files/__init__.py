"""From files and Python objects to raw tables and arrays: one reader a kind of file."""
