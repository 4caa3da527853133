"""BatchNormalization: each channel brought to mean 0 and variance 1 over the batch, then scaled and shifted."""

import dataclasses
from collections.abc import Mapping

import jax
import jax.numpy as jnp

from dragonet import initializers, random
from dragonet.core import checks, errors
from dragonet.layers.base import Layer, Shape
from dragonet.layers.lookup import Named, look_up
from dragonet.layers.normalization.moments import moments, normalise


@dataclasses.dataclass
class BatchNormalization(Layer):
    """y = gamma (x − mean) / sqrt(variance + epsilon) + beta, for each channel (Ioffe and Szegedy 2015, algorithm 1).

    In training mean and variance are those of the batch (the population's variance, over n), and the moving statistics
    follow them: moving ← momentum · moving + (1 − momentum) · batch. Otherwise they are the moving statistics, also in
    training where trainable=False. A mask (batch, ...) leaves elements out of the batch's statistics.
    Shapes: x (..., channels), y the same; gamma, beta, moving_mean, moving_variance (channels,).

    Args: `axis`, the channels'; `momentum`; `epsilon`; `center` and `scale`, False drops beta or gamma; initializers,
    regularizers and constraints. `renorm` and `synchronized` are for Keras's sake and must be False.

    >>> x = jnp.array([[1.0], [3.0]])
    >>> BatchNormalization(epsilon=0.0)(x, training=True).tolist()
    [[-1.0], [1.0]]
    """

    axis: int = -1
    momentum: float = 0.99
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: Named = "zeros"
    gamma_initializer: Named = "ones"
    moving_mean_initializer: Named = "zeros"
    moving_variance_initializer: Named = "ones"
    beta_regularizer: Named = None
    gamma_regularizer: Named = None
    beta_constraint: Named = None
    gamma_constraint: Named = None
    renorm: bool = False
    renorm_clipping: Mapping[str, float] | None = None
    renorm_momentum: float = 0.99
    synchronized: bool = False

    supports_masking = True
    inference_when_frozen = True

    def __post_init__(self):
        self.momentum = checks.number("BatchNormalization", "momentum", self.momentum, 0, 1)
        self.epsilon = checks.number("BatchNormalization", "epsilon", self.epsilon, 0)
        for word in ("renorm", "synchronized"):
            if getattr(self, word):
                raise errors.value_error(
                    "BatchNormalization", f"{word}=False", f"{word}=True", "It is not in dragonet."
                )
        look_up(self)

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """gamma and beta (where wanted), and the state moving_mean and moving_variance, each (channels,)."""
        shape = (checks.known(self, in_shape, self.axis),)
        drawn = {
            name: initializers.draw(getattr(self, f"{name}_initializer"), random.fold_in(key, i), shape)
            for i, name in enumerate(("gamma", "beta", "moving_mean", "moving_variance"))
        }
        wanted = {"gamma": self.scale, "beta": self.center}
        params = {name: drawn[name] for name in wanted if wanted[name]}
        return (params, {name: drawn[name] for name in drawn if name not in wanted}), in_shape

    def apply(
        self,
        params: dict,
        state: dict,
        x: jax.Array,
        *,
        training: bool | jax.Array,
        key: jax.Array | None,
        mask: jax.Array | None = None,
    ) -> tuple[jax.Array, dict]:
        """x normalised, and the moving statistics after it. `training` may be a traced bool."""
        n = state["moving_mean"].shape[0]
        checks.last_axis(self, x, n, self.axis)
        wide = [1] * x.ndim
        wide[self.axis] = n
        statistics = (state["moving_mean"], state["moving_variance"])
        if training is not False:
            axes = tuple(i for i in range(x.ndim) if i != self.axis % x.ndim)
            batch = [now.reshape(n) for now in moments(x, axes, _over(x, mask))]
            pairs = list(zip(statistics, batch, strict=True))
            moved = [old * self.momentum + now * (1 - self.momentum) for old, now in pairs]
            after = [jnp.where(training, new, old) for new, old in zip(moved, statistics, strict=True)]
            state = dict(zip(("moving_mean", "moving_variance"), after, strict=True))
            statistics = [jnp.where(training, now, old) for old, now in pairs]
        mean, variance = (statistic.reshape(wide) for statistic in statistics)
        gamma, beta = (params[name].reshape(wide) if name in params else None for name in ("gamma", "beta"))
        return normalise(x, mean, variance, self.epsilon, gamma, beta), state


def _over(x: jax.Array, mask: jax.Array | None) -> jax.Array | None:
    """The mask (batch, ...) broadcast to x (batch, ..., channels)."""
    if mask is None:
        return None
    if mask.ndim != x.ndim - 1:
        raise errors.value_error(
            "BatchNormalization", "a mask with one axis less than its input", f"{mask.ndim} axes for {x.ndim}"
        )
    return mask[..., None]
