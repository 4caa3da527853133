"""GroupedQueryAttention: several heads of queries share a head of keys and values."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.layers.attention import weighting
from dragonet.layers.attention.multi_head import Projecting
from dragonet.layers.base import Layer
from dragonet.layers.lookup import Named, look_up


@dataclasses.dataclass
class GroupedQueryAttention(Projecting):
    """`MultiHeadAttention` in which groups of query heads share keys and values (Ainslie et al. 2023, section 2.2).

    Shapes: query (batch, T, n), value and key (batch, S, m), y (batch, T, n).

    Args: `head_dim`, the width of a head; `num_query_heads`; `num_key_value_heads`, by which they are divisible; the others,
    and those of a call, as `MultiHeadAttention`'s.
    Raises ValueError where the heads do not come out even.

    >>> x = jnp.ones((2, 5, 3))
    >>> GroupedQueryAttention(head_dim=4, num_query_heads=4, num_key_value_heads=2)(x, x).shape
    (2, 5, 3)
    """

    head_dim: int
    num_query_heads: int
    num_key_value_heads: int
    dropout: float = 0.0
    use_bias: bool = True
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

    keras_name = "GroupQueryAttention"

    _not_saved = (*Layer._not_saved, "flash_attention")

    def __post_init__(self) -> None:
        who = "GroupQueryAttention"
        for name in ("head_dim", "num_query_heads", "num_key_value_heads"):
            checks.whole(who, name, getattr(self, name))
        if self.num_query_heads % self.num_key_value_heads:
            raise errors.value_error(
                who,
                f"num_query_heads to be divisible by num_key_value_heads={self.num_key_value_heads}",
                f"{self.num_query_heads}",
            )
        self.dropout = checks.fraction(who, "dropout", self.dropout)
        if self.sliding_window is not None:
            self.sliding_window = checks.whole(who, "sliding_window", self.sliding_window)
        look_up(self)

    def build(self, query_shape: Any, value_shape: Any = None, key_shape: Any = None) -> None:
        """The projections of query, key and value, and the one of all heads together."""
        value_shape = query_shape if value_shape is None else value_shape
        key_shape = value_shape if key_shape is None else key_shape
        self._open_cell()
        few, many = (self.num_key_value_heads, self.head_dim), (self.num_query_heads, self.head_dim)
        self._query_dense = self.projection("query", 3, many)
        self._key_dense = self.projection("key", 3, few)
        if self.use_gate:
            self._gate_dense = self.projection("gate", 3, many, activation="sigmoid")
        self._value_dense = self.projection("value", 3, few)
        self._output_dense = self.projection("attention_output", 4, (query_shape[-1],), axes=2)
        self._query_dense.build(query_shape)
        self._key_dense.build(key_shape)
        self._value_dense.build(value_shape)
        if self.use_gate:
            self._gate_dense.build(query_shape)
        self._output_dense.build((*query_shape[:-1], *many))

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
        times = self.num_query_heads // self.num_key_value_heads
        q = jnp.swapaxes(self._query_dense(query), 1, 2)
        k = jnp.repeat(jnp.swapaxes(self._key_dense(key), 1, 2), times, axis=1)
        v = jnp.repeat(jnp.swapaxes(self._value_dense(value), 1, 2), times, axis=1)
        mask = weighting.joined(
            None if query_mask is None else query_mask[:, None, :, None],
            None if value_mask is None else value_mask[:, None, None, :],
            None if key_mask is None else key_mask[:, None, None, :],
            weighting.causal(q.shape[-2], k.shape[-2]) if use_causal_mask else None,
            None if self.sliding_window is None else weighting.window(q.shape[-2], k.shape[-2], self.sliding_window),
            None if attention_mask is None else jnp.asarray(attention_mask)[..., None, :, :],
        )
        scores = jnp.matmul(q / jnp.sqrt(jnp.asarray(self.head_dim, q.dtype)), jnp.swapaxes(k, -2, -1))
        weights = weighting.weights(scores, mask, zeros=return_attention_scores or self.dropout > 0)
        y = jnp.swapaxes(jnp.matmul(weighting.thinned(weights, self.dropout, training, self.seed), v), 1, 2)
        y = self._output_dense(y * self._gate_dense(query) if self.use_gate else y)
        return (y, weights) if return_attention_scores else y


GroupQueryAttention = GroupedQueryAttention
