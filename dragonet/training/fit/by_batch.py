"""train_on_batch: one step by the same compiled loop as fit's, so that it gives fit's bits."""

from typing import Any

import jax
import numpy as np

from dragonet.core import session
from dragonet.engines.base import logs, zero_sums
from dragonet.training.data import arrays
from dragonet.training.data.sizes import check_fit


def train_on_batch(model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any, return_dict: bool) -> Any:
    """One step; the figures are counted on until `reset_metrics`."""
    feed = model._feed(x, y, sample_weight, class_weight, who="train_on_batch", learns=True, part=True)
    objective = model._objective_for(feed.first["y"])
    check_fit(model, model.optimizer, arrays.rows(feed.first))
    live = model._live or {}
    state = model.training_state(objective)
    sums = live.get("sums") or zero_sums(objective)
    data = feed.engine.put(feed.first)
    n = len(jax.tree.leaves(data)[0])
    step = int(model.optimizer.iterations)
    span = feed.engine.training(objective, n)(
        state,
        sums,
        data,
        np.arange(n, dtype=np.int32),
        0,
        1,
        step,
        session.seed() if model.seed is None else model.seed,
    )
    model.leave_weights(span.state, step + span.steps)
    model._live |= {"totals": span.state["totals"], "sums": span.sums}
    seen = logs(feed.engine.values(objective), objective, span.sums, span.state["totals"])
    return seen if return_dict else list(seen.values()) if len(seen) > 1 else seen["loss"]
