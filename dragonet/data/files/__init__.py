"""From files and Python objects to raw tables and arrays: one reader for each type of file."""
