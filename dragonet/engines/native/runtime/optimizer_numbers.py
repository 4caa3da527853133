"""The numbers of an optimizer that change from step to step: the learning rate, and what follows from it and the step."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import forked
from dragonet.engines.native.lowering.objectives import numbers_of

_RATES_AT_ONCE = 1024


def numbers_by_step(optimizer: Any, state: Any, count: int) -> np.ndarray:
    """The optimizer's numbers (count, numbers) for the next `count` steps, one row a step."""
    rate = state["learning_rate"]
    first = int(np.asarray(state["opt"]["iterations"]))
    lr = np.full(count, rate, np.float32) if rate is not None else _scheduled(optimizer.learning_rate, first, count)
    numbers = numbers_of(optimizer, np.arange(first, first + count) + 1, lr)
    by_step = np.empty((count, len(numbers)), np.float32)
    for column, number in zip(by_step.T, numbers.values(), strict=True):
        column[:] = number
    return by_step


@functools.lru_cache(maxsize=8)
def _rates(schedule: Callable) -> Callable:
    return jax.jit(jax.vmap(schedule))


def _scheduled(schedule: Callable, first: int, count: int) -> np.ndarray:
    """The learning rates of steps, whole blocks at a time, so that one program serves spans of all lengths."""
    forked.check_xla("A learning rate schedule")
    n = _RATES_AT_ONCE
    blocks = range(first // n, (first + count - 1) // n + 1)
    rates = np.concatenate([np.asarray(_rates(schedule)(jnp.arange(n) + block * n)) for block in blocks])
    return rates[first % n :][:count].astype(np.float32)
