"""Encoding models: which channels are predicted from the recent stimulus, by ridge regression."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors, memory_limit
from dragonet.inspect.neural_decoding.ridge import BlockedRidge
from dragonet.inspect.performance import permutation_test
from dragonet.training.data import arrays

_WHO = "encode"
_ALPHAS = tuple(10.0**k for k in range(-4, 5))


@dataclass(frozen=True, eq=False)
class Encoding:
    """How well each channel is predicted from the stimulus, r (channels,), and with shifted responses: null (shifts, channels).

    r: correlations of predicted and measured responses, the mean over the test blocks; kernels (features, lags, channels): the
    change of a channel that many samples after a change of a feature by 1, fitted to all blocks with the penalty `alpha`; lags
    in samples, rate in samples per second, or None.
    """

    r: np.ndarray
    null: np.ndarray
    kernels: np.ndarray
    lags: np.ndarray
    alpha: float
    features: tuple[str, ...]
    channels: tuple[str, ...]
    rate: float | None = None
    level: float = 0.95

    @property
    def band(self) -> np.ndarray:
        """The range of chance in each channel alone, (2, channels): the middle `level` of the shifts."""
        return permutation_test.chance_band(self.null, self.level)

    @property
    def threshold(self) -> float:
        """The correlation that chance does not exceed in any channel, with probability `level`."""
        return permutation_test.significance_threshold(self.null, self.level)

    @property
    def p(self) -> np.ndarray:
        """The p-value of each channel, corrected for all of them, (channels,)."""
        return permutation_test.corrected_p_values(self.r, self.null)

    @property
    def above(self) -> np.ndarray:
        """Whether a channel is predicted better than chance, corrected for all channels: bool (channels,)."""
        return self.r > self.threshold

    def __str__(self) -> str:
        best, n, k = self.r.argmax(), len(self.r), int(self.above.sum())
        if n == 1:
            subject = "The channel is" if k else "The channel is not"
        else:
            subject = f"{k or 'None'} of {n} channels {'are' if k > 1 else 'is'}"
        return (
            f"{subject} predicted from the stimulus better than chance (best correlation {self.r[best]:.2f} in "
            f"{self.channels[best]}, chance below {self.threshold:.2f} at {100 * self.level:g} %, corrected for {n} "
            f"channel{'s' * (n > 1)})."
        )


@arguments.leaving("stimulus", "responses", "lags")
def encode(
    stimulus: ArrayLike,
    responses: ArrayLike,
    lags: Iterable[int],
    rate: float | None = None,
    alphas: Sequence[float] = _ALPHAS,
    folds: int = 5,
    shifts: int = 100,
    seed: int = 0,
    level: float = 0.95,
) -> Encoding:
    """How well each channel is predicted from the stimulus at several lags (a temporal response function), compared with chance.

    r(t, c) = Σ_f Σ_lag w(f, lag, c) s(t − lag, f) + noise, with the w that minimize mean (r − prediction)² + alpha ‖w‖², for
    features of variance 1 (Crosse et al. 2016, The multivariate temporal response function (mTRF) toolbox). The recording is cut
    into `folds` blocks, separated by gaps as long as the span of the lags. Each block is predicted from the others, with the alpha
    of the best cross-validated predictions within these, one alpha for all channels. For chance, the responses are shifted
    circularly along the recording, by at least a twentieth of it and by more than the span of the lags, and everything is computed
    again: a shift keeps the autocorrelation of both, which shuffled samples would not. A channel is better than chance where its
    correlation exceeds the largest over all channels of all but 1 − level of the shifts.

    lags: by how many samples the response comes later, as range(0, 40); negative lags are the future of the stimulus and a check:
    their kernels should be near 0. rate: samples per second, for figures in seconds.
    Shapes: stimulus (times, features) or (times,), responses (times, channels) or (times,), arrays or tables, whose columns
    give the names. Raises ValueError for blocks that are shorter than twice the span of the lags, and for nan.

    What it cannot show: whether the stimulus is the cause. Anything that is correlated with it, a movement or an artefact of the
    device, is predicted as well. A periodic stimulus is the same after a shift by its period, which raises the chance level; slow
    drifts in both look like a response, so filter them out. Correlated features share their kernels, and the penalty makes kernels
    smaller and smoother than the true ones.

    >>> rng = np.random.default_rng(0)
    >>> sound = rng.normal(size=1000)
    >>> eeg = rng.normal(size=(1000, 3))
    >>> eeg[2:, 1] += sound[:-2]
    >>> result = encode(sound, eeg, range(0, 5))
    >>> print(result)
    1 of 3 channels is predicted from the stimulus better than chance (best correlation 0.69 in channel 1, chance below
    0.07 at 95 %, corrected for 3 channels).
    >>> result.kernels[0, :, 1].round().astype(int).tolist()
    [0, 0, 1, 0, 0]
    """
    s, features = _series("stimulus", stimulus, "feature")
    y, channels = _series("responses", responses, "channel")
    lag_array = _lags(lags)
    if len(s) != len(y):
        instead = "Resample both to the same rate and cut them to the same interval."
        raise errors.value_error(
            _WHO, "a stimulus for each sample of the responses", f"{len(s)} and {len(y)} samples", instead
        )
    folds, seed = checks.whole(_WHO, "folds", folds, 3), checks.whole(_WHO, "seed", seed, 0)
    shifts, level = permutation_test.check_shuffles(_WHO, "shifts", shifts, level)
    rate = None if rate is None else checks.positive(_WHO, "rate", rate)
    penalties = np.array([checks.positive(_WHO, "each of alphas", alpha) for alpha in alphas])
    if not len(penalties):
        raise errors.value_error(_WHO, "at least one alpha", "none", "Leave alphas out.")
    start, stop, span = max(lag_array.max(), 0), len(s) + min(lag_array.min(), 0), int(np.ptp(lag_array))
    _check_size(len(s), stop - start, span, folds)
    memory_limit.check(
        f"{_WHO}(shifts={shifts}) with {len(lag_array)} lags",
        memory_limit.bytes_of([(shifts, y.shape[1]), (stop - start, s.shape[1], len(lag_array))], 8),
        "Use fewer lags or shifts.",
    )
    x, sd = _lagged_features(s, features, lag_array, start, stop)
    ridge = BlockedRidge(x, folds, span, penalties)
    r = ridge.correlations(y[start:stop])
    least_shift = max(len(y) // 20, span + 1)  # after a smaller shift, another lag would fit the shifted responses
    offsets = np.random.default_rng(seed).integers(least_shift, len(y) - least_shift, size=shifts, endpoint=True)
    null = np.stack([ridge.correlations(np.roll(y, offset, axis=0)[start:stop]) for offset in offsets])
    w, alpha = ridge.weights(y[start:stop])
    kernels = w.reshape(len(features), len(lag_array), -1) / sd[:, None, None]
    return Encoding(r, null, kernels, lag_array, alpha, features, channels, rate, level)


def _check_size(n: int, rows: int, span: int, folds: int) -> None:
    """Raise ValueError for blocks that are too short; rows: the samples for which every lag exists."""
    if (rows - (folds - 1) * span) // folds < max(2 * span, 10):
        needs = f"blocks of at least {max(2 * span, 10)} samples, twice the span of the lags"
        raise errors.value_error(_WHO, needs, f"{n} samples for folds={folds}", "Use fewer lags or folds.")


def _lagged_features(
    s: np.ndarray, features: tuple[str, ...], lags: np.ndarray, start: int, stop: int
) -> tuple[np.ndarray, np.ndarray]:
    """The standardized features at each lag, (stop − start, features · lags), and their standard deviations, (features,)."""
    is_constant = np.ptp(s, axis=0) == 0
    if is_constant.any():
        got = f"{features[int(is_constant.argmax())]}, which is constant"
        raise errors.value_error(_WHO, "features that vary", got)
    sd = s.std(axis=0)
    z = (s - s.mean(axis=0)) / sd
    x = np.stack([z[start - lag : stop - lag] for lag in lags], axis=2)  # (times, features, lags)
    return x.reshape(stop - start, -1), sd


def _series(name: str, values: ArrayLike, kind: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """(times, n) numbers, and the names of the columns."""
    columns = getattr(values, "columns", None)
    series = arrays.array(name, values)
    if series.ndim not in (1, 2) or series.size == 0:
        raise errors.value_error(_WHO, f"{name} of shape (times, {kind}s)", f"shape {series.shape}")
    series = series.reshape(len(series), -1).astype(np.float64)
    is_bad = ~np.isfinite(series).all(axis=1)
    if is_bad.any():
        raise errors.value_error(
            _WHO, f"numbers only in {name}", f"nan or infinity in {is_bad.sum()} of {len(series)} samples"
        )
    return series, tuple(f"{kind} {i}" for i in range(series.shape[1])) if columns is None else tuple(map(str, columns))


def _lags(lags: Iterable[int]) -> np.ndarray:
    array = np.asarray(list(lags) if isinstance(lags, Iterable) else [lags])
    if array.ndim != 1 or not array.size or array.dtype.kind not in "iu" or len(set(array.tolist())) < len(array):
        instead = "For 0 to 0.4 s at 100 samples per second write range(0, 41)."
        raise errors.value_error(
            _WHO, "lags that are different whole numbers of samples", errors.short_repr(lags), instead
        )
    return np.sort(array).astype(int)
