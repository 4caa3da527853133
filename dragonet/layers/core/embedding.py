"""Embedding: a learned vector for each of a number of things, looked up by the thing's number."""

import dataclasses
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from dragonet import initializers
from dragonet.core import checks, errors
from dragonet.graph.variable_owner import VariableOwner
from dragonet.layers.base import Layer, Shape
from dragonet.layers.lookup import Named, look_up


@dataclasses.dataclass
class Embedding(Layer):
    """y = W[x]: row x of the table.

    Shapes: x (batch, ...) of whole numbers below input_dim, W (input_dim, output_dim), y (batch, ..., output_dim).

    Args: `input_dim`, how many things; `output_dim`, the length of a vector; `embeddings_initializer`,
    `embeddings_regularizer`, `embeddings_constraint`; `mask_zero`, True where 0 fills up short series, which the
    layers after this one, the loss and the metrics shall skip; `weights`, a first table instead of a drawn one.
    Raises ValueError for a number that is not in the table; inside a compiled step, which cannot raise, its vector is
    NaN, on which `fit` stops.

    >>> layer = Embedding(2, 3, weights=np.array([[0, 0, 0], [1, 2, 3]]))
    >>> layer(np.array([[1, 0]])).tolist()
    [[[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]]
    """

    input_dim: int = dataclasses.field()  # no default, where the base has one
    output_dim: int = dataclasses.field()
    embeddings_initializer: Named = "uniform"
    embeddings_regularizer: Named = None
    embeddings_constraint: Named = None
    mask_zero: bool = False
    weights: dataclasses.InitVar[Any] = None

    _not_saved = tuple(name for name in Layer._not_saved if name != "input_dim")

    def __post_init__(self, weights: Any):
        self.input_dim = checks.whole("Embedding", "input_dim", self.input_dim)
        self.output_dim = checks.whole("Embedding", "output_dim", self.output_dim)
        self.supports_masking = self.makes_mask = bool(self.mask_zero)
        look_up(self)
        self._first = None
        if weights is not None:
            self._first = np.asarray(weights[0] if isinstance(weights, list | tuple) and len(weights) == 1 else weights)
            if self._first.shape != (self.input_dim, self.output_dim):
                raise errors.value_error(
                    f"{self!r}", f"weights of shape {(self.input_dim, self.output_dim)}", f"shape {self._first.shape}"
                )

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """embeddings (input_dim, output_dim)."""
        checks.one_input(self, in_shape)
        shape = (self.input_dim, self.output_dim)
        first = self.embeddings_initializer if self._first is None else initializers.Constant(self._first)
        return ({"embeddings": initializers.draw(first, key, shape)}, {}), (*in_shape, self.output_dim)

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """W[x]."""
        if not isinstance(x, Tracer):
            self._check(x)
        ids = x.astype(jnp.int32).astype(jnp.uint32)  # below zero becomes far above the table
        return jnp.take(params["embeddings"], ids, axis=0, mode="fill"), state

    def _check(self, ids: jax.Array) -> None:
        outside = np.asarray(ids)[(np.asarray(ids) < 0) | (np.asarray(ids) >= self.input_dim)]
        if outside.size:
            raise errors.value_error(
                f"{self!r}",
                f"whole numbers from 0 to {self.input_dim - 1}",
                f"{outside[0]}",
                f"input_dim must be above the largest number: write Embedding({outside.max() + 1}, ...)."
                if outside.max() >= self.input_dim
                else "",
            )

    def compute_mask(self, x: jax.Array, mask: jax.Array | None) -> jax.Array | None:
        """True where x is not 0, with mask_zero."""
        return x != 0 if self.mask_zero else None


# The argument of this name, whose default the decorator left behind, hides what every layer offers.
cast(Any, Embedding).weights = VariableOwner.weights
