"""Attention and AdditiveAttention: a mean of the values, weighted by how well their keys fit the query."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core import checks, errors
from dragonet.layers.attention import weighting
from dragonet.layers.base import Layer


class _OfLists(Layer):
    """What both share: inputs [query, value] or [query, value, key], and what is done with the scores."""

    wraps_layers = True
    dropout: float
    use_scale: bool
    seed: int | None

    def scores(self, query: jax.Array, key: jax.Array) -> jax.Array:
        """(batch, T, S)."""
        raise NotImplementedError

    def call(
        self,
        inputs: list,
        mask: list | None = None,
        training: bool | None = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """Σ_s softmax(scores)_ts value_s, and the weights with return_attention_scores."""
        self._check(inputs)
        query, value, *others = inputs
        query_mask, value_mask, *_ = mask or (None, None)
        scores = self.scores(query, others[0] if others else value)
        seen = weighting.joined(
            None if value_mask is None else value_mask[:, None],
            weighting.causal(*scores.shape[-2:]) if use_causal_mask else None,
        )
        weights = weighting.weights(scores, seen)
        weights = weighting.thinned(weights, self.dropout, training, self.seed)
        y = jnp.matmul(weights, value)
        if query_mask is not None:
            y = jnp.where(query_mask[..., None], y, 0)
        return (y, weights) if return_attention_scores else y

    def compute_mask(self, x: Any, mask: Any) -> Any:
        """The query's mask goes on."""
        return None if mask is None else mask[0]

    def _check(self, inputs: Any) -> None:
        if not isinstance(inputs, list | tuple) or len(inputs) not in (2, 3):
            raise errors.value_error(
                f"{self!r}",
                "a list [query, value] or [query, value, key]",
                f"{len(inputs)} inputs" if isinstance(inputs, list | tuple) else "one input",
                "For a sequence that attends to itself write layer([x, x]).",
            )


@dataclasses.dataclass
class Attention(_OfLists):
    """y_t = Σ_s softmax_s(q_t · k_s) v_s (Luong et al. 2015, eqs. 7 and 8, 'dot').

    Shapes: [q (batch, T, n), v (batch, S, m)] or [q, v, k (batch, S, n)], y (batch, T, m); k is v where it is left out.

    Args: `use_scale`, True multiplies the scores by a learned number; `score_mode`, 'dot', or 'concat' for
    c Σ tanh(scale (q + k)) with a learned c; `dropout`, the share of the weights that is set to 0 in training; `seed`.
    Called with `return_attention_scores=True` it also returns the weights (batch, T, S); with `use_causal_mask=True` a place
    sees itself and what is before it.
    Raises ValueError where it is called with anything but two or three inputs.

    >>> x = jnp.ones((2, 5, 3))
    >>> y, weights = Attention()([x, x], return_attention_scores=True)
    >>> y.shape, float(weights[0, 0, 0])
    ((2, 5, 3), 0.20000000298023224)
    """

    use_scale: bool = False
    score_mode: str = "dot"
    dropout: float = 0.0
    seed: int | None = None

    def __post_init__(self) -> None:
        self.score_mode = checks.one_of("Attention", "score_mode", self.score_mode, ("dot", "concat"))
        self.dropout = checks.fraction("Attention", "dropout", self.dropout)

    def build(self, input_shape: Any) -> None:
        """scale (), and concat_score_weight () with score_mode='concat'."""
        self._check(input_shape)
        self._open_cell()
        if self.use_scale:
            self.add_weight(name="scale", shape=(), initializer="ones")
        if self.score_mode == "concat":
            self.add_weight(name="concat_score_weight", shape=(), initializer="ones")

    def scores(self, query: jax.Array, key: jax.Array) -> jax.Array:
        """q_t · k_s."""
        scale = self.scale.value if self.use_scale else 1
        if self.score_mode == "dot":
            return jnp.matmul(query, jnp.swapaxes(key, -2, -1)) * scale
        return self.concat_score_weight.value * jnp.tanh(scale * (query[:, :, None] + key[:, None])).sum(-1)


@dataclasses.dataclass
class AdditiveAttention(_OfLists):
    """y_t = Σ_s softmax_s(w · tanh(q_t + k_s)) v_s (Bahdanau et al. 2015, appendix A.1.2).

    Shapes: [q (batch, T, n), v (batch, S, n)] or [q, v (batch, S, m), k (batch, S, n)], w (n,), y (batch, T, m).

    Args: `use_scale`, False leaves w out; the others, and those of a call, as `Attention`'s.

    >>> x = jnp.ones((2, 5, 3))
    >>> AdditiveAttention()([x, x]).shape
    (2, 5, 3)
    """

    use_scale: bool = True
    dropout: float = 0.0
    _: dataclasses.KW_ONLY
    seed: int | None = None

    def __post_init__(self) -> None:
        self.dropout = checks.fraction("AdditiveAttention", "dropout", self.dropout)

    def build(self, input_shape: Any) -> None:
        """scale (n,)."""
        self._check(input_shape)
        self._open_cell()
        if self.use_scale:
            self.add_weight(name="scale", shape=(input_shape[0][-1],), initializer="glorot_uniform")

    def scores(self, query: jax.Array, key: jax.Array) -> jax.Array:
        """w · tanh(q_t + k_s)."""
        hidden = jnp.tanh(query[:, :, None] + key[:, None])
        return (hidden * self.scale.value if self.use_scale else hidden).sum(-1)
