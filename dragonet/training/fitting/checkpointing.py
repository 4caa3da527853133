"""Checkpoints of a training: all that is needed to go on from there and end with the same weights, bit for bit."""

import os
from typing import Any

import jax
import numpy as np

from dragonet.core import errors
from dragonet.engines import choice
from dragonet.training import checkpoint

_ENTRIES = {
    "state": dict,
    "sums": object,
    "step": int,
    "epoch": int,
    "done_in_epoch": int,
    "epoch_step": int,
    "seed": object,
    "engine": str,
    "history": object,
    "callbacks": list,
}


def save(fit: Any, path: str | os.PathLike) -> None:
    """Write a `Fit` to a checkpoint: the objective's state, how far it is, the history and the callbacks' states.

    Raises ValueError or TypeError in the middle of an epoch that cannot be gone on with.
    """
    if fit.done_in_epoch:
        _check_resumable(fit)
    assigned = fit.objective.assignable()
    checkpoint.write(
        path,
        {
            "state": jax.tree.map(np.asarray, {name: fit.state[name] for name in fit.state if name not in assigned}),
            "assigned": assigned,
            "sums": jax.tree.map(np.asarray, fit.sums),
            "step": fit.step,
            "epoch": fit.epoch,
            "done_in_epoch": fit.done_in_epoch,
            "epoch_step": fit.epoch_step,
            "seed": fit.seed,
            "engine": fit.engine.name,
            "history": fit.history.to_json(),
            "callbacks": fit.callbacks.states(),
        },
    )


def _check_resumable(fit: Any) -> None:
    stateless = [state["class"] for state in fit.callbacks.states() if state["state"] is None]
    if stateless:
        raise errors.type_error(
            "A checkpoint in the middle of an epoch",
            "callbacks with a method state()",
            stateless[0],
            "Write save_freq='epoch', or give the callback state() and restore(state).",
        )
    if not fit.source.resumable:
        raise errors.type_error(
            "A checkpoint in the middle of an epoch",
            "arrays or a PyDataset",
            "a plain generator",
            "It cannot be read again from there: write save_freq='epoch'.",
        )


def load(fit: Any, path: str | os.PathLike) -> None:
    """Let a `Fit` go on from where a checkpoint was written.

    Raises ValueError for one of another model, other metrics or another optimizer.
    """
    saved = checkpoint.read(path)
    is_ours = isinstance(saved, dict) and all(isinstance(saved.get(name), kind) for name, kind in _ENTRIES.items())
    if not is_ours or not saved.keys() >= _ENTRIES.keys() or not saved["state"].keys() <= fit.state.keys():
        got = f"something else in {str(path)!r}"
        raise errors.value_error("A checkpoint", "the state of a training", got, "Delete it to start over.")
    if saved["engine"] != fit.engine.name and fit.trainee.chosen_engine == "auto":
        fit.use_engine(choice.named(saved["engine"]))
    wanted = {name: fit.state[name] for name in saved["state"]}
    if _layout(wanted) != _layout(saved["state"]):
        raise errors.value_error(
            "The checkpoint",
            "the same model, metrics and optimizer as when it was written",
            "others",
            "Delete it to start over.",
        )
    arrays = jax.tree.leaves(jax.tree.map(jax.numpy.array, saved["state"]))
    fit.state = {**fit.state, **jax.tree.unflatten(jax.tree.structure(wanted), arrays)}
    fit.sums, fit.step, fit.seed = saved["sums"], saved["step"], saved["seed"]
    fit.epoch, fit.done_in_epoch, fit.epoch_step = saved["epoch"], saved["done_in_epoch"], saved["epoch_step"]
    # Checkpoints of versions up to 0.1 hold the learning rate alone.
    fit.objective.assign(saved.get("assigned") or {"learning_rate": saved.get("learning_rate")})
    fit.history.restore(saved["history"])
    fit.history.stopped = None
    fit.callbacks.restore(saved["callbacks"], mid_epoch=fit.done_in_epoch > 0)
    fit.publish()


def _layout(tree: Any) -> list:
    return [(np.shape(leaf), str(np.asarray(leaf).dtype)) for leaf in jax.tree.leaves(tree)]
