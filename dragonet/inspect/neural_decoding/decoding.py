"""Decoding over time: how well a condition is predicted at each time of the trial, compared with chance."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors, memory_limit
from dragonet.inspect.neural_decoding import epochs
from dragonet.inspect.neural_decoding.discriminant import discriminate
from dragonet.inspect.neural_decoding.epochs import Epochs
from dragonet.inspect.performance import permutation_test

_WHO = "decode_over_time"


@dataclass(frozen=True, eq=False)
class Decoding:
    """Accuracy (times,) of cross-validated predictions at each time, and of each shuffle of the labels: null (permutations, times).

    classes: the labels, sorted; trials: their number; unit: of the times, 's', or '' for sample numbers.
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
        """The range of chance at each time alone, (2, times): the middle `level` of the shuffles."""
        return permutation_test.chance_band(self.null, self.level)

    @property
    def threshold(self) -> float:
        """The accuracy that chance does not exceed at any time, with probability `level`."""
        return permutation_test.significance_threshold(self.null, self.level)

    @property
    def p(self) -> np.ndarray:
        """The p-value of each time, corrected for all of them, (times,)."""
        return permutation_test.corrected_p_values(self.accuracy, self.null)

    @property
    def above(self) -> np.ndarray:
        """Whether the accuracy is better than chance, corrected for all times: bool (times,)."""
        return self.accuracy > self.threshold

    @property
    def first(self) -> float | None:
        """The earliest of these times, or None."""
        return float(self.times[self.above.argmax()]) if self.above.any() else None

    def __str__(self) -> str:
        best = int(self.accuracy.argmax())
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


@arguments.leaving("x", "y", "groups")
def decode_over_time(
    x: ArrayLike | Epochs,
    y: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    model: object = None,
    folds: int = 5,
    permutations: int = 100,
    window: int = 1,
    times: arguments.Numbers | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> Decoding:
    """How well the trials' labels are predicted from all channels at each time, cross-validated, compared with shuffled labels.

    At each time a linear classifier (shrinkage discriminant analysis, standardized within the fold) is trained on all folds but
    one and predicts that one. The accuracy is the mean over the classes of the recall (balanced accuracy), so that chance is
    1/classes also for classes of unequal size. The labels are then shuffled and everything is computed again, `permutations`
    times: within the folds; with groups, within each group; or among the groups, where all trials of a group have the same label.
    A time is better than chance where its accuracy exceeds the largest over all times of all but 1 − level of the shuffles, which
    corrects for the number of times (Nichols & Holmes 2002, Nonparametric permutation tests for functional neuroimaging).

    groups: one for each trial (the subject, the session, the block); a group is never in training and test rows at once. model:
    any classifier that scikit-learn can clone; it gets the numbers without standardization, and is trained
    folds × (permutations + 1) times at each time, so it should be fast. window: the number of samples that are used together; the
    last one gives the time, so that no later sample is used. times: of the samples, in seconds.
    Shapes: x (trials, channels, times), or MNE's Epochs, which have times and, in events[:, 2], labels; y (trials,).
    Raises ValueError for fewer trials (or groups) of a class than folds, and for nan.

    What it cannot show: when the brain begins to distinguish the classes, only the time from which this classifier can; a weak
    early signal is missed. A filter spreads the response backwards in time, by the length of its kernel (a causal filter,
    forwards). Baselines, artefact rejection or averages that depend on the labels leak them. Neighbouring times are not
    independent, so a long interval above chance is not many findings. It does not show the source of the signal: eye movements
    can be decoded well.

    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(size=(80, 4, 6)), np.repeat(["left", "right"], 40)
    >>> x[y == "right", 0, 3:] += 2
    >>> print(decode_over_time(x, y, times=np.arange(6) / 10))
    From 0.3 s on the response can be predicted (accuracy 0.85 there, chance below 0.66 at 95 %,
    corrected for 6 time points). It is best at 0.3 s, 0.85; 3 of the 3 time points from the first on are better than chance.
    """
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    data, y, times, unit = epochs.read_trials(_WHO, x, y, times)
    folds, window = checks.whole(_WHO, "folds", folds, 2), checks.whole(_WHO, "window", window)
    permutations, level = permutation_test.check_shuffles(_WHO, "permutations", permutations, level)
    seed = checks.whole(_WHO, "seed", seed, 0)
    if window > data.shape[2]:
        raise errors.value_error(_WHO, f"a window of no more than the {data.shape[2]} samples of a trial", f"{window}")
    classes, true = np.unique(y, return_inverse=True)
    group_index = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1].ravel()
    splits = epochs.split_trials(_WHO, y, true, group_index, folds, seed)

    memory_limit.check(
        f"{_WHO}(permutations={permutations})",
        memory_limit.bytes_of([(permutations, len(data) + data.shape[2])], 8),
        "A thousand permutations are enough.",
    )
    rng = np.random.default_rng(seed)
    blocks = epochs.exchangeable_blocks(true, group_index, splits)
    epochs.check_permutations(_WHO, true, blocks, level)
    labels = np.stack(
        [true, *(epochs.shuffle_labels(true, blocks, rng) for _ in range(permutations))]
    )  # (orders, trials)
    predict = _predict_by_discriminant if model is None else partial(_predict_by_model, model)
    with threadpool_limits(1):  # one thread is faster: the matrix products are many and small
        predictions = (predict(features, labels, splits, classes) for features in _windows(data, window))
        accuracy = np.stack([_balanced_accuracy(p, labels) for p in predictions], axis=1)  # (orders, times)
    return Decoding(times[window - 1 :], accuracy[0], accuracy[1:], tuple(classes.tolist()), len(data), level, unit)


def _windows(x: np.ndarray, window: int) -> Iterator[np.ndarray]:
    """The features at each time, (trials, channels · window)."""
    for end in range(window, x.shape[2] + 1):
        yield x[:, :, end - window : end].reshape(len(x), -1).astype(np.float64)


def _predict_by_discriminant(x: np.ndarray, labels: np.ndarray, splits: list, classes: np.ndarray) -> np.ndarray:
    """The predicted class indices for each order of the labels, (orders, trials)."""
    predicted = np.empty_like(labels)
    for train, test in splits:
        predicted[:, test] = discriminate(x[train], x[test], labels[:, train], len(classes))
    return predicted


def _predict_by_model(
    model: object, x: np.ndarray, labels: np.ndarray, splits: list, classes: np.ndarray
) -> np.ndarray:
    """The same by clones of the user's classifier."""
    from sklearn.base import clone

    predicted = np.empty_like(labels)
    for train, test in splits:
        for i, order in enumerate(labels):
            try:
                classifier: Any = clone(model)
                if not hasattr(classifier, "fit"):
                    raise TypeError
            except TypeError:
                instead = "For a network use dragonet.sklearn.NetClassifier."
                raise errors.type_error(
                    _WHO, "a classifier that scikit-learn can clone", errors.short_repr(model), instead
                ) from None
            labels_of_test = np.ravel(classifier.fit(x[train], classes[order[train]]).predict(x[test]))
            predicted[i, test] = (labels_of_test[:, None] == classes).argmax(axis=1)
    return predicted


def _balanced_accuracy(predicted: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean over the classes of the recall, (orders,)."""
    is_right = predicted == labels
    members = [labels == k for k in range(labels.max() + 1)]
    recalls = [np.where(is_member, is_right, False).sum(axis=1) / is_member.sum(axis=1) for is_member in members]
    return np.mean(recalls, axis=0)
