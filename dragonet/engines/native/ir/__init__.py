"""A small language for machine code, over LLVM."""
