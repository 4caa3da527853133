"""Perceptrons: rules that change the weights where they are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from dragonet.core import arguments, checks, errors
from dragonet.perceptrons.estimators import products, validate

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_FIRST_BLOCK = 16  # rows predicted at once after a mistake; twice as many after each block without one
_MOST_PRODUCTS = 2**18  # in a longer block
_BLOCK = 1024  # rows predicted at once


class _MistakeDriven(ClassifierMixin, BaseEstimator):
    """What the two perceptrons share: sweeps over the rows, and when to stop.

    A subclass has weights w of a shape of its own, predicts with them, and corrects them after a mistake.
    """

    _vectors_changed: int  # weight vectors that a mistake changes
    classes_: np.ndarray
    coef_: np.ndarray
    intercept_: np.ndarray
    n_iter_: int
    path_: np.ndarray

    def __init__(self, max_iter: int = 1000, weight_change_lim: float = 0.1, record: bool = False):
        self.max_iter, self.weight_change_lim, self.record = max_iter, weight_change_lim, record

    def _check_classes(self) -> None:
        """Raises ValueError for classes that the rule cannot learn."""

    def _zeros(self, columns: int) -> np.ndarray:
        """The first weights, for rows of so many columns, the bias's included."""
        raise NotImplementedError

    def _predict_places(self, x: np.ndarray, w: np.ndarray) -> np.ndarray:
        """The place in classes_ that is predicted for each row, (n,)."""
        raise NotImplementedError

    def _correct(self, w: np.ndarray, step: np.ndarray, place: int, predicted: int) -> None:
        """Change w in place after a mistake; step: the row times the learning rate."""
        raise NotImplementedError

    def fit(self, x: ArrayLike, y: ArrayLike) -> Self:
        """Learn from x (n, features) and the labels y (n,), numbers or words, in the order of the rows.

        Raises ValueError for a single class, for NaN, and for arguments out of their range.
        """
        who = type(self).__name__
        checks.whole(who, "max_iter", self.max_iter)
        checks.number(who, "weight_change_lim", self.weight_change_lim, least=0)
        arguments.check_parameters(self)
        rows, labels = validate(self, x, y)
        check_classification_targets(labels)
        self.classes_, places = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise errors.value_error(
                who, "two classes in y", f"one class, {errors.short_repr(self.classes_.tolist()[0])}"
            )
        self._check_classes()
        rows = _with_bias(rows)
        w, path = self._zeros(rows.shape[1]), []
        self.n_iter_ = 0
        for i in range(self.max_iter):
            change = self._sweep(w, rows, places, 1 / (i + 1))
            self.n_iter_ = i + 1
            if self.record:
                path.append(w.copy())
            if change < self.weight_change_lim:
                break
        self.coef_, self.intercept_ = np.atleast_2d(w)[:, :-1].copy(), np.atleast_2d(w)[:, -1].copy()
        if self.record:
            self.path_ = np.stack(path)
        return self

    def _sweep(self, w: np.ndarray, x: np.ndarray, places: np.ndarray, rate: float) -> float:
        """Go once through the rows, changing w in place; the sum of the weights' absolute changes, without the biases'.

        Without a mistake nothing changes, so several rows are predicted at once, up to the first mistake.
        """
        mistakes, i, block = [], 0, _FIRST_BLOCK
        longest = max(_FIRST_BLOCK, _MOST_PRODUCTS // w.size)
        while i < len(x):
            predicted = self._predict_places(x[i : i + block], w)
            is_wrong = predicted != places[i : i + block]
            first = int(is_wrong.argmax())
            if is_wrong[first]:
                i += first
                self._correct(w, rate * x[i], places[i], predicted[first])
                mistakes.append(i)
                i, block = i + 1, _FIRST_BLOCK
            else:
                i, block = i + block, min(2 * block, longest)
        return self._vectors_changed * float(np.abs(rate * x[mistakes, :-1]).sum())

    def _scores(self, x: ArrayLike) -> np.ndarray:
        """w·x + b of each row and weight vector, (n, vectors)."""
        check_is_fitted(self)
        rows = validate(self, x, reset=False)
        w = np.column_stack([self.coef_, self.intercept_])  # (vectors, features + 1)
        blocks = (_with_bias(rows[i : i + _BLOCK]) for i in range(0, len(rows), _BLOCK))
        return np.concatenate([products(block[:, None], w) for block in blocks])


def _with_bias(x: np.ndarray) -> np.ndarray:
    """The rows with a column of ones."""
    return np.column_stack([x, np.ones(len(x))])


class Perceptron(_MistakeDriven):
    """ŷ = 1 where w·x + b > 0, else 0; after each row of sweep i = 0, 1, ...: w += (y − ŷ) x / (i + 1), b += (y − ŷ) / (i + 1).

    It begins with zeros and takes the rows in their order. It stops after a sweep in which the absolute changes of w sum up
    to less than `weight_change_lim`, or after `max_iter` sweeps. If a line separates the classes it finds one; otherwise it goes
    on correcting, by less and less. Features of similar size are learned faster: standardise them.

    Fitted: `classes_` (2,), the later one is y = 1; `coef_` (1, features); `intercept_` (1,); `n_iter_`, the sweeps done.
    record=True keeps `path_` (n_iter_, features + 1): path_[s] is the weights after sweep s, features in order, the bias last,
    so that path_[-1] is [*coef_[0], intercept_[0]].
    Raises ValueError for more than two classes. Source: Rosenblatt, "The perceptron" (Psychological Review 1958).

    >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "no", "no", "yes"]
    >>> model = Perceptron().fit(x, y)
    >>> model.predict([[1, 1], [0, 1]]).tolist(), model.score(x, y)
    (['yes', 'no'], 1.0)
    """

    __module__ = "dragonet.perceptrons"  # files of comparisons name it

    _vectors_changed = 1

    def decision_function(self, x: ArrayLike) -> np.ndarray:
        """w·x + b for each row, (n,): above 0 means the later class."""
        return self._scores(x)[:, 0]

    def predict(self, x: ArrayLike) -> np.ndarray:
        """The label of each row, (n,)."""
        later = self.decision_function(x) > 0
        return self.classes_[later.astype(int)]

    def _check_classes(self) -> None:
        if len(self.classes_) > 2:
            got = f"{len(self.classes_)} classes, {errors.short_repr(self.classes_.tolist())}"
            instead = "Only binary classification is supported. Use MulticlassPerceptron."  # in scikit-learn's words
            raise errors.value_error("Perceptron", "two classes in y", got, instead)

    def _zeros(self, columns: int) -> np.ndarray:
        return np.zeros(columns)

    def _predict_places(self, x: np.ndarray, w: np.ndarray) -> np.ndarray:
        return products(x, w) > 0

    def _correct(self, w: np.ndarray, step: np.ndarray, place: int, predicted: int) -> None:
        w += step if place else -step

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


class MulticlassPerceptron(_MistakeDriven):
    """ŷ = argmax_c (w_c·x + b_c), the first where several are largest; a mistake changes the weights of two classes.

    After each row of sweep i = 0, 1, ..., with y and ŷ as one-hot rows: w_c += (y_c − ŷ_c) x / (i + 1), b_c likewise: the right
    class moves towards the row, the predicted one away from it. Start, order and stopping are `Perceptron`'s, the
    changes of all classes summed.

    Fitted: `classes_` (k,); `coef_` (k, features); `intercept_` (k,); `n_iter_`, the sweeps done. record=True keeps `path_`
    (n_iter_, k, features + 1): path_[s, c] is the weights of classes_[c] after sweep s, features in order, the bias last.
    Source: Duda & Hart, "Pattern Classification and Scene Analysis" (1973), section 5.12, Kesler's construction.

    >>> x, y = [[-3, -3], [0, 5], [5, 0]], ["blue", "red", "yellow"]
    >>> model = MulticlassPerceptron().fit(x, y)
    >>> model.predict(x).tolist(), model.coef_.shape
    (['blue', 'red', 'yellow'], (3, 2))
    """

    __module__ = "dragonet.perceptrons"  # files of comparisons name it

    _vectors_changed = 2

    def decision_function(self, x: ArrayLike) -> np.ndarray:
        """w_c·x + b_c for each row and class, (n, k); of two classes the later one's minus the first's, (n,)."""
        scores = self._scores(x)
        return scores if len(self.classes_) > 2 else scores[:, 1] - scores[:, 0]

    def predict(self, x: ArrayLike) -> np.ndarray:
        """The label of each row, (n,)."""
        best = self._scores(x).argmax(axis=1)
        return self.classes_[best]

    def _zeros(self, columns: int) -> np.ndarray:
        return np.zeros((len(self.classes_), columns))

    def _predict_places(self, x: np.ndarray, w: np.ndarray) -> np.ndarray:
        return products(x[:, None], w).argmax(axis=1)

    def _correct(self, w: np.ndarray, step: np.ndarray, place: int, predicted: int) -> None:
        w[place] += step
        w[predicted] -= step
