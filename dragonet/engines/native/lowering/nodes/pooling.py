"""Pooling: each thread does its own images."""

from typing import Any

from dragonet.engines.native.cpu.kernels import pooling
from dragonet.engines.native.cpu.kernels.convolution import window_products
from dragonet.engines.native.lowering.nodes.base import Build, FusedOps, of_tensor
from dragonet.engines.native.lowering.nodes.conv import Images
from dragonet.engines.native.plan.step_plan import Plan, Tensor


class Pooling(Images):
    """h = epilogue(the largest, or the mean, of each window of x). kind, size, strides, before, out: see kernels.pooling.Pool."""

    def __init__(
        self,
        build: Build,
        x: Tensor,
        kind: str,
        size: tuple[int, int],
        strides: tuple[int, int],
        before: tuple[int, int],
        out: tuple[int, int],
        after: FusedOps,
    ):
        super().__init__(build, x)
        y = self.output = build.tensor("pool", (*out, x.shape[2]), self.split, after=after, learns=x.learns)
        self.pool = pooling.Pool(kind, (*x.shape[:2], y.step), (*out, y.step), size, strides, before)
        self.copied = x.step != y.step  # an input, whose channels are not filled up
        if self.copied:
            self.image = build.plan.buffer("image", x.shape[0] * x.shape[1] * y.step, private=True)
        self.places = build.plan.buffer("places", build.plan.rows * y.stride, dtype="int32", private=not build.learn)

    def forward(self, plan: Plan) -> None:
        """The largest or the mean."""
        writes = [*self.written(), (self.places, self.split)]
        plan.task(f"pool {self.pool.kind}", self.split, self.reads(self.x), writes, self._forward)

    def _forward(self, step: Any) -> None:
        k, x, y = step.k, self.x, self.output
        made = pooling.forward(step.module, self.pool, y.stride, y.epilogue)
        with k.loop(*step.row_range(self.split)) as r:
            image = k.at(step.at(x.buffer), r * x.stride)
            if self.copied:
                placed = window_products.place(step.module, (*x.shape[:2], x.step), x.shape[1] * y.step, y.step)
                step.call(placed, a=image, out=step.at(self.image))
                image = step.at(self.image)
            step.call(made, x=image, row=r, places=k.at(step.at(self.places), r * y.stride), **of_tensor(step, y))

    def backward(self, plan: Plan) -> None:
        """Each window's gradient to its largest, or to all alike."""
        x, y = self.x, self.output
        if not x.learns:
            return
        self.d_image = plan.buffer("d_image", x.stride, private=True)
        reads = [*self.reads(x), (y.grad, "rows"), (self.places, "rows")]
        plan.task("pool, d input", "rows", reads, self.wants_gradient(), self._backward)

    def _backward(self, step: Any) -> None:
        k, x, y = step.k, self.x, self.output
        made, d_image = pooling.backward(step.module, self.pool), step.at(self.d_image)
        with k.loop(*step.row_range("rows")) as r:
            step.call(window_products.clear(step.module), out=d_image, count=x.stride)
            step.call(
                made,
                x=k.at(step.at(x.buffer), r * x.stride),
                g=k.at(step.at(y.grad), r * y.stride),
                places=k.at(step.at(self.places), r * y.stride),
                dx=d_image,
            )
            self.hand_back(step, d_image, x.shape[1] * x.step, r)
        self.clear_rest(step)
