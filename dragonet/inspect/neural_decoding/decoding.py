"""Decoding over time: at what point of the trial the response can be predicted, and what chance alone would reach."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from dragonet.core import arguments, checks, errors, memory_limit
from dragonet.inspect.neural_decoding import epochs
from dragonet.inspect.neural_decoding.discriminant import discriminate
from dragonet.inspect.performance import permutation_test

_WHO = "decode_over_time"


@dataclass(frozen=True, eq=False)
class Decoding:
    """Accuracy (times,) of cross-validated predictions at each time, and of each shuffle of the labels: null (permutations, times).

    classes: the labels, sorted; trials: how many there were; unit: of the times, 's', or '' for numbers of samples.
    """

    times: np.ndarray
    accuracy: np.ndarray
    null: np.ndarray
    classes: tuple
    trials: int
    level: float = 0.95
    unit: str = "s"

    @property
    def band(self) -> np.ndarray:
        """Where chance lies at each time on its own, (2, times): the middle `level` of the shuffles."""
        return permutation_test.chance_band(self.null, self.level)

    @property
    def threshold(self) -> float:
        """What chance stays below at all times at once, with probability `level`."""
        return permutation_test.significance_threshold(self.null, self.level)

    @property
    def p(self) -> np.ndarray:
        """The p-value of each time, corrected for all of them, (times,)."""
        return permutation_test.corrected_p_values(self.accuracy, self.null)

    @property
    def above(self) -> np.ndarray:
        """At which times the accuracy is better than chance, corrected for all times: bool (times,)."""
        return self.accuracy > self.threshold

    @property
    def first(self) -> float | None:
        """The earliest of these times, or None."""
        return float(self.times[self.above.argmax()]) if self.above.any() else None

    def __str__(self) -> str:
        best = self.accuracy.argmax()
        limit = (
            f"chance below {self.threshold:.2f} at {100 * self.level:g} %, "
            f"corrected for {len(self.times)} time point{'s' * (len(self.times) > 1)}"
        )
        if self.first is None:
            return (
                f"At no time point better than chance (best accuracy {self.accuracy[best]:.2f} at {self._at(best)}, "
                f"{limit})."
            )
        i = int(self.above.argmax())
        after = self.above[i:]
        return (
            f"From {self._at(i)} on the response can be predicted (accuracy {self.accuracy[i]:.2f} there, {limit}). "
            f"It is best at {self._at(best)}, {self.accuracy[best]:.2f}; {after.sum()} of the {len(after)} time points "
            "from the first on are better than chance."
        )

    def _at(self, i: int) -> str:
        return f"{self.times[i]:.4g} s" if self.unit else f"time point {self.times[i]:g}"


@arguments.checked
def decode_over_time(
    x: Any,
    y: Any = None,
    groups: Any = None,
    model: Any = None,
    folds: int = 5,
    permutations: int = 100,
    window: int = 1,
    times: arguments.Numbers | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> Decoding:
    """How well the trials' labels are predicted from all channels at each time, cross-validated, beside shuffled labels.

    At each time a linear classifier (shrinkage discriminant analysis, standardised within the fold) learns from all folds but
    one and predicts that one. The accuracy is the mean over the classes of the share found (balanced accuracy), so that chance is
    1/classes however uneven they are. The labels are then shuffled and all is done again, `permutations` times: within the folds;
    within the groups where groups are given; among the groups where each group has one label. A time counts as better than
    chance where its accuracy exceeds the largest over all times of all but 1 − level of the shuffles, which corrects for the
    number of times (Nichols & Holmes 2002, Nonparametric permutation tests for functional neuroimaging).

    groups: one for each trial (the subject, the session, the block); a group is never both learned from and predicted. model:
    any classifier that scikit-learn can clone, which gets the numbers as they are; it is trained folds × (permutations + 1)
    times at each time, so it should be fast. window: how many samples are used together, the last of which gives the time, so that
    nothing later is used. times: of the samples, in seconds.
    Shapes: x (trials, channels, times), or MNE's Epochs, which have times and, in events[:, 2], labels of their own; y (trials,).
    Raises ValueError for fewer trials (or groups) of a class than folds, and for nan.

    What it cannot show: when the brain begins to tell the classes apart, only by when this classifier could; a weak early
    signal is missed. A filter smears the response backwards in time, by the length of its kernel (a causal filter, forwards), and
    baselines, artefact rejection or averages that have seen the labels leak them. Neighbouring times are not independent, so a
    long stretch above chance is not many findings. It is not what the channels are for: eye movements decode well.

    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(80, 4, 6)), np.repeat(["left", "right"], 40)
    >>> x[y == "right", 0, 3:] += 2
    >>> print(decode_over_time(x, y, times=np.arange(6) / 10))
    From 0.3 s on the response can be predicted (accuracy 0.85 there, chance below 0.66 at 95 %,
    corrected for 6 time points). It is best at 0.3 s, 0.85; 3 of the 3 time points from the first on are better than chance.
    """
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    x, y, times, unit = epochs.read(_WHO, x, y, times)
    folds, window = checks.whole(_WHO, "folds", folds, 2), checks.whole(_WHO, "window", window)
    permutations, level = permutation_test.check_shuffles(_WHO, "permutations", permutations, level)
    seed = checks.whole(_WHO, "seed", seed, 0)
    if window > x.shape[2]:
        raise errors.value_error(_WHO, f"a window of no more than the {x.shape[2]} samples of a trial", f"{window}")
    classes, truth = np.unique(y, return_inverse=True)
    if groups is not None:
        groups = np.unique(np.asarray(groups), return_inverse=True)[1].ravel()
    splits = epochs.split(_WHO, y, truth, groups, folds, seed)

    memory_limit.check(
        f"{_WHO}(permutations={permutations})",
        memory_limit.bytes_of([(permutations, len(x) + x.shape[2])], 8),
        "A thousand permutations are enough.",
    )
    rng = np.random.default_rng(seed)
    blocks = epochs.blocks(truth, groups, splits)
    epochs.enough_orders(_WHO, truth, blocks, level)
    labels = np.stack([truth, *(epochs.shuffled(truth, blocks, rng) for _ in range(permutations))])  # (orders, trials)
    predict = _discriminants if model is None else partial(_models, model)
    with threadpool_limits(
        1
    ):  # many small products, for which BLAS's threads wait for one another longer than they work
        found = [_score(predict(at, labels, splits, classes), labels) for at in _windows(x, window)]
    accuracy = np.stack(found, axis=1)  # (orders, times)
    return Decoding(times[window - 1 :], accuracy[0], accuracy[1:], tuple(classes.tolist()), len(x), level, unit)


def _windows(x: np.ndarray, window: int) -> Iterator[np.ndarray]:
    """The features of each time in turn, (trials, channels · window)."""
    for end in range(window, x.shape[2] + 1):
        yield x[:, :, end - window : end].reshape(len(x), -1).astype(np.float64)


def _discriminants(x: np.ndarray, labels: np.ndarray, splits: list, classes: np.ndarray) -> np.ndarray:
    """The predictions for each order of the labels, (orders, trials)."""
    predicted = np.empty_like(labels)
    for train, test in splits:
        predicted[:, test] = discriminate(x[train], x[test], labels[:, train], len(classes))
    return predicted


def _models(model: Any, x: np.ndarray, labels: np.ndarray, splits: list, classes: np.ndarray) -> np.ndarray:
    """The same by a classifier of the user's, which is cloned and so left as it was."""
    from sklearn.base import clone

    predicted = np.empty_like(labels)
    for train, test in splits:
        for i, order in enumerate(labels):
            try:
                fresh = clone(model)
                if not hasattr(fresh, "fit"):
                    raise TypeError
            except TypeError:
                instead = "A network is one as dragonet.sklearn.NetClassifier."
                raise errors.type_error(
                    _WHO, "a classifier that scikit-learn can clone", errors.short_repr(model), instead
                ) from None
            answers = np.ravel(fresh.fit(x[train], classes[order[train]]).predict(x[test]))
            predicted[i, test] = (answers[:, None] == classes).argmax(axis=1)
    return predicted


def _score(predicted: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean over the classes of the share that was found, (orders,)."""
    right = predicted == labels
    shares = [
        np.where(of, right, False).sum(axis=1) / of.sum(axis=1) for of in (labels == k for k in range(labels.max() + 1))
    ]
    return np.mean(shares, axis=0)
