"""What a network has learned, as plain arrays and small dataclasses; `plots` draws them."""

from dragonet.lazy import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "confusion": "Confusing most_confusing",
        "diagnosis": "Diagnosis diagnose",
        "findings": "Finding",
        "intervals": "Rate wilson",
        "labels": "as_labels",
        "traced": "Step Trace Weight",
        "tracing": "trace",
        "gradients": "GradientNorms gradient_norms",
        "silence": "DeadUnits Silent dead_units",
        "noise": "GradientNoise gradient_noise",
        "descent": "LossPath loss_paths",
        "scores": "Rates confusion_matrix rates",
        "layer_outputs": "activations",
        "kernels": "Filters filters",
        "attributions": "Saliency saliency",
        "occluding": "occlusion",
        "permuting": "Importance permutation_importance",
        "shifting": "Equivariance equivariance",
        "decoding": "Decoding decode_over_time",
        "encoding_models": "Encoding encode",
        "fields": "ReceptiveField ReceptiveFields receptive_field",
        "linear": "boundary_line",
        "regions": "Regions decision_regions",
        "over_training": "RegionRecorder regions_over_path",
        "activation_shapes": "ActivationCurves activation_curves",
    },
)
