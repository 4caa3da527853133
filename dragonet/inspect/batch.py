"""A batch as a model learns from it: its arrays checked as fit checks them, and the objective that they are held to."""

from typing import Any

from dragonet.core import errors
from dragonet.training.data.adapter import is_stream


def learned_from(model: Any, x: Any, y: Any, sample_weight: Any = None, who: str = "trace") -> tuple[Any, dict]:
    """The objective of a compiled model for these targets, and {'x', 'y', 'w'}; what `fit` would note down is undone.

    Raises ValueError for a model that was not compiled and for data that it cannot learn from.

    >>> import numpy as np; from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> objective, batch = learned_from(model, np.ones((4, 2)), np.ones(4))
    >>> objective.figures, [y.shape for y in batch["y"]]
    (('loss',), [(4,)])
    """
    model._needs_compile(who)
    if y is None or (isinstance(y, list | tuple | dict) and not y) or is_stream(x):
        got = "x alone" if not is_stream(x) else errors.short_repr(x)
        raise errors.value_error(who, "arrays x and y, the right answers", got, f"Write {who}(model, x, y).")
    classes = model.classes_
    try:
        batch = model._feed(x, y, sample_weight, None, who=who, learns=classes is None).first
    finally:
        model.classes_ = classes
    return model._compiled.objective(model, batch["y"]), batch
