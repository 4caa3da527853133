"""A batch as a training step uses it: its arrays checked as in fit, and the objective that is minimized."""

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import ArrayLike

from dragonet.core import errors
from dragonet.training.data.adapter import feed, is_stream

ModelData = ArrayLike | Sequence[ArrayLike] | Mapping[str, ArrayLike]  # one array, or one for each input or output


def prepare_batch(
    model: Any, x: ModelData, y: ModelData, sample_weight: ModelData | None = None, who: str = "trace"
) -> tuple[Any, dict]:
    """The objective of a compiled model for these targets, and the batch {'x', 'y', 'w'}. The model is not changed.

    Raises ValueError for a model that was not compiled and for data that it cannot learn from.

    >>> import numpy as np; from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> objective, batch = prepare_batch(model, np.ones((4, 2)), np.ones(4))
    >>> objective.figures, [y.shape for y in batch["y"]]
    (('loss',), [(4,)])
    """
    compiled = model.training_state.compiled_for(who)
    if compiled.own_objective is not None:
        raise errors.value_error(who, "a model compiled with a loss", "one compiled with an objective of your own")
    if y is None or (isinstance(y, list | tuple | dict) and not y) or is_stream(x):
        got = "x alone" if not is_stream(x) else errors.short_repr(x)
        raise errors.value_error(who, "arrays x and y, the right answers", got, f"Write {who}(model, x, y).")
    classes = model.classes_
    try:
        batch = feed(model, x, y, sample_weight, None, who, learns=classes is None).first
    finally:
        model.classes_ = classes
    return compiled.objective(model, batch["y"]), batch
