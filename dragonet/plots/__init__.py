"""Pictures of data and of what `inspect` returns; each drawn into the axes given, or into a figure of its own."""

from dragonet.lazy import contents

__getattr__, __dir__, __all__ = contents(__name__, {
    "confusing": "most_confusing",
    "curves": "learning_curves",
    "images": "grid",
    "style": "",
})
