"""Pictures of data and of what `inspect` returns; each drawn into the axes given, or into a figure of its own."""

from dragonet.lazy import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "confusing": "most_confusing",
        "curves": "learning_curves",
        "images": "grid",
        "layer_maps": "activations",
        "kernel_sheets": "filters",
        "saliency_maps": "saliency",
        "importances": "permutation_importance",
        "shifts": "equivariance",
        "over_time": "decode_over_time",
        "encoded": "encode",
        "drawing": "Drawing draw",
        "boundaries": "decision_regions",
        "animation": "animate_regions",
        "scatter": "confusion_by_index truth_and_predictions",
        "matrix": "confusion_matrix",
        "interval_bars": "rates",
        "activation_shapes": "activation_curves",
        "sizes": "gradient_norms",
        "noise": "gradient_noise",
        "descent": "loss_paths",
        "style": "",
    },
)
