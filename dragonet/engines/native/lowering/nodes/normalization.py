"""Normalisation: by the statistics of the batch or the moving ones, and by those of each example."""

from typing import Any

from dragonet.engines.native.cpu.kernels import elementwise, normalization, partial
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.cpu.kernels.elementwise import CENTRE, Operation, Walk
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.cpu.kernels.normalization import CENTRED, KEPT
from dragonet.engines.native.ir.values import WIDTH, Value
from dragonet.engines.native.lowering.nodes.base import (
    SMALL,
    Build,
    FusedOps,
    Node,
    arrays,
    held,
    of_tensor,
    ranges,
    walk,
)
from dragonet.engines.native.lowering.nodes.elementwise import choose, gradient_of
from dragonet.engines.native.plan.step_plan import PARTS, Access, Buffer, Plan, Tensor, Weight

_FROZEN = Operation("frozen", 1, lambda k, xs, qs: xs[0], lambda k, i, g, xs, qs: g * qs[0], parameters=1)


class _Normalization(Node):
    """What both share: gamma and beta, and sums over the batch in as many parts as are done apart."""

    def __init__(self, build: Build, layer: int, x: Tensor, split: str, center: bool, scale: bool, after: FusedOps):
        self.build, self.x, self.inputs, self.split = build, x, [x], split
        choose(x, split)
        c = x.shape[2]
        private = split != "cols"  # what all threads update alike, each for itself
        self.gamma = build.weight(layer, "gamma", (c,), None, private) if scale else None
        self.beta = build.weight(layer, "beta", (c,), None, private) if center else None
        self.weights = [weight for weight in (self.gamma, self.beta) if weight is not None]
        self.nothing = build.plan.buffer("nothing", round_up(c), private=True)
        moves = any(weight.update is not None for weight in self.weights)
        self.output = build.tensor("normalised", x.shape, split, after=after, learns=x.learns or moves)
        # Of the weights, a thread has its own columns, or each has all.
        self.part = "cols" if split == "cols" else "all"
        self.parts = PARTS if split == "rows" else 1

    def _walk(self) -> Walk:
        return walk([self.x, self.output], by_pixel=True)

    def _wrote(self) -> list[Access]:
        y = self.output
        return [(buffer, self.split) for buffer in (y.buffer, y.kept) if buffer is not None]

    def _at(self, step: Any, weight: Weight | None) -> Value:
        return step.at(self.nothing if weight is None else weight.buffers["w"])

    def _columns(self, step: Any) -> dict[str, Value]:
        """The vectors of channels for which this thread works out what all rows need."""
        p0, p1 = step.range(round_up(self.x.shape[2]) // WIDTH, self.part)
        return {"p0": p0, "p1": p1}

    def _sums(self, step: Any, kernel: Any, partials: Buffer, **given: Value) -> None:
        """kernel(..., out=a part's sums) for this thread's parts of the rows that there are."""
        k, size = step.k, 2 * round_up(self.x.shape[2])
        if self.parts == 1:
            step.call(kernel, out=step.at(partials), r0=0, r1=step.row_count, **given, **self._columns(step))
            return
        with k.loop(*step.parts()) as part:
            r0, r1 = (step.bound(step.plan.rows, part + i).minimum(step.row_count) for i in (0, 1))
            step.call(kernel, out=k.at(step.at(partials), part * size), r0=r0, r1=r1, **given, **self._columns(step))

    def _partials(self) -> Buffer:
        size = self.parts * 2 * round_up(self.x.shape[2])
        return self.build.plan.buffer("sums", size, private=self.split == "all")

    def _update(self, plan: Plan, name: str, weight: Weight | None, partials: Buffer, first: int, parts: int) -> None:
        """The task that adds up the parts of a weight's gradient, which begin at `first`, and updates it."""
        if weight is None or weight.update is None:
            return
        size = 2 * round_up(self.x.shape[2])

        def emit(step: Any) -> None:
            made = partial.apply(step.module, size, parts, weight.update)
            columns = (p * WIDTH for p in self._columns(step).values())
            sums = step.k.at(step.at(partials), first)
            step.call(made, partials=sums, **dict(zip(("first", "last"), columns, strict=True)), **arrays(step, weight))

        plan.task(name, self.part, [(partials, self.part)], held(weight, self.part), emit)


class BatchNormalization(_Normalization):
    """h = epilogue(gamma (x − mean) / sqrt(variance + epsilon) + beta), for each channel, over the batch and all pixels.

    moving: by the moving statistics, which then stay. Channels of a dense layer are shared by columns, a thread seeing all rows of
    its own; images by rows.
    """

    def __init__(
        self,
        build: Build,
        layer: int,
        x: Tensor,
        moving: bool,
        momentum: float,
        epsilon: float,
        center: bool,
        scale: bool,
        after: FusedOps,
    ):
        h, w, c = x.shape
        if not build.learn or x.split == "all" or (x.split == "gather" and h * w == 1 and build.plan.rows * c <= SMALL):
            split = "all"
        else:
            split = "cols" if h * w == 1 else "rows"
        super().__init__(build, layer, x, split, center, scale, after)
        self.moving, self.momentum, self.epsilon = moving, momentum, epsilon
        names = ("moving_mean", "moving_variance")
        self.statistics = [build.weight(layer, name, (c,), None, split != "cols", kind="state") for name in names]
        self.kept = build.plan.buffer("statistics", len(KEPT) * round_up(c), private=split != "cols")

    def _kept(self, step: Any, name: str) -> Value:
        return step.k.at(step.at(self.kept), KEPT.index(name) * round_up(self.x.shape[2]))

    def _held(self) -> list[Access]:
        return [(weight.buffers["w"], self.part) for weight in self.weights]

    def forward(self, plan: Plan) -> None:
        """The statistics, and what they make of x."""
        x, kept = self.x, [(self.kept, self.part)]
        if self.moving:
            reads = [(weight.buffers["w"], self.part) for weight in self.statistics]
            plan.task("batch norm, recalled", self.part, [*reads, *self._held()], kept, self._recall)
        else:
            self.sums = self._partials()
            plan.task(
                "batch norm, sums", self.split, [(x.buffer, self.split)], [(self.sums, self.split)], self._moments
            )
            plan.task("batch norm, settled", self.part, [(self.sums, self.part), *self._held()], kept, self._settle)
        reads = [(x.buffer, self.split), *kept, *self._held()]
        plan.task("batch norm", self.split, reads, self._wrote(), self._forward)

    def _recall(self, step: Any) -> None:
        made = normalization.recall(step.module, self.x.shape[2], self.epsilon, self.gamma is not None)
        mean, variance = (step.at(weight.buffers["w"]) for weight in self.statistics)
        step.call(
            made,
            mean=mean,
            variance=variance,
            gamma=self._at(step, self.gamma),
            kept=step.at(self.kept),
            **self._columns(step),
        )

    def _moments(self, step: Any) -> None:
        self._sums(step, normalization.moments(step.module, self._walk()), self.sums, x=step.at(self.x.buffer))

    def _settle(self, step: Any) -> None:
        h, w, c = self.x.shape
        made = normalization.settle(
            step.module, c, step.plan.rows, h * w, self.parts, self.epsilon, self.gamma is not None
        )
        step.call(
            made,
            partials=step.at(self.sums),
            gamma=self._at(step, self.gamma),
            kept=step.at(self.kept),
            count=step.row_count,
            **self._columns(step),
        )

    def _forward(self, step: Any) -> None:
        x, y, through = self.x, self.output, self._walk()
        made = elementwise.forward(step.module, CENTRE, through, y.epilogue)
        step.call(
            made,
            x0=step.at(x.buffer),
            q0=self._kept(step, "mean"),
            q1=self._kept(step, "scale"),
            q2=self._at(step, self.beta),
            **ranges(step, through, self.split),
            **of_tensor(step, y),
        )

    def backward(self, plan: Plan) -> None:
        """The sums that the gradients need, the moving statistics, gamma, beta and x."""
        x, y, kept = self.x, self.output, [(self.kept, self.part)]
        if not self.moving:
            moving = [(weight.buffers["w"], self.part) for weight in self.statistics]
            plan.task("batch norm, moved", self.part, kept, moving, self._move)
            if y.learns:
                self.slopes, part = self._partials(), self.split
                reads = [(y.grad, part), (x.buffer, part), *kept]
                plan.task("batch norm, slopes", part, reads, [(self.slopes, part)], self._slopes)
                plan.task(
                    "batch norm, slopes settled",
                    self.part,
                    [(self.slopes, self.part), *kept],
                    kept,
                    self._settle_slopes,
                )
        if y.learns:
            for name, weight in (("gamma", self.gamma), ("beta", self.beta)):
                first = KEPT.index(f"d_{name}") * round_up(x.shape[2])
                self._update(plan, f"batch norm, d {name}", weight, self.kept, first, 1)
        if x.learns:
            gradient_of(self, plan, "batch norm, d input", x, self.split, [], self._input_gradient, kept)

    def _move(self, step: Any) -> None:
        made = normalization.move(step.module, self.x.shape[2], self.momentum)
        mean, variance = (step.at(weight.buffers["w"]) for weight in self.statistics)
        step.call(made, mean=mean, variance=variance, kept=step.at(self.kept), **self._columns(step))

    def _slopes(self, step: Any) -> None:
        made = normalization.slopes(step.module, self._walk(), of_runs=False)
        d, x = step.at(self.output.grad), step.at(self.x.buffer)
        self._sums(step, made, self.slopes, d=d, x=x, mean=self._kept(step, "mean"))

    def _settle_slopes(self, step: Any) -> None:
        h, w, c = self.x.shape
        made = normalization.settle_slopes(step.module, c, h * w, self.parts)
        step.call(
            made, partials=step.at(self.slopes), kept=step.at(self.kept), count=step.row_count, **self._columns(step)
        )

    def _input_gradient(self, step: Any, split: str, epilogue: Epilogue, add: bool) -> None:
        x, through = self.x, self._walk()
        operation, names = (_FROZEN, ("scale",)) if self.moving else (CENTRED, ("mean", "scale", "slope", "shift"))
        made = elementwise.backward(step.module, operation, 0, through, epilogue, add)
        step.call(
            made,
            d=step.at(self.output.grad),
            dx=step.at(x.grad),
            x0=step.at(x.buffer),
            count=step.row_count,
            **{f"q{i}": self._kept(step, name) for i, name in enumerate(names)},
            **ranges(step, through, split, whole=True),
            **of_tensor(step, x),
        )


class LayerNormalization(_Normalization):
    """h = epilogue(gamma (x − mean) / sqrt(variance + epsilon) + beta), for each pixel, over its channels."""

    def __init__(self, build: Build, layer: int, x: Tensor, epsilon: float, center: bool, scale: bool, after: FusedOps):
        small = x.split == "gather" and x.shape[:2] == (1, 1) and build.plan.rows * x.numbers <= SMALL
        split = "all" if not build.learn or x.split == "all" or small else "rows"
        super().__init__(build, layer, x, split, center, scale, after)
        self.epsilon = epsilon
        h, w, _ = x.shape
        # Each run's mean and 1 / sqrt(variance + epsilon).
        self.kept = build.plan.buffer("statistics", build.plan.rows * h * w * 2, private=split == "all")

    def forward(self, plan: Plan) -> None:
        """Row by row."""
        reads = [(self.x.buffer, self.split)] + [(weight.buffers["w"], "all") for weight in self.weights]
        plan.task("layer norm", self.split, reads, [*self._wrote(), (self.kept, self.split)], self._forward)

    def _forward(self, step: Any) -> None:
        x, y = self.x, self.output
        made = normalization.layer_forward(
            step.module, self._walk(), self.epsilon, self.gamma is not None, self.beta is not None, y.epilogue
        )
        r0, r1 = step.row_range(self.split)
        step.call(
            made,
            x=step.at(x.buffer),
            gamma=self._at(step, self.gamma),
            beta=self._at(step, self.beta),
            held=step.at(self.kept),
            r0=r0,
            r1=r1,
            **of_tensor(step, y),
        )

    def backward(self, plan: Plan) -> None:
        """The gradients of x, gamma and beta."""
        x, y = self.x, self.output
        if not y.learns:
            return
        kept = [(self.kept, self.split)]
        moves = any(weight.update is not None for weight in self.weights)
        if moves:
            self.slopes = self._partials()
            reads = [(y.grad, self.split), (x.buffer, self.split), *kept]
            plan.task("layer norm, slopes", self.split, reads, [(self.slopes, self.split)], self._slopes)
        if x.learns:
            reads = [*kept, *((weight.buffers["w"], "all") for weight in self.weights)]
            gradient_of(self, plan, "layer norm, d input", x, self.split, [], self._input_gradient, reads)
        if moves:
            self._update(plan, "layer norm, d gamma", self.gamma, self.slopes, 0, self.parts)
            self._update(plan, "layer norm, d beta", self.beta, self.slopes, round_up(x.shape[2]), self.parts)

    def _input_gradient(self, step: Any, split: str, epilogue: Epilogue, add: bool) -> None:
        x = self.x
        made = normalization.layer_backward(step.module, self._walk(), self.gamma is not None, epilogue, add)
        r0, r1 = step.row_range(split, whole=True)
        step.call(
            made,
            d=step.at(self.output.grad),
            x=step.at(x.buffer),
            gamma=self._at(step, self.gamma),
            held=step.at(self.kept),
            dx=step.at(x.grad),
            count=step.row_count,
            r0=r0,
            r1=r1,
            **of_tensor(step, x),
        )

    def _slopes(self, step: Any) -> None:
        made = normalization.slopes(step.module, self._walk(), of_runs=True)
        d, x = step.at(self.output.grad), step.at(self.x.buffer)
        self._sums(step, made, self.slopes, d=d, x=x, mean=step.at(self.kept))
