"""The machine code of each operation, one idea a file."""
