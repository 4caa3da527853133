"""GaussianNoise and GaussianDropout: in training, noise on each number."""

import dataclasses

import jax

from dragonet.core import checks
from dragonet.layers.regularization.random_key import key_for
from dragonet.layers.same_shape import SameShape


@dataclasses.dataclass
class GaussianNoise(SameShape):
    """In training, y = x + stddev · ε with ε normal; otherwise y = x.

    Args: `stddev`, the size of the noise; `seed`, for dice that differ from those of the run.

    >>> import jax.numpy as jnp
    >>> GaussianNoise(0.1)(jnp.ones((1, 2))).tolist()
    [[1.0, 1.0]]
    """

    stddev: float
    seed: int | None = None

    supports_masking = True

    def __post_init__(self):
        self.stddev = checks.number("GaussianNoise", "stddev", self.stddev, 0)

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x, with noise where training."""
        if not training or self.stddev == 0:
            return x, state
        return x + self.stddev * jax.random.normal(key_for(self, key), x.shape), state


@dataclasses.dataclass
class GaussianDropout(SameShape):
    """In training, y = x · ε with ε normal of mean 1 and variance rate / (1 − rate); otherwise y = x.

    Srivastava et al. 2014, section 10.

    Args: `rate`, that of the dropout whose noise is as strong; `seed`, for dice that differ from those of the run.
    Raises ValueError for a rate outside [0, 1).

    >>> import jax.numpy as jnp
    >>> GaussianDropout(0.5)(jnp.ones((1, 2))).tolist()
    [[1.0, 1.0]]
    """

    rate: float
    seed: int | None = None

    supports_masking = True

    def __post_init__(self):
        self.rate = checks.fraction("GaussianDropout", "rate", self.rate)

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[jax.Array, dict]:
        """x, each number times its own noise where training."""
        if not training or self.rate == 0:
            return x, state
        stddev = (self.rate / (1 - self.rate)) ** 0.5
        return x * (1 + stddev * jax.random.normal(key_for(self, key), x.shape)), state
