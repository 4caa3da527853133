"""How a network learns: what a step does, which rows it sees, the loop, and what is remembered of it."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "fit_objective": "fit",
        "fit_session": "FitSession",
        "objectives.protocol": "Objective",
        "objectives.from_loss": "from_loss",
        "history": "History",
    },
)
