"""Softmax within a model."""

from dragonet.engines.native.cpu.kernels import softmax
from dragonet.engines.native.cpu.ops.arguments import epilogue_of, of_tensor
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ops import softmax as ops
from dragonet.engines.native.ops.tensors import Tensor


def _layout(x: Tensor) -> tuple[int, int, int, int]:
    height, width, channels = x.shape
    return height * width, channels, x.pixel_stride, x.row_stride


def forward(step: Step, op: ops.Softmax, split: str) -> None:
    """Pixel by pixel."""
    kernel = softmax.forward(step.module, *_layout(op.x))
    r0, r1 = step.row_range(split)
    step.call(kernel, x=step.at(op.x.buffer), y=step.at(op.y.buffer), r0=r0, r1=r1)


def gradient(step: Step, op: ops.SoftmaxGradient, split: str) -> None:
    """Pixel by pixel."""
    x, y = op.x, op.y
    kernel = softmax.backward(step.module, *_layout(x), epilogue_of(x, op.is_last), op.adds)
    r0, r1 = step.row_range(split, whole=True)
    where = {"d": step.at(y.gradient), "y": step.at(y.buffer), "dx": step.at(x.gradient)}
    step.call(kernel, **where, r0=r0, r1=r1, **of_tensor(step, x))
