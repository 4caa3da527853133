"""From a user's files to arrays."""

# At once, not lazily: a function with its file's name would be hidden by the file as soon as that is imported.
from dragonet.data.split import split

__all__ = ["split"]
