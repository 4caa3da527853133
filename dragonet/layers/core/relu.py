"""ReLU and its kin as layers: straight for positive numbers, bent at or below zero."""

import dataclasses

import jax

from dragonet import activations, initializers
from dragonet.core import checks, errors, piecewise
from dragonet.layers.base import Layer, Shape
from dragonet.layers.lookup import Named, look_up
from dragonet.layers.same_shape import SameShape


@dataclasses.dataclass
class ReLU(SameShape):
    """y = max(x, 0); in general x above `threshold`, negative_slope · (x − threshold) below, never above `max_value`.

    >>> import jax.numpy as jnp
    >>> ReLU(max_value=6.0)(jnp.array([[-1.0, 2.0, 9.0]])).tolist()
    [[0.0, 2.0, 6.0]]
    """

    max_value: float | None = None
    negative_slope: float = 0.0
    threshold: float = 0.0

    supports_masking = True

    def __post_init__(self):
        if self.max_value is not None:
            self.max_value = checks.number("ReLU", "max_value", self.max_value, 0)
        self.negative_slope = checks.number("ReLU", "negative_slope", self.negative_slope, 0)
        self.threshold = checks.number("ReLU", "threshold", self.threshold, 0)

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """relu(x)."""
        return activations.relu(x, self.negative_slope, self.max_value, self.threshold), state


@dataclasses.dataclass
class LeakyReLU(SameShape):
    """y = x where x > 0, else negative_slope · x (Maas et al. 2013, section 2).

    >>> import jax.numpy as jnp
    >>> LeakyReLU(0.5)(jnp.array([[-2.0, 2.0]])).tolist()
    [[-1.0, 2.0]]
    """

    negative_slope: float = 0.3

    supports_masking = True

    def __post_init__(self):
        self.negative_slope = checks.number("LeakyReLU", "negative_slope", self.negative_slope, 0)

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """leaky_relu(x)."""
        return activations.leaky_relu(x, self.negative_slope), state


@dataclasses.dataclass
class PReLU(Layer):
    """y = x where x > 0, else alpha · x, with alpha learned for each position (He et al. 2015, eq. 1).

    Shapes: x (batch, ...), alpha the shape of a row, with 1 at the shared axes, y as x.

    Args: `alpha_initializer`, `alpha_regularizer`, `alpha_constraint`; `shared_axes`, the axes (from 1 on) along which
    alpha is the same: (1, 2) for one alpha a channel of an image.
    Raises ValueError for rows whose shape is not known, but for shared axes.

    >>> import jax.numpy as jnp
    >>> PReLU(alpha_initializer="ones")(jnp.array([[-2.0, 2.0]])).tolist()
    [[-2.0, 2.0]]
    """

    alpha_initializer: Named = "Zeros"
    alpha_regularizer: Named = None
    alpha_constraint: Named = None
    shared_axes: tuple[int, ...] | None = None

    supports_masking = True

    def __post_init__(self):
        look_up(self)
        if self.shared_axes is not None:
            axes = self.shared_axes if isinstance(self.shared_axes, tuple | list) else (self.shared_axes,)
            self.shared_axes = tuple(checks.whole("PReLU", "each of shared_axes", axis) for axis in axes)

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """alpha, a row's shape with 1 at the shared axes."""
        shared = self.shared_axes or ()
        if shared and max(shared) >= len(in_shape):
            raise errors.value_error(f"{self!r}", f"inputs with an axis {max(shared)}", f"shape {in_shape}")
        shape = tuple(1 if axis in shared else checks.known(self, in_shape, axis) for axis in range(1, len(in_shape)))
        return ({"alpha": initializers.draw(self.alpha_initializer, key, shape)}, {}), in_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x where x > 0, else alpha · x."""
        alpha = params["alpha"]
        for axis, n in enumerate(alpha.shape, 1):
            if n > 1:
                checks.last_axis(self, x, n, axis)
        return piecewise.leaky(x, alpha), state


@dataclasses.dataclass
class ELU(SameShape):
    """y = x where x > 0, else alpha · (exp(x) − 1) (Clevert et al. 2016, eq. 15).

    >>> import jax.numpy as jnp
    >>> ELU()(jnp.array([[0.0, 2.0]])).tolist()
    [[0.0, 2.0]]
    """

    alpha: float = 1.0

    supports_masking = True

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """elu(x)."""
        return activations.elu(x, self.alpha), state
