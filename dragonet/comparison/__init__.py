"""Any models over many splits and seeds: is one better than another, or was it luck?"""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "comparing": "compare",
        "result": "Comparison Difference",
    },
)
