"""The report of a ladder: one file for a browser, to keep, to print and to send."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "render": "write write_ladder",
    },
)
