"""What became NaN or infinite first in a training, and what is likely to be the cause."""

from typing import Any

import jax
import numpy as np

from dragonet import random
from dragonet.core import forked


def where(fit: Any, segment: Any, start: int) -> str:
    """Which layer was the first whose numbers broke: by its weights, or by its output on the batch of that step."""
    graph = getattr(fit.objective, "graph", None)
    if graph is None:
        return ""
    for layer, weights in zip(graph.flat, fit.state["params"], strict=True):
        if not _finite(weights):
            return f", and the weights of {layer.name!r} with it: its gradient was not finite"
    broken: list = []

    def watch(layer: Any, y: Any) -> None:
        if not _finite(y):
            broken.append(layer)

    if segment is not None:
        if not forked.xla_can_run():  # it would run the layers one by one
            return ""
        rows = np.asarray(segment.order)[start : start + segment.batch]
        x = jax.tree.map(lambda a: a[rows], segment.data["x"])
        key = jax.random.fold_in(random.key(fit.seed), fit.step)
        graph.run(fit.state["params"], fit.state["state"], x, training=True, key=key, watch=watch)
    return f", first in the output of {broken[0].name!r}" if broken else ", in the loss itself"


def likely_cause(rate: float | None) -> str:
    """In words, for a training with this learning rate; None: a schedule's."""
    if rate is not None and rate > 0.01:
        return f"The learning rate {rate:g} is high: try {rate / 10:g}."
    return "Likely causes: features or targets on very large scales (standardise them), or a learning rate that is too high."


def _finite(tree: Any) -> bool:
    return all(np.isfinite(leaf).all() for leaf in map(np.asarray, jax.tree.leaves(tree)))
