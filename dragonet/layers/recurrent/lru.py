"""LRU: oscillators that fade, driven by the input."""

import dataclasses
import math
from typing import Any

import jax
import jax.numpy as jnp

from dragonet import initializers, random
from dragonet.core import checks, errors
from dragonet.layers.recurrent.linear_recurrence import LinearRecurrence


@dataclasses.dataclass
class LRU(LinearRecurrence):
    """h_t = λ h_{t−1} + γ (x_t B), y_t = Re(h_t C) + x_t D, with complex λ = exp(−e^ν + i e^θ) inside the unit circle.

    Orvieto et al. (2023), Resurrecting recurrent neural networks for long sequences, section 3. |λ| near 1 remembers long;
    γ, which begins at √(1 − |λ|²), keeps the sizes of h alike. It is linear: put a nonlinear layer after it, and several of
    these blocks on top of each other.
    Shapes: x (batch, T, n), ν, θ, γ (units,), B (n, units) and C (units, units) complex, D (n, units), y (batch, units), or
    (batch, T, units) with return_sequences. The state h is kept as its real and imaginary parts.

    Args: `units`; `r_min`, `r_max`, between which |λ| is drawn, and `max_phase`, below which its angle is; `return_sequences`
    and `go_backwards` as `SimpleRNN`'s.
    Raises ValueError for inputs that are no sequences, and unless 0 ≤ r_min < r_max ≤ 1.

    >>> LRU(4, return_sequences=True)(jnp.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    units: int
    r_min: float = 0.9
    r_max: float = 0.999
    max_phase: float = 2 * math.pi
    return_sequences: bool = False
    go_backwards: bool = False

    return_state = False

    def __post_init__(self) -> None:
        self.units = checks.whole("LRU", "units", self.units)
        self.max_phase = checks.positive("LRU", "max_phase", self.max_phase)
        if not 0 <= self.r_min < self.r_max <= 1:
            raise errors.value_error("LRU", "0 <= r_min < r_max <= 1", f"{self.r_min} and {self.r_max}")

    def draw_weights(self, key: Any, n: int) -> dict[str, Any]:
        """nu, theta, gamma (units,), B and C by real and imaginary part, D."""
        keys = [random.fold_in(key, i) for i in range(7)]
        between = initializers.RandomUniform(0.0, 1.0)
        u, v = (jnp.asarray(initializers.draw(between, keys[i], (self.units,))) for i in (0, 1))
        size = jnp.sqrt(self.r_min**2 + u * (self.r_max**2 - self.r_min**2))  # even over the ring's area
        size = jnp.clip(size, 1e-4, 1 - 1e-6)
        spread = lambda fan: initializers.RandomNormal(0.0, 1 / math.sqrt(fan))  # noqa: E731
        return {
            "nu": jnp.log(-jnp.log(size)),
            "theta": jnp.log(jnp.maximum(v * self.max_phase, 1e-4)),
            "gamma": jnp.log(jnp.sqrt(1 - size**2)),
            "B_real": initializers.draw(spread(2 * n), keys[2], (n, self.units)),
            "B_imaginary": initializers.draw(spread(2 * n), keys[3], (n, self.units)),
            "C_real": initializers.draw(spread(self.units), keys[4], (self.units, self.units)),
            "C_imaginary": initializers.draw(spread(self.units), keys[5], (self.units, self.units)),
            "D": initializers.draw(spread(n), keys[6], (n, self.units)),
        }

    def gates(self, params: dict, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        """λ and γ (x B)."""
        checks.last_axis(self, x, params["D"].shape[0])
        eigenvalue = jnp.exp(-jnp.exp(params["nu"]) + 1j * jnp.exp(params["theta"]))
        driven = jnp.matmul(x, params["B_real"]) + 1j * jnp.matmul(x, params["B_imaginary"])
        return eigenvalue, jnp.exp(params["gamma"]) * driven

    def output(self, params: dict, x: jax.Array, h: jax.Array) -> jax.Array:
        """Re(h C) + x D."""
        y = jnp.matmul(h.real, params["C_real"]) - jnp.matmul(h.imag, params["C_imaginary"])
        return y + jnp.matmul(x, params["D"])
