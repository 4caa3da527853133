"""Schedules: learning rates that change from step to step."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "base": "LearningRateSchedule serialize deserialize",
        "decay": "ExponentialDecay InverseTimeDecay",
        "piecewise": "PiecewiseConstantDecay",
        "polynomial": "PolynomialDecay",
        "cosine": "CosineDecay CosineDecayRestarts",
    },
)
