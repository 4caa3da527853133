"""A loss or weights that became NaN or infinite: where that began, what is likely to be the cause, and the end of the training."""

from typing import Any

import jax
import numpy as np

from dragonet import random
from dragonet.core import errors, forked
from dragonet.training.data.sources import Segment
from dragonet.training.objectives.supervised import Supervised


def stop(fit: Any, segment: Segment | None = None, start: int = 0) -> None:
    """Stop a training with weights that are numbers, and say what is likely.

    segment, start: the batch whose loss was not finite begins at this row of the segment's order; None where the weights
    are not finite though the loss was.
    """
    fit.history.stopped = "not finite"
    kept = "the weights are those that step began with"
    where = _where(fit, segment, start)
    if not fit.objective.is_finite(fit.state):
        fit.state = fit.backup.recovered(fit.state)
        kept = "the weights are those of a quarter of a second before"
    fit.publish()
    epoch, step = fit.epoch + 1, fit.done_in_epoch + 1
    fit.history.facts["not_finite"] = {"epoch": epoch, "step": step, "where": where}
    errors.warn(
        f"The loss became NaN or infinite at step {step} of epoch {epoch}{where}. Training stopped; {kept}. "
        f"{_likely_cause(fit.objective.assignable().get('learning_rate'))}"
    )


def _where(fit: Any, segment: Segment | None, start: int) -> str:
    """Which layer was the first whose numbers broke: by its weights, or by its output on the batch of that step."""
    if not isinstance(fit.objective, Supervised):
        return ""
    graph, (params, running) = fit.objective.graph, fit.objective.weights(fit.state)
    for layer, weights in zip(graph.flat, params, strict=True):
        if not _is_finite(weights):
            return f", and the weights of {layer.name!r} with it: its gradient was not finite"
    broken: list = []

    def watch(layer: Any, y: Any) -> None:
        if not _is_finite(y):
            broken.append(layer)

    if segment is not None:
        if not forked.xla_can_run():  # it would run the layers one by one
            return ""
        rows = np.asarray(segment.order)[start : start + segment.batch]
        x = jax.tree.map(lambda a: a[rows], segment.data["x"])
        key = jax.random.fold_in(random.key(fit.seed), fit.step)
        graph.run(params, running, x, training=True, key=key, watch=watch)
    return f", first in the output of {broken[0].name!r}" if broken else ", in the loss itself"


def _likely_cause(rate: Any) -> str:
    """In words, for a training with this learning rate; None: a schedule makes it, or the objective has several."""
    if rate is not None and np.ndim(rate) == 0 and rate > 0.01:
        return f"The learning rate {float(rate):g} is high: try {float(rate) / 10:g}."
    return "Likely causes: features or targets on very large scales (standardise them), or a learning rate that is too high."


def _is_finite(tree: Any) -> bool:
    return all(np.isfinite(leaf).all() for leaf in map(np.asarray, jax.tree.leaves(tree)))
