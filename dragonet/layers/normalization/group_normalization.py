"""GroupNormalization: channels in groups, each group of each row brought to mean 0 and variance 1."""

import dataclasses

import jax

from dragonet import initializers, random
from dragonet.core import checks, errors
from dragonet.layers.base import Layer, Shape
from dragonet.layers.lookup import Named, look_up
from dragonet.layers.normalization.moments import moments, normalise


@dataclasses.dataclass
class GroupNormalization(Layer):
    """y = gamma (x − mean) / sqrt(variance + epsilon) + beta, mean and variance over a group of channels and all
    positions of a row (Wu and He 2018, eq. 1 and 7).

    Shapes: x (batch, ..., channels), y the same; gamma and beta (channels,).

    Args: `groups`, how many, -1 for one a channel; `axis`, the channels'; `epsilon`; `center` and `scale`, False drops
    beta or gamma; initializers, regularizers and constraints.
    Raises ValueError where the channels cannot be shared out evenly.

    >>> import jax.numpy as jnp
    >>> GroupNormalization(1, epsilon=0.0)(jnp.array([[1.0, 3.0]])).tolist()
    [[-1.0, 1.0]]
    """

    groups: int = 32
    axis: int = -1
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: Named = "zeros"
    gamma_initializer: Named = "ones"
    beta_regularizer: Named = None
    gamma_regularizer: Named = None
    beta_constraint: Named = None
    gamma_constraint: Named = None

    supports_masking = True

    def __post_init__(self):
        if self.groups != -1:
            self.groups = checks.whole("GroupNormalization", "groups", self.groups)
        self.epsilon = checks.number("GroupNormalization", "epsilon", self.epsilon, 0)
        look_up(self)

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """gamma and beta (where wanted), each (channels,)."""
        n = checks.known(self, in_shape, self.axis)
        if n % self.groups:
            raise errors.value_error(
                f"{self!r}",
                f"channels in {self.groups} equal groups",
                f"{n} channels",
                f"Write groups={_largest_divisor(n, self.groups)}.",
            )
        params = {}
        if self.scale:
            params["gamma"] = initializers.draw(self.gamma_initializer, key, (n,))
        if self.center:
            params["beta"] = initializers.draw(self.beta_initializer, random.fold_in(key, 1), (n,))
        return (params, {}), in_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x normalised group by group."""
        at, n = self.axis % x.ndim, x.shape[self.axis]
        for param in params.values():
            checks.last_axis(self, x, param.shape[0], self.axis)
        groups = n if self.groups == -1 else self.groups
        parts = x.reshape(*x.shape[:at], groups, n // groups, *x.shape[at + 1 :])  # (batch, ..., groups, channels, ...)
        wide = [1] * parts.ndim
        wide[at : at + 2] = parts.shape[at : at + 2]
        gamma, beta = (params[name].reshape(wide) if name in params else None for name in ("gamma", "beta"))
        over = tuple(axis for axis in range(1, parts.ndim) if axis != at)
        return normalise(parts, *moments(parts, over), self.epsilon, gamma, beta).reshape(x.shape), state


def _largest_divisor(n: int, most: int) -> int:
    return next(groups for groups in range(min(n, most), 0, -1) if n % groups == 0)
