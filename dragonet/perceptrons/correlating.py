"""Hebb's and Oja's rules: they learn without labels, from every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from dragonet.core import arguments, checks, errors
from dragonet.perceptrons.estimators import RandomState, products, validate

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class _Correlating(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """What Hebb's and Oja's rules share: one neuron, y = w·(x − mean), that learns without labels."""

    _n_features_out = 1
    learning_rate: float
    max_iter: int
    random_state: RandomState
    record: bool
    coef_: np.ndarray
    mean_: np.ndarray
    n_iter_: int
    path_: np.ndarray

    def _begin(self, x: ArrayLike) -> tuple[np.ndarray, np.ndarray, float]:
        """The centred rows, a random first w of length 1, and the learning rate over the largest squared length of a row."""
        who = type(self).__name__
        checks.whole(who, "max_iter", self.max_iter)
        checks.number(who, "learning_rate", self.learning_rate, least=0, most=1)
        arguments.check_parameters(self)
        rows = validate(self, x, ensure_min_samples=2)
        self.mean_ = rows.mean(axis=0)
        centred = rows - self.mean_
        longest = float((centred**2).sum(axis=1).max())
        if longest == 0:
            raise errors.value_error(who, "rows that differ", f"{len(centred)} equal ones")
        w = check_random_state(self.random_state).normal(size=centred.shape[1])
        return centred, w / np.linalg.norm(w), self.learning_rate / longest

    def _end(self, w: np.ndarray, path: list[np.ndarray]) -> None:
        """Store the last w, and all of them if asked for."""
        self.coef_, self.n_iter_ = w, len(path)
        if self.record:
            self.path_ = np.stack(path)

    def transform(self, x: ArrayLike) -> np.ndarray:
        """The neuron's activity y = w·(x − mean) for each row, (n, 1)."""
        check_is_fitted(self)
        rows = validate(self, x, reset=False)
        return products(rows - self.mean_, self.coef_)[:, None]


class Hebb(_Correlating):
    """w += η y x after each row, with y = w·x: what fires together wires together.

    Nothing limits w: it turns towards the direction of the largest variance λ, and its length then grows by a factor of about
    1 + ηλ a row. So learning ends after `max_iter` sweeps, or with the sweep in which the length passes `norm_limit`;
    `Oja`'s rule repairs that. The rows are centred; η is `learning_rate` over the squared
    length of the longest of them, so that it means the same in every unit. It begins with a random w of length 1.

    Fitted: `coef_` (features,), `mean_` (features,), `n_iter_`; record=True keeps `path_` (n_iter_, features), w after each sweep.
    Source: Hebb, "The Organization of Behavior" (1949).

    >>> import numpy as np
    >>> x = [[-2.0, -1.0], [-1.0, 0.0], [1.0, 0.0], [2.0, 1.0]]
    >>> lengths = np.linalg.norm(Hebb(max_iter=50, record=True).fit(x).path_, axis=1)
    >>> bool((np.diff(lengths) > 0).all())
    True
    """

    __module__ = "dragonet.perceptrons"  # files of comparisons name it

    def __init__(
        self,
        learning_rate: float = 0.01,
        max_iter: int = 100,
        norm_limit: float = 1e6,
        random_state: RandomState = 0,
        record: bool = False,
    ):
        self.learning_rate, self.max_iter, self.norm_limit = learning_rate, max_iter, norm_limit
        self.random_state, self.record = random_state, record

    def fit(self, x: ArrayLike, y: object = None) -> Self:
        """Learn from x (n, features), in the order of the rows; y is ignored.

        Raises ValueError for fewer than two rows, for equal ones, for NaN, and for arguments out of their range.
        """
        limit = checks.positive("Hebb", "norm_limit", self.norm_limit)
        x, w, rate = self._begin(x)
        path = []
        for _ in range(self.max_iter):
            for row in x:
                w = w + rate * (w @ row) * row
            path.append(w)
            if np.linalg.norm(w) > limit:
                break
        self._end(w, path)
        return self


class Oja(_Correlating):
    """w += η y (x − y w) after each row, with y = w·x: Hebb's rule with a decay that keeps w's length near 1.

    w converges to the first principal component of the rows, up to its sign, and faster the more the first variance stands
    out from the second; where two are equal there is no first one. The rows are centred; η in sweep i = 0, 1, ... is
    `learning_rate` / (i + 1), over the squared length of the longest row, so that it means the same in every unit and no
    row can make w diverge. It begins with a random w of length 1, and stops when a sweep changes w by less than
    `weight_change_lim` (the sum of |w after − w before|), or after `max_iter` sweeps.

    Fitted: `coef_` (features,), `mean_` (features,), `n_iter_`; record=True keeps `path_` (n_iter_, features), w after each sweep.
    Source: Oja, "A simplified neuron model as a principal component analyzer" (J. Math. Biology 1982).

    >>> import numpy as np
    >>> x = [[-2.0, -1.0], [-1.0, 0.0], [1.0, 0.0], [2.0, 1.0]]
    >>> w, first = Oja().fit(x).coef_, np.linalg.svd(x)[2][0]
    >>> bool(abs(w @ first) > 0.999)
    True
    """

    __module__ = "dragonet.perceptrons"  # files of comparisons name it

    def __init__(
        self,
        learning_rate: float = 0.5,
        max_iter: int = 200,
        weight_change_lim: float = 1e-4,
        random_state: RandomState = 0,
        record: bool = False,
    ):
        self.learning_rate, self.max_iter, self.weight_change_lim = learning_rate, max_iter, weight_change_lim
        self.random_state, self.record = random_state, record

    def fit(self, x: ArrayLike, y: object = None) -> Self:
        """Learn from x (n, features), in the order of the rows; y is ignored.

        Raises ValueError for fewer than two rows, for equal ones, for NaN, and for arguments out of their range.
        """
        limit = checks.number("Oja", "weight_change_lim", self.weight_change_lim, least=0)
        x, w, rate = self._begin(x)
        path = []
        for i in range(self.max_iter):
            before, eta = w, rate / (i + 1)
            for row in x:
                activity = w @ row
                w = w + eta * activity * (row - activity * w)
            path.append(w)
            if np.abs(w - before).sum() < limit:
                break
        self._end(w, path)
        return self
