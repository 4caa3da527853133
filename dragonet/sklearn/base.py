"""Net: what the two estimators share, from X, y and weights to a trained network, by scikit-learn's rules for estimators."""

import copy
import os
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from dragonet import data, layers, optimizers
from dragonet.callbacks import EarlyStopping
from dragonet.core import arguments, checks, errors, session
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.models import Model, Sequential
from dragonet.sklearn import architectures, rows

LEAST_BATCH, MOST_BATCH = 32, 200  # rows, with batch_size='auto'
RATES = {"logistic": 0.01, "linear": 0.01}  # for one layer the optimizers' own learning rates are slow
RandomState: TypeAlias = int | np.random.RandomState | None


class _Rows(NamedTuple):
    """Rows x (n, ...), encoded answers y (n, ...) and weights w (n,), None where all are 1."""

    x: np.ndarray
    y: np.ndarray
    w: np.ndarray | None


class Net(BaseEstimator):
    """An estimator that is a network; the classes derived from it say what y means."""

    _names: tuple[str, ...]  # that `model` may be
    _y_rules: dict[str, bool] = {}  # how scikit-learn validates y

    model: object
    optimizer: object
    learning_rate: float | None
    batch_size: int | str
    max_iter: int
    tol: float
    n_iter_no_change: int
    early_stopping: bool
    validation_fraction: float
    warm_start: bool
    random_state: RandomState
    verbose: str | int
    engine: str
    model_: Model
    loss_curve_: list[float]
    validation_loss_curve_: list[float]
    n_iter_: int
    _seed: int
    _learner: Model  # the part of model_ that the loss is computed from
    _x_scaling: ArrayScaling | None

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train on the rows of X, (n, features) or images and series (n, ...), and what is to be predicted from them, y.

        With warm_start=True a second fit goes on from where the first one ended. sample_weight: how much each row counts.
        Raises ValueError and TypeError, in one sentence, for data and for arguments that nothing can be learned with.
        """
        goes_on = bool(self.warm_start) and hasattr(self, "model_")
        epochs = checks.whole(type(self).__name__, "max_iter", self.max_iter)
        arguments.check_parameters(self)
        return self._train(X, y, sample_weight, epochs, goes_on=goes_on, knows_y=goes_on, may_stop=True)

    # --- what the two differ in -------------------------------------------------------------------------------------------

    def _encode(self, y: np.ndarray, knows_y: bool) -> np.ndarray:
        """y as numbers; knows_y: classes or columns are those of an earlier call."""
        raise NotImplementedError

    def _targets(self, y: np.ndarray) -> np.ndarray:
        """The encoded y as the loss takes it."""
        raise NotImplementedError

    def _outputs(self) -> tuple[int, layers.Dense]:
        """How many things are predicted for a row, and the last layer of a network that does so."""
        raise NotImplementedError

    def _part_to_train(self, network: Sequential, y: np.ndarray, w: np.ndarray | None) -> Model:
        """The part of a new network that the loss is computed from."""
        return network

    def _loss(self) -> str:
        raise NotImplementedError

    # --- training ---------------------------------------------------------------------------------------------------------

    def _train(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        epochs: int,
        *,
        goes_on: bool,
        knows_y: bool,
        may_stop: bool,
    ) -> Self:
        who = type(self).__name__
        chosen = self._weighted_rows(who, X, y, sample_weight, goes_on, knows_y)
        if not goes_on:
            self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        stopping, watched = self._stopping(who) if may_stop else None, None
        if may_stop and self.early_stopping:
            chosen, watched = self._split(who, chosen)
        batch = self._rows_of_batch(who, len(chosen.x))
        if len(chosen.x) <= batch:  # each step uses all rows: there a weight of 2 equals two rows, to the last bit
            chosen = _Rows(*rows.merge_equal(*chosen))
        if not goes_on:
            self._start(who, chosen)
        learner, rate = self._learner, self._rate(who)
        if rate is not None:
            learner.optimizer.learning_rate = rate
        learner.threads = _threads()
        history = learner.fit(
            chosen.x,
            self._targets(chosen.y),
            sample_weight=rows.normalize_weights(chosen.w),
            batch_size=batch,
            epochs=epochs,
            validation_data=watched and (watched.x, self._targets(watched.y), rows.normalize_weights(watched.w)),
            callbacks=stopping,
            verbose=self.verbose,
            preflight=bool(self.verbose),
        )
        history.answering = None  # it refers to rows, which a pickled estimator should not contain
        self.loss_curve_ += history.history["loss"]
        self.validation_loss_curve_ += history.history.get("val_loss", [])
        self.n_iter_ = len(self.loss_curve_)
        return self

    def _weighted_rows(
        self, who: str, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None, goes_on: bool, knows_y: bool
    ) -> _Rows:
        """The validated rows with a weight above 0."""
        x, answers = self._validate(X, y, reset=not goes_on, **self._y_rules)
        if not goes_on:
            self._x_scaling = ArrayScaling.fit(x)
        x = self._as_float32(x)
        w = rows.weights(who, sample_weight, getattr(self, "class_weight", None), answers)
        if w is not None:
            x, answers, w = x[w > 0], answers[w > 0], w[w > 0]
        return _Rows(x, self._encode(answers, knows_y), w)

    def _rows_of_batch(self, who: str, n: int) -> int:
        """How many of n rows are in a batch."""
        if self.batch_size == "auto":
            return min(max(LEAST_BATCH, n // 5), MOST_BATCH)
        return checks.whole(who, "batch_size", self.batch_size)

    def _rate(self, who: str) -> float | None:
        """The learning rate; None for the optimizer's own."""
        if self.learning_rate is not None:
            return checks.positive(who, "learning_rate", self.learning_rate)
        return RATES.get(str(self.model)) if isinstance(self.optimizer, str) else None

    def _split(self, who: str, chosen: _Rows) -> tuple[_Rows, _Rows]:
        """The rows to learn from, and those to watch."""
        x, y, w = chosen
        share = checks.fraction(who, "validation_fraction", self.validation_fraction)
        labels = y if hasattr(self, "classes_") else None
        parts = data.split(x, y, *([] if w is None else [w]), test_size=share, seed=self._seed, stratify=labels)
        parts += (None, None) if w is None else ()
        return _Rows(*parts[::2]), _Rows(*parts[1::2])

    def _stopping(self, who: str) -> EarlyStopping:
        return EarlyStopping(
            monitor="val_loss" if self.early_stopping else "loss",
            min_delta=checks.number(who, "tol", self.tol, least=0),
            patience=checks.whole(who, "n_iter_no_change", self.n_iter_no_change),
            mode="min",
            restore_best_weights=bool(self.early_stopping),
        )

    def _start(self, who: str, chosen: _Rows) -> None:
        """A new model, with weights drawn from the estimator's own seed; the session's seed does not change."""
        x, y, w = chosen
        outputs, last = self._outputs()
        with session.started_over(self._seed):
            if callable(self.model) and architectures.is_function(self.model):
                model = learner = architectures.call_function(who, self.model, x.shape[1:], outputs, last)
            else:
                numbers = x if self._x_scaling is None else self._x_scaling.encode(x)
                model = architectures.network(who, self.model, self._names, numbers, w, last)
                learner = self._part_to_train(model, y, w)
            model.encoder = learner.encoder = self._x_scaling
            self.model_, self._learner = model, learner
            if not learner.compiled:
                optimizer = copy.deepcopy(optimizers.get(self.optimizer))
                if optimizer is None:
                    raise errors.type_error(who, "an optimizer", "None", "Write optimizer='adam'.")
                learner.compile(optimizer, self._loss(), engine=self.engine)
            learner.seed = self._seed
        self.loss_curve_, self.validation_loss_curve_ = [], []

    # --- predicting -------------------------------------------------------------------------------------------------------

    def _predict(self, X: ArrayLike) -> np.ndarray:
        """The outputs of the model for the rows of X, (n, outputs), in float64."""
        check_is_fitted(self, "model_")
        x = self._as_float32(self._validate(X, reset=False))
        self.model_.threads = _threads()
        return self.model_.predict(x).astype(float)

    def _validate(self, *arrays: Any, **rules: Any) -> Any:
        """The arrays as scikit-learn's estimators take them; raises ValueError for others."""
        return validate_data(self, *arrays, dtype=[np.float64, np.float32], allow_nd=True, **rules)

    def _as_float32(self, x: np.ndarray) -> np.ndarray:
        """Rows in float32; rows with columns that float32 does not hold stay as they are, as the model's encoder scales them.

        Raises ValueError for numbers too large for float32 although those of the training were smaller.
        """
        if self._x_scaling is not None:
            return x
        with np.errstate(over="ignore", invalid="ignore"):
            x32 = x.astype(np.float32, copy=False)
        if not np.isfinite(x32).all():
            raise ValueError("Input X contains infinity or a value too large for dtype('float32').")
        return x32


def _threads() -> int | None:
    """How many threads joblib allows a worker; None, for all processors, outside of joblib."""
    share = os.environ.get("OMP_NUM_THREADS", "")
    if not share.isdigit():
        return None
    from dragonet.engines.native.cpu import target

    return max(1, min(int(share), target.threads()))
