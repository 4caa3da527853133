"""Losses: how wrong predictions are, as functions and as the classes made from them."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "base": "Loss",
        "wrapper": "LossFunctionWrapper",
        "lookup": "get serialize deserialize as_loss",
        "crossentropy": "BinaryCrossentropy CategoricalCrossentropy SparseCategoricalCrossentropy binary_crossentropy "
        "categorical_crossentropy sparse_categorical_crossentropy",
        "focal": "BinaryFocalCrossentropy CategoricalFocalCrossentropy binary_focal_crossentropy "
        "categorical_focal_crossentropy",
        "generalized": "CategoricalGeneralizedCrossEntropy categorical_generalized_cross_entropy",
        "divergences": "KLDivergence Poisson kl_divergence poisson",
        "squares": "MeanSquaredError MeanSquaredLogarithmicError mean_squared_error mean_squared_logarithmic_error",
        "absolutes": "MeanAbsoluteError MeanAbsolutePercentageError mean_absolute_error mean_absolute_percentage_error",
        "robust": "Huber LogCosh huber log_cosh",
        "angles": "CosineSimilarity cosine_similarity",
        "margins": "CategoricalHinge Hinge SquaredHinge categorical_hinge hinge squared_hinge",
        "overlaps": "Dice Tversky dice tversky",
    },
)
