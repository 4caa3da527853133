"""A loss of a user's own function."""

import dataclasses
from collections.abc import Callable
from typing import Any, cast

import jax

from dragonet import losses
from dragonet.core import session
from dragonet.losses.base import Loss
from dragonet.losses.shapes import same_rank


@dataclasses.dataclass
class LossFunctionWrapper(Loss):
    """The loss of a plain function fn(y_true, y_pred) that returns one value per example.

    >>> import jax.numpy as jnp
    >>> def absolute(y_true, y_pred):
    ...     return jnp.abs(y_pred - y_true).mean(axis=-1)
    >>> loss = LossFunctionWrapper(absolute)
    >>> loss.name, float(loss([[0.0]], [[3.0]]))
    ('absolute', 3.0)
    """

    fn: Callable[..., Any] | str
    reduction: str | None = "sum_over_batch_size"
    name: str | None = None
    dtype: str | None = None

    def __post_init__(self):
        self.fn = losses.get(self.fn)  # a file holds its name
        self.name = self.name or name_of(self.fn)

    def call(self, y_true: jax.Array, y_pred: jax.Array) -> jax.Array:
        """What the function returns, for targets and predictions of one rank."""
        return cast(Callable[..., jax.Array], self.fn)(*same_rank(y_true, y_pred))


def name_of(thing: Any) -> str:
    """The name of a function or an object in Keras's logs."""
    return getattr(thing, "name", None) or session.snake_case(getattr(thing, "__name__", type(thing).__name__))
