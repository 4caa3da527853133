"""How much memory a training or a prediction will take, added up from shapes before anything is allocated."""

from typing import Any

from dragonet.core import memory_limit
from dragonet.core.memory_limit import bytes_of, size

LEAST_ROWS = 32  # that are always done at once
_MOST_ROWS = 8192
_ACTIVATION_BYTES = 2**27  # at most this much for what a layer hands on, of rows that are done at once


def quick_rows(graph: Any) -> int:
    """How many rows to run at once where any number is right: many, but few of a layer whose output is large."""
    return max(LEAST_ROWS, min(_MOST_ROWS, _ACTIVATION_BYTES // max(graph.widest_bytes, 1)))


def check_fit(model: Any, optimizer: Any, rows: int) -> None:
    """Refuse a training, in batches of so many rows, that cannot fit into memory.

    Weights count with their gradient, the copy that a failure falls back to, and what the optimizer keeps beside each; the
    layers' outputs once, as they are kept for the way back, and the largest of them again, for its gradient. An engine may
    need more, but not less.
    Raises MemoryError.
    """
    weights = model.graph.weight_bytes
    copies = 3
    if optimizer is not None:  # else an objective of the user's own, which may have any number
        copies += len(optimizer.slots()) + bool(optimizer.use_ema) + bool(optimizer.gradient_accumulation_steps)
    handed_on = rows * (model.graph.learning_bytes + model.graph.widest_bytes)
    parts = f"{size(copies * weights)} for weights, gradients and the optimizer, {size(handed_on)} for a batch of {rows} rows"
    instead = "Take a smaller batch_size." if handed_on > copies * weights else "Take fewer or narrower layers."
    memory_limit.check(f"fit ({parts})", copies * weights + handed_on, instead)


def check_test(who: str, model: Any, rows: int, at_once: int) -> None:
    """Refuse a prediction of so many rows, so many of them at once, that cannot fit into memory.

    Raises MemoryError.
    """
    output_bytes = bytes_of((rows, *tensor.shape[1:]) for tensor in model.outputs)
    handed_on = at_once * model.graph.widest_bytes
    parts = f"{size(handed_on)} for {at_once} rows at once" + (
        f", {size(output_bytes)} for the outputs of {rows} rows" if rows else ""
    )
    instead = "Predict a part of the rows at a time." if output_bytes > handed_on else "Take a smaller batch_size."
    memory_limit.check(f"{who} ({parts})", model.graph.weight_bytes + output_bytes + handed_on, instead)
