"""From a user's files to arrays."""

from dragonet.lazy import contents

__getattr__, __dir__, __all__ = contents(__name__, {
    "splitting": "split",  # not split.py: the loaded file would hide the function
})
