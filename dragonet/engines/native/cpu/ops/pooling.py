"""Pooling: each thread does its own images."""

from dragonet.engines.native.cpu.kernels import pooling
from dragonet.engines.native.cpu.kernels.convolution import window_products
from dragonet.engines.native.cpu.ops.arguments import epilogue_of, of_tensor
from dragonet.engines.native.cpu.ops.images import clear_unused_rows, store_image_gradient
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ops import pooling as ops


def forward(step: Step, op: ops.Pooling, split: str) -> None:
    """Image by image, each first copied to where its channels are filled up, where they are not."""
    k, x, y = step.k, op.x, op.y
    kernel = pooling.forward(step.module, op.pool, y.row_stride, epilogue_of(y))
    with k.loop(*step.row_range(split)) as r:
        image = k.at(step.at(x.buffer), r * x.row_stride)
        if op.image is not None:
            shape = (*x.shape[:2], x.pixel_stride)
            placed = window_products.place(step.module, shape, x.shape[1] * y.pixel_stride, y.pixel_stride)
            step.call(placed, a=image, out=step.at(op.image))
            image = step.at(op.image)
        places = k.at(step.at(op.places), r * y.row_stride)
        step.call(kernel, x=image, row=r, places=places, **of_tensor(step, y))


def gradient(step: Step, op: ops.PoolingGradient, split: str) -> None:
    """Image by image."""
    k, forward, x, y = step.k, op.forward, op.forward.x, op.forward.y
    kernel, d_image = pooling.backward(step.module, forward.pool), step.at(op.d_image)
    with k.loop(*step.row_range("rows")) as r:
        step.call(window_products.clear(step.module), out=d_image, count=x.row_stride)
        step.call(
            kernel,
            x=k.at(step.at(x.buffer), r * x.row_stride),
            g=k.at(step.at(y.gradient), r * y.row_stride),
            places=k.at(step.at(forward.places), r * y.row_stride),
            dx=d_image,
        )
        store_image_gradient(step, x, d_image, x.line_stride, r, op.is_last, op.adds)
    clear_unused_rows(step, x)
