"""MultiHeadAttention: several attentions side by side, each on its own projection of the sequence."""

import dataclasses
import string
from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.layers.attention import weighting
from dragonet.layers.base import Layer
from dragonet.layers.core.einsum_dense import EinsumDense
from dragonet.layers.lookup import Named, look_up


class Projecting(Layer):
    """What layers with several heads share: the projections, whose weights have the rules of the layer's fields."""

    wraps_layers = True
    supports_masking = True
    use_bias: bool
    kernel_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    bias_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any

    def projection(self, name: str, rank: int, into: tuple[int, ...], axes: int = 1, activation: Any = None) -> Layer:
        """A product over the last axes of tensors of this rank, into others."""
        letters = string.ascii_lowercase
        kept, summed, new = letters[: rank - axes], letters[rank - axes : rank], letters[rank : rank + len(into)]
        return EinsumDense(
            f"{kept}{summed},{summed}{new}->{kept}{new}",
            output_shape=(*(None,) * (len(kept) - 1), *into),
            activation=activation,
            bias_axes=new if self.use_bias else None,
            kernel_initializer=self.kernel_initializer,
            bias_initializer=self.bias_initializer,
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
            name=name,
        )


@dataclasses.dataclass
class MultiHeadAttention(Projecting):
    """y = Σ_h softmax(q_h k_hᵀ / √key_dim) v_h W_h: heads h on projections q_h, k_h, v_h (Vaswani et al. 2017, section 3.2).

    Shapes: query (batch, T, n), value and key (batch, S, m), y (batch, T, n).

    Args: `num_heads`, `key_dim`, the width of a head's query and key, `value_dim` of its value (key_dim where None);
    `dropout`, the share of the attention's weights that is set to 0 in training; `output_shape`, the width of y, n where
    None; `attention_axes`, along which axes of longer inputs it attends, all but the first and last where None;
    `sliding_window`, how many places away a place still sees; `use_gate` multiplies each head by a sigmoid of the query;
    `flash_attention` is for Keras's sake.
    Called as `layer(query, value, key=None)`: the key is the value where it is left out. With `attention_mask` (batch, T, S) a
    place sees what is True, with `use_causal_mask=True` itself and what is before it; with
    `return_attention_scores=True` it also returns the weights (batch, heads, T, S).
    Raises ValueError for a key and a value of different lengths.

    >>> layer = MultiHeadAttention(num_heads=2, key_dim=4)
    >>> x = jnp.ones((2, 5, 3))
    >>> y, weights = layer(x, x, return_attention_scores=True, use_causal_mask=True)
    >>> y.shape, weights.shape, float(weights[0, 0, 0, 1])
    ((2, 5, 3), (2, 2, 5, 5), 0.0)
    """

    num_heads: int
    key_dim: int
    value_dim: int | None = None
    dropout: float = 0.0
    use_bias: bool = True
    output_shape: int | tuple[int, ...] | None = None
    attention_axes: int | tuple[int, ...] | None = None
    sliding_window: int | None = None
    flash_attention: bool | None = None
    kernel_initializer: Named = "glorot_uniform"
    bias_initializer: Named = "zeros"
    kernel_regularizer: Named = None
    bias_regularizer: Named = None
    activity_regularizer: Named = None
    kernel_constraint: Named = None
    bias_constraint: Named = None
    use_gate: bool = False
    seed: int | None = None

    _not_saved = (*Layer._not_saved, "flash_attention")

    def __post_init__(self) -> None:
        who = "MultiHeadAttention"
        self.num_heads = checks.whole(who, "num_heads", self.num_heads)
        self.key_dim = checks.whole(who, "key_dim", self.key_dim)
        self.value_dim = checks.whole(who, "value_dim", self.value_dim or self.key_dim)
        self.dropout = checks.fraction(who, "dropout", self.dropout)
        if self.sliding_window is not None:
            self.sliding_window = checks.whole(who, "sliding_window", self.sliding_window)
        if isinstance(self.output_shape, int):
            self.output_shape = (self.output_shape,)
        if isinstance(self.attention_axes, int):
            self.attention_axes = (self.attention_axes,)
        look_up(self)

    def build(self, query_shape: Any, value_shape: Any = None, key_shape: Any = None) -> None:
        """The projections of query, key and value, and the one of all heads together."""
        value_shape = query_shape if value_shape is None else value_shape
        key_shape = value_shape if key_shape is None else key_shape
        if value_shape[1:-1] != key_shape[1:-1]:
            raise errors.value_error(f"{self!r}", "a key and a value of one length", f"{key_shape} and {value_shape}")
        self._open_cell()
        heads, rank = (self.num_heads,), len(query_shape)
        out: Any = self.output_shape or (query_shape[-1],)
        value_dim: Any = self.value_dim
        self.query_dense = self.projection("query", rank, (*heads, self.key_dim))
        self.key_dense = self.projection("key", rank, (*heads, self.key_dim))
        if self.use_gate:
            self._gate_dense = self.projection("gate", rank, (*heads, value_dim), activation="sigmoid")
        self.value_dense = self.projection("value", rank, (*heads, value_dim))
        self.output_dense = self.projection("attention_output", rank + 1, tuple(out), axes=2)
        for layer, shape in (
            (self.query_dense, query_shape),
            (self.key_dense, key_shape),
            (self.value_dense, value_shape),
        ):
            layer.build(shape)
        if self.use_gate:
            self._gate_dense.build(query_shape)
        self.output_dense.build((*query_shape[:-1], self.num_heads, self.value_dim))

    def call(
        self,
        query: jax.Array,
        value: jax.Array,
        key: jax.Array | None = None,
        query_mask: jax.Array | None = None,
        value_mask: jax.Array | None = None,
        key_mask: jax.Array | None = None,
        attention_mask: jax.Array | None = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """Project, attend, and put the heads together."""
        key = value if key is None else key
        axes = self._axes(query.ndim)
        q, k, v = (
            _heads_first(layer(x), axes)
            for layer, x in ((self.query_dense, query), (self.key_dense, key), (self.value_dense, value))
        )
        mask = weighting.joined(
            None if query_mask is None else query_mask.reshape(len(query), 1, -1, 1),
            None if value_mask is None else value_mask.reshape(len(value), 1, 1, -1),
            None if key_mask is None else key_mask.reshape(len(key), 1, 1, -1),
            weighting.causal(q.shape[-2], k.shape[-2]) if use_causal_mask else None,
            None if self.sliding_window is None else weighting.window(q.shape[-2], k.shape[-2], self.sliding_window),
            None if attention_mask is None else _mask_of_heads(attention_mask, q, k),
        )
        scores = jnp.matmul(q / jnp.sqrt(jnp.asarray(self.key_dim, q.dtype)), jnp.swapaxes(k, -2, -1))
        weights = weighting.weights(scores, mask, zeros=return_attention_scores or self.dropout > 0 or query.ndim > 3)
        y = jnp.matmul(weighting.thinned(weights, self.dropout, training, self.seed), v)
        y = _heads_last(y, axes, query.shape)
        y = self.output_dense(y * self._gate_dense(query) if self.use_gate else y)
        return (y, _scores(weights, axes, query.shape, key.shape)) if return_attention_scores else y

    def _axes(self, rank: int) -> tuple[int, ...]:
        """The axes of the input along which it attends."""
        if self.attention_axes is None:
            return tuple(range(1, rank - 1))
        axes = self.attention_axes if isinstance(self.attention_axes, tuple) else (self.attention_axes,)
        return tuple(axis % rank for axis in axes)


# x (batch, ..., heads, n), with the axes to attend along anywhere in the middle, as (batch, others, heads, T, n), and back.


def _order(axes: tuple[int, ...], rank: int) -> list[int]:
    others = [axis for axis in range(rank - 2) if axis not in axes]
    return [*others, rank - 2, *axes, rank - 1]


def _heads_first(x: jax.Array, axes: tuple[int, ...]) -> jax.Array:
    moved = jnp.transpose(x, _order(axes, x.ndim))
    cut = x.ndim - 1 - len(axes)
    return moved.reshape(*moved.shape[:cut], -1, x.shape[-1])


def _heads_last(y: jax.Array, axes: tuple[int, ...], shape: tuple[int, ...]) -> jax.Array:
    rank = len(shape) + 1
    order = _order(axes, rank)
    lengths = [shape[axis] for axis in axes]
    y = y.reshape(*y.shape[:-2], *lengths, y.shape[-1])
    return jnp.transpose(y, [order.index(axis) for axis in range(rank)])


def _scores(weights: jax.Array, axes: tuple, query: tuple, key: tuple) -> jax.Array:
    """The weights (..., heads, T, S) with an axis for each axis of query and key."""
    return weights.reshape(*weights.shape[:-2], *(query[axis] for axis in axes), *(key[axis] for axis in axes))


def _mask_of_heads(mask: jax.Array, q: jax.Array, k: jax.Array) -> jax.Array:
    """A mask (batch, T, S) or (T, S) with an axis for the heads; one that has it as it is."""
    mask = jnp.asarray(mask).astype(bool)
    mask = mask.reshape(*mask.shape[: max(0, mask.ndim - 2)], *mask.shape[-2:])
    return mask[:, None] if mask.ndim == 3 else mask
