"""train_on_batch: one step by the same compiled loop as fit's, so that it gives fit's bits."""

from typing import Any

import jax
import numpy as np

from dragonet.engines.base import logs, zero_sums
from dragonet.training.data import arrays, labels
from dragonet.training.data.adapter import feed
from dragonet.training.data.sizes import check_fit


def train_on_batch(model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> dict[str, Any]:
    """One step; the figures are those of all steps since `reset_metrics`."""
    model.training_state.compiled_for("train_on_batch")
    with labels.numbering_kept(model):
        return _step(model, x, y, sample_weight, class_weight)


def _step(model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> dict[str, Any]:
    training = model.training_state
    data = feed(model, x, y, sample_weight, class_weight, "train_on_batch", learns=True, part=True)
    objective = training.objective_for(data.first["y"])
    check_fit(model, model.optimizer, arrays.rows(data.first))
    on_device = data.engine.put(data.first)
    n = len(jax.tree.leaves(on_device)[0])
    if training.batch_sums is None:
        state, sums = training.start(objective, data.first, n), zero_sums(objective)
    else:
        state, sums = training.refresh(objective, training.state), training.batch_sums
    order = np.arange(n, dtype=np.int32)
    span = data.engine.training(objective, n)(state, sums, on_device, order, 0, 1, training.steps, training.seed)
    training.publish(objective, span.state, training.steps + span.steps)
    training.batch_sums = span.sums
    return logs(data.engine.values(objective), objective, span.sums, span.state)
