"""Encoding models: which channels follow the stimulus, by a ridge regression on what was shown before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.core import arguments, checks, errors, memory_limit
from dragonet.inspect.neural_decoding.ridge import Blocks
from dragonet.inspect.performance import permutation_test
from dragonet.training.data import arrays

_WHO = "encode"
_ALPHAS = tuple(10.0**k for k in range(-4, 5))


@dataclass(frozen=True, eq=False)
class Encoding:
    """How well each channel is predicted from the stimulus, r (channels,), and from a shifted one: null (shifts, channels).

    r: correlations of predicted and measured, the mean over the held-out blocks; kernels (features, lags, channels): what one
    unit of a feature adds to a channel so many samples later, learned from all blocks with the penalty `alpha`; lags in
    samples, rate in samples per second, or None.
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
        """Where chance lies in each channel on its own, (2, channels): the middle `level` of the shifts."""
        return permutation_test.chance_band(self.null, self.level)

    @property
    def threshold(self) -> float:
        """What chance stays below in all channels at once, with probability `level`."""
        return permutation_test.significance_threshold(self.null, self.level)

    @property
    def p(self) -> np.ndarray:
        """The p-value of each channel, corrected for all of them, (channels,)."""
        return permutation_test.corrected_p_values(self.r, self.null)

    @property
    def above(self) -> np.ndarray:
        """Which channels are predicted better than chance, corrected for all channels: bool (channels,)."""
        return self.r > self.threshold

    def __str__(self) -> str:
        best, n, k = self.r.argmax(), len(self.r), int(self.above.sum())
        if n == 1:
            said = "The channel is" if k else "The channel is not"
        else:
            said = f"{k or 'None'} of {n} channels {'are' if k > 1 else 'is'}"
        return (
            f"{said} predicted from the stimulus better than chance (best correlation {self.r[best]:.2f} in "
            f"{self.channels[best]}, chance below {self.threshold:.2f} at {100 * self.level:g} %, corrected for {n} "
            f"channel{'s' * (n > 1)})."
        )


