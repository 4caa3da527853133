"""h_t = a_t h_{t−1} + b_t for all t: what MinGRU and LRU share. Gates do not depend on h, so all products are made at once."""

from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core import checks
from dragonet.layers.base import Layer, Shape
from dragonet.layers.recurrent.over_time import check_sequence, checked_states, sequence_mask


class LinearRecurrence(Layer):
    """A layer whose state h (batch, units) goes on by h_t = a_t h_{t−1} + b_t.

    A class derived from it has the formula: `draw_weights`, `gates` and `output`.
    """

    units: int
    return_sequences: bool
    return_state: bool
    go_backwards: bool

    supports_masking = True

    def draw_weights(self, key: Any, n: int) -> dict[str, Any]:
        """The weights for inputs of n features."""
        raise NotImplementedError

    def gates(self, params: dict, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        """a and b for all steps, (batch, T, units), or a without the axes along which it is the same."""
        raise NotImplementedError

    def output(self, params: dict, x: jax.Array, h: jax.Array) -> jax.Array:
        """y from the inputs and the states of the same steps."""
        raise NotImplementedError

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Any]:
        """The weights; the shapes of all outputs."""
        check_sequence(self, in_shape)
        n, batch = checks.known(self, in_shape), in_shape[0]
        y = (batch, in_shape[1], self.units) if self.return_sequences else (batch, self.units)
        return (self.draw_weights(key, n), {}), ([y, (batch, self.units)] if self.return_state else y)

    def apply(
        self,
        params: dict,
        state: dict,
        x: jax.Array,
        initial_state: Any = None,
        *,
        training: bool,
        key: jax.Array | None,
        mask: jax.Array | None = None,
    ) -> tuple[Any, dict]:
        """All steps, in a number of rounds that grows as log₂ T."""
        check_sequence(self, x.shape)
        a, b = self.gates(params, x)
        a = jnp.broadcast_to(a, b.shape)
        if mask is not None:  # a masked step leaves the state as it is
            keep = jnp.asarray(mask).astype(bool)[..., None]
            a, b = jnp.where(keep, a, 1), jnp.where(keep, b, 0)
        if self.go_backwards:
            a, b, x = (jnp.flip(array, 1) for array in (a, b, x))
        if initial_state is not None:
            (first,) = checked_states(self, initial_state, [(len(x), self.units)])
            b = b.at[:, 0].add(a[:, 0] * first)
        _, h = jax.lax.associative_scan(_joined, (a, b), axis=1)
        if not self.return_sequences:
            x, h = x[:, -1:], h[:, -1:]
        y = self.output(params, x, h)
        y = y if self.return_sequences else y[:, 0]
        return ([y, h[:, -1]] if self.return_state else y), state

    def compute_mask(self, x: Any, mask: jax.Array | None) -> Any:
        """The mask of the steps goes on with an output of every step."""
        return sequence_mask(self, mask, 1)


def _joined(first: tuple[jax.Array, jax.Array], second: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
    """Two steps as one: a h + b after a′ h + b′."""
    return first[0] * second[0], second[0] * first[1] + second[1]
