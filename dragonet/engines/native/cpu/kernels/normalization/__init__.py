"""Normalization: means and variances over a batch or over a row, what normalizes by them, and their gradients."""

from dragonet.engines.native.cpu.kernels.normalization.batch import (
    BATCH_STATISTICS,
    CENTRED,
    moments,
    move,
    recall,
    settle,
    settle_slopes,
    slopes,
)
from dragonet.engines.native.cpu.kernels.normalization.layer import layer_backward, layer_forward

__all__ = [
    "BATCH_STATISTICS",
    "CENTRED",
    "layer_backward",
    "layer_forward",
    "moments",
    "move",
    "recall",
    "settle",
    "settle_slopes",
    "slopes",
]
