"""Augmentation: each thread moves its own images."""

from dragonet.engines.native.cpu.kernels import augmentation
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ops import augmentation as ops


def augment(step: Step, op: ops.Augment, split: str) -> None:
    """Draw and move."""
    x, y = op.x, op.y
    kernel = augmentation.augment(step.module, x.shape, x.pixel_stride, x.row_stride, op.move)
    (r0, r1), (a, b) = step.row_range(split), step.key(op.rng)
    step.call(kernel, x=step.at(x.buffer), y=step.at(y.buffer), r0=r0, r1=r1, key_a=a, key_b=b)
