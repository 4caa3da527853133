"""The processor's table: what each op becomes. An op's meaning in NumPy is in its own file, its kernels where this table leads."""

from collections.abc import Callable
from typing import Any

from dragonet.engines.native.cpu.ops import (
    augmentation,
    convolution,
    dense,
    elementwise,
    io,
    losses,
    normalization,
    norms,
    pooling,
    single_row,
    softmax,
    sums,
)
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ops import augmentation as augmentation_ops
from dragonet.engines.native.ops import convolution as convolution_ops
from dragonet.engines.native.ops import dense as dense_ops
from dragonet.engines.native.ops import elementwise as elementwise_ops
from dragonet.engines.native.ops import io as io_ops
from dragonet.engines.native.ops import losses as loss_ops
from dragonet.engines.native.ops import normalization as normalization_ops
from dragonet.engines.native.ops import norms as norm_ops
from dragonet.engines.native.ops import pooling as pooling_ops
from dragonet.engines.native.ops import softmax as softmax_ops
from dragonet.engines.native.ops import sums as sum_ops
from dragonet.engines.native.ops.base import Op

# From the type of an op to the function (step, op, split) that writes its code. split: the task's.
EMITTERS: dict[type[Op], Callable[[Step, Any, str], None]] = {
    io_ops.GatherInput: io.gather_input,
    io_ops.FindInput: io.find_input,
    io_ops.HandOut: io.hand_out,
    dense_ops.Dense: dense.forward,
    dense_ops.DenseSums: dense.sums,
    dense_ops.DenseAdded: dense.added,
    dense_ops.DenseInputGradient: dense.input_gradient,
    dense_ops.DenseInputGradientSums: single_row.input_gradient_sums,
    dense_ops.DenseInputGradientAdded: single_row.input_gradient_added,
    dense_ops.DenseKernelGradient: dense.kernel_gradient,
    dense_ops.DenseBiasGradient: dense.bias_gradient,
    dense_ops.TransposeGradient: dense.transpose_gradient,
    sum_ops.ClearSums: sums.clear,
    sum_ops.ApplySum: sums.apply,
    convolution_ops.Convolution: convolution.forward,
    convolution_ops.TransposeKernel: convolution.transpose_kernel,
    convolution_ops.ConvolutionGradients: convolution.gradients,
    pooling_ops.Pooling: pooling.forward,
    pooling_ops.PoolingGradient: pooling.gradient,
    elementwise_ops.Elementwise: elementwise.forward,
    elementwise_ops.ElementwiseGradient: elementwise.gradient,
    elementwise_ops.EpilogueGradient: elementwise.epilogue_gradient,
    elementwise_ops.Concatenate: elementwise.concatenate,
    elementwise_ops.ConcatenateGradient: elementwise.concatenate_gradient,
    elementwise_ops.Reshape: elementwise.reshape,
    elementwise_ops.ReshapeGradient: elementwise.reshape_gradient,
    elementwise_ops.Deviation: elementwise.deviation,
    softmax_ops.Softmax: softmax.forward,
    softmax_ops.SoftmaxGradient: softmax.gradient,
    normalization_ops.LoadMovingStatistics: normalization.load_moving_statistics,
    normalization_ops.BatchMoments: normalization.moments,
    normalization_ops.CombineMoments: normalization.combine_moments,
    normalization_ops.BatchNormalize: normalization.normalize,
    normalization_ops.UpdateMovingStatistics: normalization.update_moving_statistics,
    normalization_ops.BatchGradientSums: normalization.gradient_sums,
    normalization_ops.CombineGradientSums: normalization.combine_gradient_sums,
    normalization_ops.BatchNormalizeGradient: normalization.input_gradient,
    normalization_ops.LayerNormalize: normalization.layer_normalize,
    normalization_ops.LayerGradientSums: normalization.layer_gradient_sums,
    normalization_ops.LayerNormalizeGradient: normalization.layer_input_gradient,
    augmentation_ops.Augment: augmentation.augment,
    loss_ops.GatherTargets: losses.gather_targets,
    loss_ops.Loss: losses.loss,
    loss_ops.LossTotal: losses.total,
    norm_ops.Penalties: norms.penalties,
    norm_ops.GradientNorms: norms.gradient_norms,
    norm_ops.ClippedUpdates: norms.clipped_updates,
}


def emit(step: Step, op: Op, split: str) -> None:
    """Write an op's code."""
    EMITTERS[type(op)](step, op, split)
