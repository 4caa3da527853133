"""Rules for the learning rate: too high and too low.

Thresholds were set on the practice half of tests/helpers/diagnosis_exam.py; bench/results/diagnosis.md has the results on
the other half.
"""

import numpy as np

from dragonet.inspect.diagnosis.evidence import Evidence, curve_noise, extrapolate_fall, trend_correlation
from dragonet.inspect.diagnosis.faults_of_learning import is_stuck
from dragonet.inspect.diagnosis.findings import Finding, make_finding

_TOO_HIGH = "learning rate too high"


def rate_too_high(e: Evidence) -> Finding | None:
    """The training diverges, is worse than a constant prediction, or its loss jumps up and down."""
    if e.stopped == "not finite":
        if e.learning_rate is None or e.learning_rate <= 0.01:
            return None
        return _too_high(e, "the loss grew to infinity.")
    n, baseline = len(e.loss), e.facts.get("baseline")
    end = e.loss[n // 2 :]
    if e.learning_rate and e.learning_rate >= 50 * e.typical_rate and is_stuck(e):
        text = "the first steps were so large that the network predicts nearly the same for every row, at a training loss of "
        return _too_high(e, text + "{loss:.4g}.", loss=float(end.mean()), baseline=baseline)
    if n < 4 or not baseline:
        return None
    return _too_noisy(e, end, baseline)


def _too_noisy(e: Evidence, end: np.ndarray, baseline: float) -> Finding | None:
    """A loss that is high or noisy in the second half of the training, `end`."""
    jitter, mean = curve_noise(end), float(end.mean())
    evidence = {"loss": mean, "baseline": baseline, "jitter": jitter}
    is_falling = trend_correlation(end) <= -0.7
    if mean > 1.005 * baseline and jitter > 0.003 * baseline and not is_falling:
        text = "in the second half the training loss was {loss:.4g} on average, where a constant prediction has {baseline:.4g}."
        return _too_high(e, text, **evidence)
    if e.loss[0] > 3 * baseline and mean > 0.4 * baseline and jitter > 0.005 * baseline and not is_falling:
        text = "the training loss jumped to {first:.4g} in the first epoch, and is {loss:.4g} in the second half, where a constant "
        return _too_high(e, text + "prediction has {baseline:.4g}.", **evidence, first=float(e.loss[0]))
    if jitter > 0.05 * baseline and jitter > 0.2 * mean and (np.diff(end) > 0).mean() > 0.3:
        text = "from epoch to epoch the training loss changes by about {jitter:.2g} around {loss:.4g}."
        return _too_high(e, text, **evidence)
    return None


def _too_high(e: Evidence, text: str, **evidence: float | None) -> Finding:
    rate = (
        "The learning rate {rate:g} is too high: " if e.learning_rate is not None else "The learning rate is too high: "
    )
    advice = f"Try {e.learning_rate / 10:g}." if e.learning_rate is not None else "Start the schedule at a tenth of it."
    return make_finding(_TOO_HIGH, rate + text, advice, rate=e.learning_rate, **evidence)


def rate_too_low(e: Evidence) -> Finding | None:
    """The training loss falls slowly in a straight line, or hardly at all with a tiny rate."""
    n, typical = len(e.loss), e.typical_rate
    if n < 2:
        return None
    first, end = float(e.loss[0]), float(e.loss[-1])
    is_tiny = e.learning_rate is not None and e.learning_rate < 0.02 * typical
    is_slow = n >= 5 and trend_correlation(e.loss) < -0.95 and extrapolate_fall(e.loss, None)[1] > 0.6
    # by chance, initial weights may be a little better than a constant prediction
    has_learned = e.baseline and e.monitored[-1] < 0.7 * e.baseline
    is_flat = -0.01 * abs(first) < first - end < 0.05 * abs(first)
    if not is_flat or has_learned or not (is_tiny or is_slow):
        return None
    rate = "The learning rate {rate:g} is too low" if e.learning_rate is not None else "The learning rate is too low"
    higher = typical if is_tiny or e.learning_rate is None else 10 * e.learning_rate
    return make_finding(
        "learning rate too low",
        rate + ": in {epochs} epochs the training loss fell by only {percent:.2g} %, from {first:.4g} to {last:.4g}.",
        "Try {try_rate:g}.",
        rate=e.learning_rate,
        epochs=n,
        percent=100 * (first - end) / abs(first),
        first=first,
        last=end,
        try_rate=higher,
    )
