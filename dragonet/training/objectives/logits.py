"""Losses that are computed from logits: a cross-entropy that takes over the activation before it."""

# The activations have no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Callable
from typing import Any

from dragonet import activations


def fused_activation(loss: Any, activation: Any) -> Callable[..., Any] | None:
    """The activation that this cross-entropy takes over, to be computed from logits, or None.

    log(softmax(z)) and log(sigmoid(z)) are computed from z without the clipping that probabilities need, so a confident wrong
    answer keeps its gradient.
    """
    name = getattr(loss, "logits_activation", "")
    if not name or getattr(loss, "from_logits", True) or getattr(loss, "axis", -1) != -1:
        return None
    return activation if activation is activations.get(name) else None
