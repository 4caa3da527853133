"""Metrics: what is watched while a network learns, and how it is measured in the end."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "base": "Metric",
        "lookup": "get serialize deserialize as_metric",
        "mean": "Mean MeanMetricWrapper Sum",
        "accuracy": "Accuracy BinaryAccuracy CategoricalAccuracy SparseCategoricalAccuracy binary_accuracy "
        "categorical_accuracy sparse_categorical_accuracy",
        "ranking": "SparseTopKCategoricalAccuracy TopKCategoricalAccuracy sparse_top_k_categorical_accuracy "
        "top_k_categorical_accuracy",
        "counts": "FalseNegatives FalsePositives TrueNegatives TruePositives",
        "precision": "Precision Recall",
        "tradeoffs": "PrecisionAtRecall RecallAtPrecision SensitivityAtSpecificity SpecificityAtSensitivity",
        "auc": "AUC",
        "fbeta": "F1Score FBetaScore",
        "regression": "CosineSimilarity R2Score RootMeanSquaredError",
        "correlation": "ConcordanceCorrelation PearsonCorrelation concordance_correlation pearson_correlation",
        "iou": "BinaryIoU IoU MeanIoU OneHotIoU OneHotMeanIoU",
        "from_losses": "BinaryCrossentropy CategoricalCrossentropy CategoricalHinge Hinge KLDivergence LogCoshError "
        "MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson "
        "SparseCategoricalCrossentropy SquaredHinge binary_crossentropy binary_focal_crossentropy "
        "categorical_crossentropy categorical_focal_crossentropy categorical_hinge hinge huber "
        "kl_divergence log_cosh mean_absolute_error mean_absolute_percentage_error mean_squared_error "
        "mean_squared_logarithmic_error poisson sparse_categorical_crossentropy squared_hinge",
    },
)