@arguments.leaving("lags")
def encode(
    stimulus: Any,
    responses: Any,
    lags: Iterable[int],
    rate: float | None = None,
    alphas: Sequence[float] = _ALPHAS,
    folds: int = 5,
    shifts: int = 100,
    seed: int = 0,
    level: float = 0.95,
) -> Encoding:
    """How well each channel is predicted from the stimulus at several lags (a temporal response function), beside chance.

    r(t, c) = Σ_f Σ_lag w(f, lag, c) s(t − lag, f) + noise, with the w that minimise mean (r − prediction)² + alpha ‖w‖², for
    features of variance 1 (Crosse et al. 2016, The multivariate temporal response function (mTRF) toolbox). The recording is cut
    into `folds` blocks, between which as many samples are left out as the lags span. Each is predicted by what was learned from
    the others, with the alpha that predicts these best from one another, one for all channels. For chance the responses are
    shifted along the recording in a circle, by at least a twentieth of it and by more than the lags span, and all is done again: a
    shift keeps how slowly both change, which shuffled samples would not. A channel counts as better than chance where its
    correlation exceeds the largest over all channels of all but 1 − level of the shifts.

    lags: whole numbers of samples by which the response comes later, as range(0, 40); negative ones look into the stimulus' future
    and are a check: nothing should be found there. rate: samples per second, for pictures in seconds.
    Shapes: stimulus (times, features) or (times,), responses (times, channels) or (times,), arrays or tables, whose columns
    give the names. Raises ValueError for blocks that are shorter than twice the span of the lags, and for nan.

    What it cannot show: that the stimulus is the cause: whatever goes along with it, a movement or an artefact of the device, is
    predicted as well. A stimulus that repeats itself comes back to where it was when it is shifted by its period, and chance
    then looks too high; slow drifts in both look like an answer, so filter them out. Features that go together share their
    kernels, which the penalty also makes smaller and smoother than the true ones.

    >>> rng = np.random.default_rng(0)
    >>> sound = rng.normal(size=1000)
    >>> eeg = rng.normal(size=(1000, 3))
    >>> eeg[2:, 1] += sound[:-2]
    >>> found = encode(sound, eeg, range(0, 5))
    >>> print(found)
    1 of 3 channels is predicted from the stimulus better than chance (best correlation 0.69 in channel 1, chance below
    0.07 at 95 %, corrected for 3 channels).
    >>> found.kernels[0, :, 1].round().astype(int).tolist()
    [0, 0, 1, 0, 0]
    """
    s, features = _series("stimulus", stimulus, "feature")
    y, channels = _series("responses", responses, "channel")
    lags = _lags(lags)
    if len(s) != len(y):
        instead = "Bring both to one sampling rate and cut them to the same stretch."
        raise errors.value_error(
            _WHO, "a stimulus for each sample of the responses", f"{len(s)} and {len(y)} samples", instead
        )
    folds, seed = checks.whole(_WHO, "folds", folds, 3), checks.whole(_WHO, "seed", seed, 0)
    shifts, level = permutation_test.check_shuffles(_WHO, "shifts", shifts, level)
    rate = None if rate is None else checks.positive(_WHO, "rate", rate)
    alphas = np.array([checks.positive(_WHO, "each of alphas", alpha) for alpha in alphas])
    if not len(alphas):
        raise errors.value_error(_WHO, "at least one alpha", "none", "Leave alphas out.")
    start, stop, span = max(lags.max(), 0), len(s) + min(lags.min(), 0), int(np.ptp(lags))
    if (stop - start - (folds - 1) * span) // folds < max(2 * span, 10):
        needs = f"blocks of at least {max(2 * span, 10)} samples, twice the span of the lags"
        raise errors.value_error(_WHO, needs, f"{len(s)} samples for folds={folds}", "Use fewer lags or folds.")

    memory_limit.check(
        f"{_WHO}(shifts={shifts}) with {len(lags)} lags",
        memory_limit.bytes_of([(shifts, y.shape[1]), (stop - start, s.shape[1], len(lags))], 8),
        "Use fewer lags or shifts.",
    )
    same = np.ptp(s, axis=0) == 0
    if same.any():
        raise errors.value_error(
            _WHO, "features that change", f"{features[int(same.argmax())]}, which is always the same"
        )
    sd = s.std(axis=0)
    z = (s - s.mean(axis=0)) / sd
    x = np.stack([z[start - lag : stop - lag] for lag in lags], axis=2).reshape(
        stop - start, -1
    )  # (times, features · lags)
    blocks = Blocks(x, folds, span, alphas)
    r = blocks.correlations(y[start:stop])
    far = max(len(y) // 20, span + 1)  # nearer, and another lag would find what was shifted
    by = np.random.default_rng(seed).integers(far, len(y) - far, size=shifts, endpoint=True)
    null = np.stack([blocks.correlations(np.roll(y, shift, axis=0)[start:stop]) for shift in by])
    w, alpha = blocks.weights(y[start:stop])
    kernels = w.reshape(len(features), len(lags), -1) / sd[:, None, None]
    return Encoding(r, null, kernels, lags, alpha, features, channels, rate, level)


def _series(name: str, given: Any, what: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """(times, n) numbers, and the names of the columns."""
    columns = getattr(given, "columns", None)
    series = arrays.array(name, given)
    if series.ndim not in (1, 2) or series.size == 0:
        raise errors.value_error(_WHO, f"{name} of shape (times, {what}s)", f"shape {series.shape}")
    series = series.reshape(len(series), -1).astype(np.float64)
    bad = ~np.isfinite(series).all(axis=1)
    if bad.any():
        raise errors.value_error(
            _WHO, f"numbers only in {name}", f"nan or infinity in {bad.sum()} of {len(series)} samples"
        )
    return series, tuple(f"{what} {i}" for i in range(series.shape[1])) if columns is None else tuple(map(str, columns))


def _lags(lags: Any) -> np.ndarray:
    made = np.asarray(list(lags) if isinstance(lags, Iterable) else [lags])
    if made.ndim != 1 or not made.size or made.dtype.kind not in "iu" or len(set(made.tolist())) < len(made):
        instead = "For 0 to 0.4 s at 100 samples per second write range(0, 41)."
        raise errors.value_error(
            _WHO, "lags that are different whole numbers of samples", errors.short_repr(lags), instead
        )
    return np.sort(made).astype(int)
