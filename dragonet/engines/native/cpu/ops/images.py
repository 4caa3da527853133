"""What ops on images share: gradients go back image by image."""

from dragonet.engines.native.cpu.kernels.convolution import window_products
from dragonet.engines.native.cpu.ops.arguments import epilogue_of, of_tensor
from dragonet.engines.native.cpu.step import Step
from dragonet.engines.native.ir.values import Value
from dragonet.engines.native.ops.tensors import Tensor


def store_image_gradient(step: Step, x: Tensor, g: Value, pitch: int, row: Value, is_last: bool, adds: bool) -> None:
    """One image's gradient, whose lines lie `pitch` apart, goes to where x's is."""
    shape = (*x.shape[:2], x.pixel_stride)
    kernel = window_products.hand_back(step.module, shape, pitch, x.row_stride, epilogue_of(x, is_last), adds)
    step.call(kernel, g=g, dx=step.at(x.gradient), row=row, **of_tensor(step, x))


def clear_unused_rows(step: Step, x: Tensor) -> None:
    """Rows beyond those of this step have no gradient."""
    k = step.k
    first, last = step.row_range("rows", whole=True)
    unused = step.row_range("rows")[1].maximum(first)
    with k.when(unused < last):
        step.call(
            window_products.clear(step.module),
            out=k.at(step.at(x.gradient), unused * x.row_stride),
            count=(last - unused) * x.row_stride,
        )
