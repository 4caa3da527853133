"""Convolution: each thread does its own images. An image is copied to where zeros lie around it, so that other ops keep no room."""

from dataclasses import dataclass

from dragonet.engines.native.lowering.nodes.base import Build, Node, accesses, moved
from dragonet.engines.native.lowering.nodes.elementwise import choose
from dragonet.engines.native.ops.activations import Epilogue
from dragonet.engines.native.ops.convolution import (
    Convolution,
    ConvolutionGradients,
    GradientLists,
    TransposeKernel,
    Window,
)
from dragonet.engines.native.ops.layout import PARTS, WIDTH, Panels, round_up
from dragonet.engines.native.ops.sums import ApplySum
from dragonet.engines.native.ops.tensors import Buffer, Tensor
from dragonet.engines.native.plan.step_plan import Access, Plan


@dataclass(frozen=True)
class Slide:
    """What a layer says of its windows, down and right; `before` is its padding at the top and left, `out` where they stop."""

    kernel: tuple[int, int]
    strides: tuple[int, int]
    dilation: tuple[int, int]
    before: tuple[int, int]
    out: tuple[int, int]


class ImageNode(Node):
    """What the layers of images share: threads share them by rows, and gradients go back row by row."""

    def __init__(self, build: Build, x: Tensor):
        self.build, self.x, self.inputs = build, x, [x]
        self.split = "rows" if build.learn else "all"
        choose(x, self.split)

    def reads(self, tensor: Tensor) -> list[Access]:
        """A tensor and what is kept beside it, as a task's accesses: a thread's own rows, where it made them itself."""
        return accesses(tensor, "rows" if tensor.split == "rows" else "all")

    def written(self) -> list[Access]:
        """The output, as a task's accesses."""
        return accesses(self.output, self.output.split)

    def input_gradient(self) -> tuple[list[Access], bool, bool]:
        """Room for the input's gradient, as a task's accesses; whether this is its only reader; whether it adds to another's."""
        x = self.x
        if x.gradient is None:
            x.gradient = self.build.plan.buffer(f"d_{x.buffer.name}", self.build.plan.rows * x.row_stride)
        adds, x.has_gradient = x.has_gradient, True
        return [(x.gradient, "rows")], x.reader_count == 1, adds


