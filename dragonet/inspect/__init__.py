"""What a network has learned, as plain arrays and small dataclasses; `plots` draws them."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "performance.confusion": "Confusing most_confusing",
        "diagnosis.diagnose_history": "Diagnosis diagnose",
        "diagnosis.findings": "Finding",
        "performance.intervals": "Rate wilson",
        "performance.labels": "as_labels",
        "tracing.steps": "Step Trace Weight",
        "tracing.trace_step": "trace",
        "optimization.gradient_sizes": "GradientNorms gradient_norms",
        "optimization.dead_unit_counts": "DeadUnits LayerDeadUnits dead_units",
        "optimization.batch_noise": "GradientNoise gradient_noise",
        "optimization.loss_path": "LossPath loss_paths",
        "performance.scores": "Rates confusion_matrix rates",
        "structure.layer_outputs": "activations",
        "structure.kernel_filters": "Filters filters",
        "attribution.gradient_saliency": "Saliency saliency",
        "attribution.occlude": "occlusion",
        "attribution.permute": "Importance permutation_importance",
        "structure.shift_equivariance": "Equivariance equivariance",
        "neural_decoding.decoding": "Decoding decode_over_time",
        "neural_decoding.encoding_models": "Encoding encode",
        "structure.receptive_fields": "ReceptiveField ReceptiveFields receptive_field",
        "boundaries.linear_boundary": "boundary_line",
        "boundaries.regions": "Regions decision_regions",
        "boundaries.region_recorder": "RegionRecorder regions_over_path",
        "structure.activation_shapes": "ActivationCurves activation_curves",
    },
)
