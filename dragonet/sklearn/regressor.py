"""NetRegressor: a network that predicts numbers."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from dragonet import layers
from dragonet.core import errors
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.models import Model, Sequential
from dragonet.sklearn import scaling
from dragonet.sklearn.base import Net, RandomState


class NetRegressor(RegressorMixin, Net):
    """A network as a scikit-learn regressor, of one number a row or several.

    model: 'mlp', 100 hidden units with relu; 'linear', none; 'cnn'; a list of layers or a function (input_shape, outputs), as in
      `NetClassifier`. But for a function's model, y is brought to mean 0 and variance 1 for training, and the model's last
      layer brings it back to its units. The loss is the mean squared error.
    The other arguments are `NetClassifier`'s; 'linear' has the learning rate of 'logistic'.

    Fitted: `model_`, the dragonet model, both scalings included; `n_iter_`, the epochs done; `loss_curve_` and
    `validation_loss_curve_`, the squared error after each, in units of y's variance, so that 1 is what the mean of y scores;
    `n_outputs_`, `n_features_in_`, `feature_names_in_`.

    >>> X, y = [[1.0], [2.0], [3.0], [4.0]], [1000.0, 2000.0, 3000.0, 4000.0]
    >>> bool(abs(NetRegressor("linear", random_state=0).fit(X, y).predict([[2.5]])[0] - 2500) < 10)
    True
    """

    _names = ("mlp", "cnn", "linear")
    _y_rules = {"multi_output": True, "y_numeric": True}
    n_outputs_: int
    _is_flat: bool  # whether y had one axis
    _moments: tuple[np.ndarray, np.ndarray]  # mean and variance of y, (n_outputs_,)
    _y_scaling: ArrayScaling | None

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
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.engine = engine

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """One epoch on these rows. The first call's rows decide how X and y are scaled."""
        goes_on = hasattr(self, "model_")
        return self._train(X, y, sample_weight, 1, goes_on=goes_on, knows_y=goes_on, may_stop=False)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The numbers that are predicted for each row, (n,) or (n, outputs), as y was."""
        y = self._predict(X)
        return y[:, 0] if self._is_flat else y

    def _encode(self, y: np.ndarray, knows_y: bool) -> np.ndarray:
        columns = y.astype(float).reshape(len(y), -1)
        if not knows_y:
            self.n_outputs_, self._is_flat = columns.shape[1], y.ndim == 1
            self._moments, self._y_scaling = (np.zeros(self.n_outputs_), np.ones(self.n_outputs_)), None
        if columns.shape[1] != self.n_outputs_:
            needs = f"y with {self.n_outputs_} column{'s' * (self.n_outputs_ > 1)}, as before"
            raise errors.value_error("NetRegressor", needs, f"{columns.shape[1]}")
        return columns

    def _targets(self, y: np.ndarray) -> np.ndarray:
        if self._y_scaling is not None:
            return self._y_scaling.encode(y)
        mean, variance = self._moments
        return ((y - mean) / np.sqrt(variance)).astype(np.float32)

    def _outputs(self) -> tuple[int, layers.Dense]:
        return self.n_outputs_, layers.Dense(self.n_outputs_, name="output")

    def _part_to_train(self, network: Sequential, y: np.ndarray, w: np.ndarray | None) -> Model:
        self._y_scaling = ArrayScaling.fit(y)
        network.target_scaling = self._y_scaling
        self._moments = scaling.moments(y, w)
        for layer in scaling.behind(*self._moments) if self._y_scaling is None else ():
            network.add(layer)
        return Model(network.inputs, network.get_layer("output").output)

    def _loss(self) -> str:
        return "mse"
