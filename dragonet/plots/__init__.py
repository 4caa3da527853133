"""Pictures of data and of what `inspect` returns; each drawn into the axes given, or into a figure of its own."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "performance.confusing": "most_confusing",
        "performance.curves": "learning_curves",
        "images": "grid",
        "structure.layer_maps": "activations",
        "structure.kernel_sheets": "filters",
        "attribution.saliency_maps": "saliency",
        "attribution.importances": "permutation_importance",
        "structure.shifts": "equivariance",
        "neural_decoding.over_time": "decode_over_time",
        "neural_decoding.encoded": "encode",
        "structure.model_drawing": "Drawing draw",
        "boundaries.regions": "decision_regions",
        "boundaries.region_animation": "animate_regions",
        "performance.scatter": "confusion_by_index truth_and_predictions",
        "performance.matrix": "confusion_matrix",
        "performance.interval_bars": "rates",
        "structure.activation_shapes": "activation_curves",
        "optimization.gradient_sizes": "gradient_norms",
        "optimization.batch_noise": "gradient_noise",
        "optimization.loss_path": "loss_paths",
        "style": "",
    },
)
