"""NetClassifier: a network that predicts the class of a row."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets

from dragonet import layers
from dragonet.core import errors
from dragonet.sklearn.base import Net, RandomState


class NetClassifier(ClassifierMixin, Net):
    """A network as a scikit-learn classifier: for a Pipeline, GridSearchCV, cross_validate, CalibratedClassifierCV.

    model: what the network is.
      'mlp', 100 hidden units with relu; 'logistic', none; 'cnn', two convolutions and 50 hidden units, for images (n, h, w),
      (n, h, w, channels) or flat squares (n, side²).
      A list of layers: the hidden ones. Before them X's columns (the last axis of images and series) are brought to mean 0 and
      variance 1, as measured on the training rows; behind them comes Dense with softmax, for two classes Dense(1) with
      sigmoid. The names stand for such lists too.
      A function (input_shape, classes) that makes a whole model, which is not changed; if it compiles the model too,
      its optimizer and engine are used.
    optimizer: a name or an object. learning_rate: None leaves the optimizer's own; with 'logistic' and an optimizer's name
      it is 0.01.
    batch_size: rows a step; 'auto' takes a fifth of them, at least 32 and at most 200.
    max_iter: epochs at most. Training ends earlier once the loss has not decreased by more than `tol` for
      `n_iter_no_change` epochs.
    early_stopping: True watches the loss on `validation_fraction` of the rows, in their classes' shares, instead, and
      ends with the weights that were best on them.
    class_weight: a dict {class: weight} or 'balanced'. Only the ratios of all weights matter; a row of weight 0 is left
      out, and where one step uses all rows, a weight of 2 equals the row twice.
    warm_start: True lets a second fit go on from where the first ended.
    random_state: a number for the same bits each time; None draws one from NumPy's global state, as scikit-learn does.
    verbose: 1 shows the progress, 2 a line an epoch. engine: as in `compile`.

    Fitted: `classes_`; `model_`, the dragonet model, scaling included, which takes rows as they are; `n_iter_`, the epochs done;
    `loss_curve_` and `validation_loss_curve_`, the mean cross-entropy after each; `n_features_in_`, `feature_names_in_`.
    The probabilities of a network are often too extreme: CalibratedClassifierCV corrects that.
    Wrong arguments raise at fit, in one sentence. Computations are in float32.

    >>> X, y = [[0.0, 0.0], [0.0, 9.0], [9.0, 0.0], [9.0, 9.0]], ["no", "yes", "yes", "no"]
    >>> NetClassifier(max_iter=300, random_state=0).fit(X, y).predict(X).tolist()
    ['no', 'yes', 'yes', 'no']
    """

    _names = ("mlp", "cnn", "logistic")
    classes_: np.ndarray

    def __init__(
        self,
        model: object = "mlp",
        *,
        optimizer: object = "adam",
        learning_rate: float | None = None,
        batch_size: int | str = "auto",
        max_iter: int = 200,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        class_weight: Mapping[Any, float] | str | None = None,
        warm_start: bool = False,
        random_state: RandomState = None,
        verbose: str | int = 0,
        engine: str = "auto",
    ):
        self.model = model
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.engine = engine

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """One epoch on these rows.

        classes: all classes of all calls; only the first call needs them. The first call's rows decide how X is scaled.
        """
        goes_on = hasattr(self, "model_")
        if classes is not None and goes_on and not np.array_equal(np.unique(classes), self.classes_):
            needs = f"the classes of the first call, {errors.short_repr(self.classes_.tolist())}"
            raise errors.value_error("partial_fit", needs, errors.short_repr(np.unique(classes).tolist()))
        if not goes_on:
            if classes is None:
                instead = "Write partial_fit(X, y, classes=np.unique(all_y))."
                raise errors.value_error("The first partial_fit", "classes, all that there will be", "None", instead)
            self.classes_ = np.unique(classes)
        return self._train(X, y, sample_weight, 1, goes_on=goes_on, knows_y=True, may_stop=False)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The most probable class of each row, (n,)."""
        p = self.predict_proba(X)
        return self.classes_[p.argmax(1)]

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """The probability of each class, (n, classes), in the order of classes_."""
        p = self._predict(X)
        p = np.hstack([1 - p, p]) if p.shape[1] == 1 else p
        total = p.sum(1, keepdims=True)
        if p.min() < 0 or abs(total - 1).max() > 1e-3:
            got = f"outputs such as {errors.short_repr(p[0].tolist())}"
            fix = f"End it with Dense({p.shape[1]}, activation='softmax')."
            raise errors.value_error("NetClassifier", "a model that ends in probabilities", got, fix)
        return p / total

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """The logarithm of each probability, (n, classes)."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def _train(self, *arguments: Any, **options: Any) -> Self:
        if hasattr(self, "model_"):
            self.model_.classes_ = None  # it learns from class numbers
        try:
            super()._train(*arguments, **options)
        finally:
            if hasattr(self, "model_"):
                self.model_.classes_ = np.array(self.classes_.tolist())  # for predict_classes, and for files
        return self

    def _encode(self, y: np.ndarray, knows_y: bool) -> np.ndarray:
        check_classification_targets(y)
        classes = np.unique(y)
        if not knows_y:
            self.classes_ = classes
        if len(self.classes_) < 2:
            raise errors.value_error(
                "NetClassifier", "y of at least two classes", f"1 class, {self.classes_.tolist()[0]!r}"
            )
        unknown = np.setdiff1d(classes, self.classes_)
        if len(unknown):
            needs = f"the classes that it knows, {errors.short_repr(self.classes_.tolist())}"
            raise errors.value_error("NetClassifier", needs, repr(unknown.tolist()[0]))
        return np.searchsorted(self.classes_, y).astype(np.int32)

    def _targets(self, y: np.ndarray) -> np.ndarray:
        return y

    def _outputs(self) -> tuple[int, layers.Dense]:
        k = len(self.classes_)
        last = layers.Dense(k, "softmax", name="output") if k > 2 else layers.Dense(1, "sigmoid", name="output")
        return k, last

    def _loss(self) -> str:
        return "binary_crossentropy" if self._learner.output_shape[1] == 1 else "sparse_categorical_crossentropy"
