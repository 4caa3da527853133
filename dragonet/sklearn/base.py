"""What the two estimators share: from X, y and weights to a trained network, by scikit-learn's rules for estimators."""

import copy
import os
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from dragonet import data, layers, optimizers
from dragonet.callbacks import EarlyStopping
from dragonet.core import arguments, checks, errors, session
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.models import Model, Sequential
from dragonet.sklearn import architectures, rows

LEAST, MOST = 32, 200  # rows in a batch of its own choice
RATES = {"logistic": 0.01, "linear": 0.01}  # with one layer alone, the optimizers' own are slow


class Net(BaseEstimator):
    """An estimator that is a network; the classes derived from it say what y means."""

    _names: tuple[str, ...]  # what model may be called
    _y: dict[str, bool] = {}  # how scikit-learn is to look at y

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "Net":
        """Train on the rows of X, (n, features) or images and series (n, ...), and what is to be predicted of them, y.

        With warm_start=True a second fit goes on from where the first one ended. sample_weight: how much each row counts.
        Raises ValueError and TypeError, in one sentence, for data and for arguments that nothing can be learned with.
        """
        again = bool(self.warm_start) and hasattr(self, "model_")
        epochs = checks.whole(type(self).__name__, "max_iter", self.max_iter)
        arguments.check_parameters(self)
        return self._train(X, y, sample_weight, epochs, again=again, known=again, stops=True)

    # --- what the two differ in -------------------------------------------------------------------------------------------

    def _encoded(self, y: np.ndarray, known: bool) -> np.ndarray:
        """y as numbers; known: what they stand for is settled already."""
        raise NotImplementedError

    def _targets(self, y: np.ndarray) -> np.ndarray:
        """The encoded y as the loss takes it."""
        raise NotImplementedError

    def _outputs(self) -> tuple[int, layers.Dense]:
        """How many things are predicted of a row, and the last layer of a network for that."""
        raise NotImplementedError

    def _learner_of(self, made: Sequential, y: np.ndarray, w: np.ndarray | None) -> Model:
        """The part of a new model that the loss looks at."""
        return made

    def _loss(self) -> str:
        raise NotImplementedError

    # --- training ---------------------------------------------------------------------------------------------------------

    def _train(
        self, X: Any, y: Any, sample_weight: Any, epochs: int, *, again: bool, known: bool, stops: bool
    ) -> "Net":
        who = type(self).__name__
        x, y = self._checked(X, y, reset=not again, **self._y)
        if not again:
            self._x_scaling = ArrayScaling.fit(x)
        x = self._as_float32(x)
        w = rows.weights(who, sample_weight, getattr(self, "class_weight", None), y)
        if w is not None:
            x, y, w = x[w > 0], y[w > 0], w[w > 0]
        y = self._encoded(y, known)
        if not again:
            self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        stopping, watched = self._stopping(who) if stops else None, None
        if stops and self.early_stopping:
            (x, y, w), watched = self._split(who, x, y, w)
        batch = min(max(LEAST, len(x) // 5), MOST)
        if self.batch_size != "auto":
            batch = checks.whole(who, "batch_size", self.batch_size)
        if len(x) <= batch:  # each step sees all rows: there a weight of 2 is two rows, to the last bit
            x, y, w = rows.merged(x, y, w)
        if not again:
            self._start(who, x, y, w)
        learner = self._learner
        rate = self._rate(who)
        if rate is not None:
            learner.optimizer.learning_rate = rate
        learner.threads = _threads()
        history = learner.fit(
            x,
            self._targets(y),
            sample_weight=rows.evened(w),
            batch_size=batch,
            epochs=epochs,
            validation_data=watched and (watched[0], self._targets(watched[1]), rows.evened(watched[2])),
            callbacks=stopping,
            verbose=self.verbose,
            preflight=bool(self.verbose),
        )
        history.answering = None  # it holds rows, which an estimator that is pickled should not take along
        self.loss_curve_ += history.history["loss"]
        self.validation_loss_curve_ += history.history.get("val_loss", [])
        self.n_iter_ = len(self.loss_curve_)
        return self

    def _rate(self, who: str) -> float | None:
        """The learning rate; None leaves the optimizer's."""
        if self.learning_rate is not None:
            return checks.positive(who, "learning_rate", self.learning_rate)
        return RATES.get(str(self.model)) if isinstance(self.optimizer, str) else None

    def _split(self, who: str, x: np.ndarray, y: np.ndarray, w: np.ndarray | None) -> tuple[tuple, tuple]:
        """(x, y, w) of the rows to learn from, and of those to watch."""
        share = checks.fraction(who, "validation_fraction", self.validation_fraction)
        labels = y if hasattr(self, "classes_") else None
        parts = data.split(x, y, *([] if w is None else [w]), test_size=share, seed=self._seed, stratify=labels)
        parts += (None, None) if w is None else ()
        return parts[::2], parts[1::2]

    def _stopping(self, who: str) -> EarlyStopping:
        return EarlyStopping(
            monitor="val_loss" if self.early_stopping else "loss",
            min_delta=checks.number(who, "tol", self.tol, least=0),
            patience=checks.whole(who, "n_iter_no_change", self.n_iter_no_change),
            mode="min",
            restore_best_weights=bool(self.early_stopping),
        )

    def _start(self, who: str, x: np.ndarray, y: np.ndarray, w: np.ndarray | None) -> None:
        """A new model, with weights drawn from the estimator's own seed; the session stays as it was."""
        outputs, last = self._outputs()
        with session.started_over(self._seed):
            if architectures.is_function(self.model):
                made = learner = architectures.made_by(who, self.model, x.shape[1:], outputs, last)
            else:
                numbers = x if self._x_scaling is None else self._x_scaling.encode(x)
                made = architectures.network(who, self.model, self._names, numbers, w, last)
                learner = self._learner_of(made, y, w)
            made.encoder = learner.encoder = self._x_scaling
            self.model_, self._learner = made, learner
            if not learner.compiled:
                optimizer = copy.deepcopy(optimizers.get(self.optimizer))
                if optimizer is None:
                    raise errors.type_error(who, "an optimizer", "None", "Write optimizer='adam'.")
                learner.compile(optimizer, self._loss(), engine=self.engine)
            learner.seed = self._seed
        self.loss_curve_, self.validation_loss_curve_ = [], []

    # --- predicting -------------------------------------------------------------------------------------------------------

    def _predicted(self, X: Any) -> np.ndarray:
        """What the model puts out for the rows of X, (n, outputs), in float64."""
        check_is_fitted(self, "model_")
        x = self._as_float32(self._checked(X, reset=False))
        self.model_.threads = _threads()
        return self.model_.predict(x).astype(float)

    def _checked(self, *arrays: Any, **how: Any) -> Any:
        return validate_data(self, *arrays, dtype=[np.float64, np.float32], allow_nd=True, **how)

    def _as_float32(self, x: np.ndarray) -> np.ndarray:
        """Rows in float32, but those with columns that it does not hold: they are the model's to scale, by its encoder.

        Raises ValueError for numbers that float32 does not hold although those of the training were smaller.
        """
        if self._x_scaling is not None:
            return x
        with np.errstate(over="ignore", invalid="ignore"):
            narrow = x.astype(np.float32, copy=False)
        if not np.isfinite(narrow).all():
            raise ValueError("Input X contains infinity or a value too large for dtype('float32').")
        return narrow


def _threads() -> int | None:
    """The share of the processors that joblib leaves a worker; None, which is all, elsewhere."""
    share = os.environ.get("OMP_NUM_THREADS", "")
    if not share.isdigit():
        return None
    from dragonet.engines.native.cpu import target

    return max(1, min(int(share), target.threads()))
