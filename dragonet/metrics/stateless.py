"""A metric's totals as a list of arrays, which a train step written as in Keras hands from step to step."""

# JAX's functions of arrays are partly without types.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

import contextlib
from collections.abc import Generator, Sequence
from typing import Any

import jax.numpy as jnp


def variables_of(metric: Any) -> list[Any]:
    """The current totals."""
    totals = metric._current_totals()
    return [totals[name] for name in metric.zeros()]


def zeros_of(metric: Any) -> list[Any]:
    """The totals before the first batch."""
    return [jnp.asarray(array) for array in metric.zeros().values()]


@contextlib.contextmanager
def bound(metrics: Sequence[Any], variables: Sequence[Any]) -> Generator[None]:
    """Within it, the metrics hold these totals; afterwards their own again."""
    rest, before = list(variables), [metric._totals for metric in metrics]
    for metric in metrics:
        names = list(metric.zeros())
        metric._totals, rest = dict(zip(names, map(jnp.asarray, rest), strict=False)), rest[len(names) :]
    try:
        yield
    finally:
        for metric, totals in zip(metrics, before, strict=True):
            metric._totals = totals
