"""Optimizers: how a step changes the weights, given the gradient."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "base": "Optimizer",
        "names": "get serialize deserialize",
        "sgd": "SGD",
        "adam": "Adam AdamW",
        "adamax": "Adamax",
        "nadam": "Nadam",
        "adagrad": "Adagrad",
        "adadelta": "Adadelta",
        "rmsprop": "RMSprop",
        "lion": "Lion",
        "specialized.ftrl": "Ftrl",
        "specialized.lamb": "Lamb",
        "specialized.schedule_free_adamw": "ScheduleFreeAdamW",
        "wrapped": "OptaxOptimizer",
        "schedules": "",
    },
)
