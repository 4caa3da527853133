"""Costs: what lowering asks of a target, so that it need not know the target's code."""

from collections.abc import Callable
from dataclasses import dataclass

from dragonet.engines.native.ops.convolution import Window


@dataclass(frozen=True)
class Costs:
    """From which size on it pays that threads share work, and what else depends on how a target's code works.

    alone: products a row, up to which each thread does all of them sooner than threads could agree. few_outputs: of a dense layer,
    up to which its inputs lie side by side in memory. few_channels: of an image that is read as it lies; with more, channels are
    filled up to 16. list_rows: how many pooled lines of a convolution lists of gradients are made for at a time.
    """

    alone: int
    few_outputs: int
    few_channels: int
    list_rows: Callable[[Window, tuple[int, int]], int]