class ConvNode(ImageNode):
    """y = epilogue(largest of a block of (x * W + b)), the block being one output where there is no pooling."""

    def __init__(
        self,
        build: Build,
        layer: int,
        x: Tensor,
        filters: int,
        shape: tuple[int, ...],
        slide: Slide,
        use_bias: bool,
        after: Epilogue,
        pool: tuple[int, int] = (1, 1),
    ):
        super().__init__(build, x)
        plan, (h, w, c) = build.plan, x.shape
        step = x.pixel_stride if x.pixel_stride % WIDTH == 0 or c <= build.costs.few_channels else round_up(c)
        height, width = self._padded_size(slide)
        window = Window(width, step, slide.kernel, slide.strides, slide.dilation, slide.out)
        is_copied = (height, width, step) != (h, w, x.pixel_stride)
        image = plan.buffer("image", height * window.pitch, private=True) if is_copied else None
        needs_gradient = x.needs_gradient or build.moves(layer, "kernel")
        self.W = build.weight(layer, "kernel", (*shape, c, filters), Panels(window.positions, c, step, filters))
        self.b = build.weight(layer, "bias", (filters,)) if use_bias else None
        bias = build.buffer_of(self.b, filters)
        down, right = (n // p for n, p in zip(slide.out, pool, strict=True))
        y = self.output = build.tensor(
            "conv", (down, right, filters), self.split, after=after, needs_gradient=needs_gradient
        )
        codes = None
        if pool != (1, 1):
            codes = plan.buffer("codes", plan.rows * y.row_stride, dtype="int8", private=not build.learn)
        self.op = Convolution(x, self.W, bias, y, window, slide.before, height, pool, codes, image)
        self.transpose = None
        if build.learn and x.needs_gradient:
            out = plan.buffer("transposed", round_up(c) * window.positions * round_up(filters))
            self.transpose = TransposeKernel(self.op, out)

    def _padded_size(self, slide: Slide) -> tuple[int, int]:
        """Height and width of an image with all the padding that its windows see."""
        windows = zip(slide.out, slide.strides, slide.kernel, slide.dilation, strict=True)
        needed = [(n - 1) * s + (k - 1) * d + 1 for n, s, k, d in windows]
        height, width = (max(n, b + size) for n, b, size in zip(needed, slide.before, self.x.shape[:2], strict=True))
        return height, width

    def forward(self, plan: Plan) -> None:
        """The outputs; and W as the input's gradient will need it."""
        op, W = self.op, (self.W.buffers["w"], "all")
        writes = self.written() + ([(op.codes, self.split)] if op.codes is not None else [])
        name = "conv, pool" if op.codes is not None else "conv"
        plan.task(name, self.split, [*self.reads(self.x), W, (op.bias, "all")], writes, op)
        if self.transpose is not None:
            plan.task("conv, transposed kernel", "cols", [W], [(self.transpose.out, "cols")], self.transpose)

    def backward(self, plan: Plan) -> None:
        """Each part of the batch adds up its own gradients of W and b; the image's go back row by row."""
        y, op = self.output, self.op
        if not y.needs_gradient:
            return
        moves, biased = self.W.update is not None, self.b is not None and self.b.update is not None
        sums = plan.buffer("d_kernel", PARTS * self.W.size) if moves else None
        bias_sums = plan.buffer("d_bias", PARTS * round_up(y.shape[2])) if biased else None
        reads = [*self.reads(self.x), (y.gradient, "rows")] + ([(op.codes, "rows")] if op.codes is not None else [])
        writes: list[Access] = [(buffer, "rows") for buffer in (sums, bias_sums) if buffer is not None]
        is_last = adds = False
        if self.transpose is not None:
            reads.append((self.transpose.out, "all"))
            gradient, is_last, adds = self.input_gradient()
            writes += gradient
        lists = self._lists(plan) if op.codes is not None and op.window.step % WIDTH == 0 else None
        spread = self._spread(plan) if lists is None and self.transpose is not None else None
        gradients = ConvolutionGradients(op, sums, bias_sums, self.transpose, spread, lists, is_last, adds)
        plan.task("conv, gradients", "rows", reads, writes, gradients)
        if sums is not None:
            added = ApplySum(self.W, sums, PARTS, self.W.size, in_blocks=lists is not None)
            plan.task("conv, d kernel", "cols", [(sums, "all")], moved(self.W, "cols"), added)
        if bias_sums is not None and self.b is not None:
            added = ApplySum(self.b, bias_sums, PARTS, self.b.size)
            plan.task("conv, d bias", "cols", [(bias_sums, "all")], moved(self.b, "cols"), added)

    def _lists(self, plan: Plan) -> GradientLists:
        """Room for lists of the gradients that are not 0."""
        op = self.op
        rows = self.build.costs.list_rows(op.window, op.pool)
        room = WIDTH * rows * self.output.shape[1]
        places, offsets = (plan.buffer(name, room, dtype="int32", private=True) for name in ("places", "offsets"))
        values = plan.buffer("values", room, private=True)
        counts = plan.buffer("counts", WIDTH, dtype="int32", private=True)
        d_image = None
        if self.transpose is not None:
            d_image = plan.buffer("d_image", op.height * op.window.pitch, private=True)
        return GradientLists(rows, places, offsets, values, counts, d_image)

    def _spread(self, plan: Plan) -> Buffer:
        """Room for one image's gradient with zeros around."""
        height, width = self.op.spread_shape
        return plan.buffer("slopes", height * width * self.output.pixel_stride, private=True)
