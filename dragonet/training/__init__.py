"""How a network learns: what a step does, which rows it sees, the loop, and what is remembered of it."""

from dragonet.lazy import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "objective": "Objective from_loss",
        "history": "History",
    },
)
