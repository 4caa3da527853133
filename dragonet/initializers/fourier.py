"""STFT: the kernel with which a convolution over time computes a short-time Fourier transform."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from dragonet.core import arguments, checks, errors
from dragonet.initializers.base import Initializer, Key, Shape, float_dtype


@dataclass(frozen=True, eq=False)
class STFT(Initializer):
    """w[t, 0, f] = cos or sin of −2π t f/N, times a window over t divided by its scale; N = 2 (F − 1).

    Shape: (T, 1, F), T samples of the window and F frequencies. side: 'real' (cos) or 'imag' (sin). window: a name of
    scipy.signal.get_window, the T values, or None. scaling: 'density' divides by √Σ window², 'spectrum' by Σ |window|,
    None by nothing. periodic: whether the window is one period instead of symmetric.

    >>> STFT("real", window=None)((2, 1, 2)).tolist()
    [[[1.0, 1.0]], [[1.0, -1.0]]]
    """

    side: str = "real"
    window: str | np.ndarray | tuple | None = "hann"
    scaling: str | None = "density"
    periodic: bool = False

    def __post_init__(self):
        checks.one_of("STFT", "side", self.side, ("real", "imag"))
        checks.one_of("STFT", "scaling", self.scaling, ("density", "spectrum", None))
        if isinstance(self.window, str):
            self._window(2)
        elif self.window is not None and not arguments.fits(self.window, arguments.Numbers):
            raise errors.type_error("STFT", "window to be a name, numbers or None", errors.short_repr(self.window))

    def __call__(self, shape: Shape, dtype: DTypeLike | None = None, key: Key = None) -> np.ndarray:
        if len(shape) != 3 or shape[1] != 1:
            raise errors.value_error("STFT", "a kernel of shape (samples, 1, frequencies)", f"shape {tuple(shape)}")
        samples, _, frequencies = shape
        t, f = np.arange(samples)[:, None, None], np.arange(frequencies)
        angle = -2 * math.pi * t * f / max(1, 2 * (frequencies - 1))
        kernel = np.cos(angle) if self.side == "real" else np.sin(angle)
        if self.window is not None:
            window = self._window(samples)
            scale = {"density": np.sqrt(np.sum(window**2)), "spectrum": np.sum(np.abs(window)), None: 1.0}[self.scaling]
            kernel = kernel * window[:, None, None] / scale
        return kernel.astype(float_dtype(dtype))

    def _window(self, samples: int) -> np.ndarray:
        from scipy import signal  # slow to load, and hardly ever needed

        if not isinstance(self.window, str):
            window = np.asarray(self.window, float)
        else:
            try:
                window = np.asarray(signal.get_window(self.window, samples, self.periodic))
            except ValueError:
                raise errors.value_error("STFT", "window to be a name that scipy knows", repr(self.window)) from None
        if window.shape != (samples,):
            raise errors.value_error("STFT", f"a window of {samples} values", errors.short_repr(window))
        return window


stft = STFTInitializer = STFT
