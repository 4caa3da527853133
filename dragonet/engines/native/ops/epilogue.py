"""Epilogue: what happens to a number before it is stored, activation and dropout, and what that does to its gradient."""

from dataclasses import dataclass

import numpy as np

from dragonet.core import host_random
from dragonet.engines.native.ops.activations import LINEAR, Activation


@dataclass(frozen=True)
class Epilogue:
    """h = dropout(activation(z)). rng: the numbers that are folded into the step's key for the dropout's random bits.

    >>> Epilogue(Activation("relu")).value(np.float32([[-1, 3]]), None).tolist()
    [[0.0, 3.0]]
    """

    activation: Activation = LINEAR
    rate: float = 0.0
    rng: tuple[int, ...] = ()

    @property
    def is_identity(self) -> bool:
        """Whether h is z."""
        return self.activation == LINEAR and not self.rate

    def value(self, z: np.ndarray, key: np.ndarray | None) -> np.ndarray:
        """h of z (rows, ...); key: of the dropout's random bits."""
        y = self.activation.value(z)
        return np.where(self._stays(key, z.shape), y / (1 - self.rate), 0) if self.rate else y

    def gradient(self, g: np.ndarray, kept: np.ndarray, key: np.ndarray | None) -> np.ndarray:
        """The gradient of z from that of h. kept: h, or z where the activation keeps it."""
        if self.rate:
            g = np.where(self._stays(key, g.shape), g / (1 - self.rate), 0)
            kept = kept if self.activation.keeps_input else kept * (1 - self.rate)
        return g * self.activation.slope(kept)

    def _stays(self, key: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray:
        """Which numbers are not dropped: 32 random bits of each, compared with one whole number."""
        assert key is not None
        bits = host_random.bits(key, 0, int(np.prod(shape))).reshape(shape)
        return bits >= np.uint32(min(round(self.rate * 2**32), 2**32 - 1))
