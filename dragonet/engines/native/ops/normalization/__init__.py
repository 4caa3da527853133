"""Normalization over the batch, or over the channels of each pixel."""

from dragonet.engines.native.ops.normalization.batch import (
    BATCH_STATISTICS,
    BatchGradientSums,
    BatchMoments,
    BatchNormalize,
    BatchNormalizeGradient,
    BatchStatistics,
    BatchSums,
    CombineGradientSums,
    CombineMoments,
    LoadMovingStatistics,
    UpdateMovingStatistics,
)
from dragonet.engines.native.ops.normalization.layer import LayerGradientSums, LayerNormalize, LayerNormalizeGradient

__all__ = [
    "BATCH_STATISTICS",
    "BatchGradientSums",
    "BatchMoments",
    "BatchNormalize",
    "BatchNormalizeGradient",
    "BatchStatistics",
    "BatchSums",
    "CombineGradientSums",
    "CombineMoments",
    "LayerGradientSums",
    "LayerNormalize",
    "LayerNormalizeGradient",
    "LoadMovingStatistics",
    "UpdateMovingStatistics",
]
