"""From arrays to arrays that are easier to learn from: images moved, turned and enlarged."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "image": "",
    },
)
