"""Which parts of the input a prediction depends on: saliency, occlusion, permutation importance."""
