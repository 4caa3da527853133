"""Metrics of numbers: how far off, which direction, how much is explained."""

# JAX's functions of arrays are partly without types.
# pyright: reportUnknownMemberType=false

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from dragonet.core import checks, errors
from dragonet.losses.angles import cosine
from dragonet.losses.shapes import pair, spread
from dragonet.metrics.base import Metric, Shape, Totals
from dragonet.metrics.mean import Averaging, metric_class


@dataclass
class RootMeanSquaredError(Averaging):
    """√ of the mean of (ŷ − y)² over all examples.

    Shapes: both (batch, ...). Raises ValueError where they differ.

    >>> float(RootMeanSquaredError()([0.0, 0.0], [2.0, 2.0]))
    2.0
    """

    name: str | None = "root_mean_squared_error"
    dtype: str | None = None

    _direction = "down"

    def update(
        self, totals: Totals, y_true: jax.Array, y_pred: jax.Array, sample_weight: jax.Array | None = None
    ) -> Totals:
        """The totals with a batch added."""
        y_true, y_pred = pair(str(self.name), y_true, y_pred)
        return self.add(totals, jnp.square(y_pred - y_true), sample_weight)

    def compute(self, totals: Totals) -> jax.Array:
        """The root of the mean."""
        return jnp.sqrt(super().compute(totals))


def cosine_similarity(y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1) -> jax.Array:
    """cos of the angle between y and ŷ, vectors along an axis: 1 for the same direction (as a loss it is −1).

    Shapes: both (batch, ..., n) -> (batch, ...). Raises ValueError where they differ.
    """
    return cosine("cosine_similarity", y_true, y_pred, axis)


CosineSimilarity = metric_class(cosine_similarity, "CosineSimilarity", "up")


@dataclass
class R2Score(Metric):
    """R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)²: 1 is perfect, 0 no better than the mean ȳ.

    class_aggregation over the columns: 'uniform_average' is their mean, 'variance_weighted_average' weights them by
    Σ (y − ȳ)², None gives one for each. num_regressors p > 0: 1 − (1 − R²)(n − 1)/(n − p − 1) is given, if n > p + 1.
    Shapes: both (batch, columns). Raises ValueError for others and for an unknown class_aggregation.

    >>> float(R2Score()([[1.0], [2.0], [3.0]], [[1.0], [2.0], [2.0]]))
    0.5
    """

    class_aggregation: str | None = "uniform_average"
    num_regressors: int = 0
    name: str | None = "r2_score"
    dtype: str | None = None

    _direction = "up"
    _columns = None

    def __post_init__(self):
        options = (None, "uniform_average", "variance_weighted_average")
        self.class_aggregation = checks.one_of("R2Score", "class_aggregation", self.class_aggregation, options)
        checks.whole("R2Score", "num_regressors", self.num_regressors, least=0)

    def build(self, y_true_shape: Shape, y_pred_shape: Shape) -> None:
        """Learn how many columns there are."""
        if len(y_pred_shape) != 2:
            raise errors.value_error("R2Score", "y_pred of shape (batch, columns)", f"shape {y_pred_shape}")
        self._columns = y_pred_shape[1]

    def zeros(self) -> Totals:
        """Nothing added."""
        if self._columns is None:
            raise errors.value_error("R2Score", "to know the number of columns", "no batch yet")
        columns = {name: jnp.zeros(self._columns) for name in ("squared_sum", "sum", "residual", "count")}
        return columns | {"num_samples": jnp.zeros(())}

    def update(
        self, totals: Totals, y_true: jax.Array, y_pred: jax.Array, sample_weight: jax.Array | None = None
    ) -> Totals:
        """The totals with a batch added."""
        y, p = pair(str(self.name), y_true, y_pred)
        w = jnp.ones_like(y)
        if sample_weight is not None:
            w = w * spread(str(self.name), sample_weight, y)
        parts = {"squared_sum": y * y * w, "sum": y * w, "residual": jnp.square(y - p) * w, "count": w}
        new = {name: totals[name] + part.sum(axis=0) for name, part in parts.items()}
        return new | {"num_samples": totals["num_samples"] + y.size}

    def compute(self, totals: Totals) -> jax.Array:
        """R², adjusted where asked for and there are samples enough."""
        spread_of_y = totals["squared_sum"] - totals["sum"] ** 2 / totals["count"]
        r2 = 1 - totals["residual"] / spread_of_y
        r2 = jnp.where(jnp.isinf(r2), 0, r2)
        if self.class_aggregation == "uniform_average":
            r2 = r2.mean()
        elif self.class_aggregation == "variance_weighted_average":
            r2 = (spread_of_y * r2).sum() / spread_of_y.sum()
        if self.num_regressors == 0:
            return r2
        n, p = totals["num_samples"], self.num_regressors
        return jnp.where(n > p + 1, 1 - (1 - r2) * (n - 1) / (n - p - 1), r2)
