"""What an answer depends on: saliency, occlusion, permutation importance."""
