"""Losses reported as metrics: their mean over all examples."""

# pyright: reportUnusedImport=false
from dragonet.losses import (  # noqa: F401  Keras has all of them here too
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from dragonet.metrics.mean import metric_class

BinaryCrossentropy = metric_class(
    binary_crossentropy, "BinaryCrossentropy", "down", order="name dtype from_logits label_smoothing"
)
CategoricalCrossentropy = metric_class(categorical_crossentropy, "CategoricalCrossentropy", "down")
SparseCategoricalCrossentropy = metric_class(sparse_categorical_crossentropy, "SparseCategoricalCrossentropy", "down")
KLDivergence = metric_class(kl_divergence, "KLDivergence", "down")
Poisson = metric_class(poisson, "Poisson", "down")

MeanSquaredError = metric_class(mean_squared_error, "MeanSquaredError", "down")
MeanSquaredLogarithmicError = metric_class(mean_squared_logarithmic_error, "MeanSquaredLogarithmicError", "down")
MeanAbsoluteError = metric_class(mean_absolute_error, "MeanAbsoluteError", "down")
MeanAbsolutePercentageError = metric_class(mean_absolute_percentage_error, "MeanAbsolutePercentageError", "down")
LogCoshError = metric_class(log_cosh, "LogCoshError", "down", name="logcosh")

Hinge = metric_class(hinge, "Hinge", "down")
SquaredHinge = metric_class(squared_hinge, "SquaredHinge", "down")
CategoricalHinge = metric_class(categorical_hinge, "CategoricalHinge", "down")
