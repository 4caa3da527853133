"""LayerNormalization: each row brought to mean 0 and variance 1, then scaled and shifted."""

import dataclasses

import jax

from dragonet import initializers, random
from dragonet.core import checks, errors
from dragonet.layers.base import Layer, Shape
from dragonet.layers.lookup import Named, look_up
from dragonet.layers.normalization.moments import moments, normalise


@dataclasses.dataclass
class LayerNormalization(Layer):
    """y = gamma (x − mean) / sqrt(variance + epsilon) + beta, mean and variance over `axis` (Ba et al. 2016, eq. 4).

    Shapes: x (batch, ...), y the same; gamma and beta the sizes of the axes.

    Args: `axis`, a number or several; `epsilon`; `center` and `scale`, False drops beta or gamma; initializers,
    regularizers and constraints.

    >>> import jax.numpy as jnp
    >>> LayerNormalization(epsilon=0.0)(jnp.array([[1.0, 3.0]])).tolist()
    [[-1.0, 1.0]]
    """

    axis: int | tuple[int, ...] = -1
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
        if isinstance(self.axis, list):
            self.axis = tuple(self.axis)
        if not all(isinstance(axis, int) for axis in self._axes()):
            raise errors.type_error(
                "LayerNormalization", "axis to be a whole number or several", errors.short_repr(self.axis)
            )
        self.epsilon = checks.number("LayerNormalization", "epsilon", self.epsilon, 0)
        look_up(self)

    def _axes(self) -> tuple[int, ...]:
        return tuple(sorted(self.axis)) if isinstance(self.axis, tuple) else (self.axis,)

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """gamma and beta (where wanted), of the sizes of the axes."""
        shape = tuple(checks.known(self, in_shape, axis) for axis in self._axes())
        params = {}
        if self.scale:
            params["gamma"] = initializers.draw(self.gamma_initializer, key, shape)
        if self.center:
            params["beta"] = initializers.draw(self.beta_initializer, random.fold_in(key, 1), shape)
        return (params, {}), in_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x normalised."""
        axes = self._axes()
        wide = [1] * x.ndim
        for param in params.values():
            for axis, n in zip(axes, param.shape, strict=True):
                checks.last_axis(self, x, n, axis)
                wide[axis] = n
        gamma, beta = (params[name].reshape(wide) if name in params else None for name in ("gamma", "beta"))
        return normalise(x, *moments(x, axes), self.epsilon, gamma, beta), state
