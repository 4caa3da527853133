"""How a network learns: what a step does, which rows it sees, the loop, and what is remembered of it."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "objectives.supervised": "Objective from_loss",
        "history": "History",
    },
)
