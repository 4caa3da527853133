"""Pooling: each thread does its own images."""

from dragonet.engines.native.lowering.nodes.base import Build
from dragonet.engines.native.lowering.nodes.conv import ImageNode
from dragonet.engines.native.ops.activations import Epilogue
from dragonet.engines.native.ops.pooling import Pool, Pooling, PoolingGradient
from dragonet.engines.native.ops.tensors import Tensor
from dragonet.engines.native.plan.step_plan import Plan


class PoolingNode(ImageNode):
    """y = epilogue(the largest, or the mean, of each window of x). kind, size, strides, before, out: see ops.pooling.Pool."""

    def __init__(
        self,
        build: Build,
        x: Tensor,
        kind: str,
        size: tuple[int, int],
        strides: tuple[int, int],
        before: tuple[int, int],
        out: tuple[int, int],
        after: Epilogue,
    ):
        super().__init__(build, x)
        plan, (h, w, c) = build.plan, x.shape
        y = self.output = build.tensor("pool", (*out, c), self.split, after=after, needs_gradient=x.needs_gradient)
        pool = Pool(kind, (h, w, y.pixel_stride), (*out, y.pixel_stride), size, strides, before)
        image = None
        if x.pixel_stride != y.pixel_stride:  # an input, whose channels are not filled up
            image = plan.buffer("image", h * w * y.pixel_stride, private=True)
        places = plan.buffer("places", plan.rows * y.row_stride, dtype="int32", private=not build.learn)
        self.op = Pooling(x, y, pool, places, image)

    def forward(self, plan: Plan) -> None:
        """The largest or the mean."""
        writes = [*self.written(), (self.op.places, self.split)]
        plan.task(f"pool {self.op.pool.kind}", self.split, self.reads(self.x), writes, self.op)

    def backward(self, plan: Plan) -> None:
        """Each window's gradient to its largest, or to all alike."""
        x, y = self.x, self.output
        if not x.needs_gradient:
            return
        d_image = plan.buffer("d_image", x.row_stride, private=True)
        reads = [*self.reads(x), (y.gradient, "rows"), (self.op.places, "rows")]
        writes, is_last, adds = self.input_gradient()
        plan.task("pool, d input", "rows", reads, writes, PoolingGradient(self.op, d_image, is_last, adds))
