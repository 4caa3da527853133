"""Normalization: by the statistics of the batch or the moving ones, and by those of each example."""

from dragonet.engines.native.lowering.nodes.base import Build, Node, accesses, moved
from dragonet.engines.native.lowering.nodes.elementwise import GradientTask, choose
from dragonet.engines.native.ops.activations import Epilogue
from dragonet.engines.native.ops.layout import PARTS, round_up
from dragonet.engines.native.ops.normalization import (
    BATCH_STATISTICS,
    BatchGradientSums,
    BatchMoments,
    BatchNormalize,
    BatchNormalizeGradient,
    BatchStatistics,
    BatchSums,
    CombineGradientSums,
    CombineMoments,
    LayerGradientSums,
    LayerNormalize,
    LayerNormalizeGradient,
    LoadMovingStatistics,
    UpdateMovingStatistics,
)
from dragonet.engines.native.ops.sums import ApplySum
from dragonet.engines.native.ops.tensors import Buffer, Tensor, Weight
from dragonet.engines.native.plan.step_plan import Access, Plan


class _NormalizationNode(Node):
    """What both share: gamma and beta, and sums over the batch in as many parts as are done apart."""

    def __init__(self, build: Build, layer: int, x: Tensor, split: str, center: bool, scale: bool, after: Epilogue):
        self.build, self.x, self.inputs, self.split = build, x, [x], split
        choose(x, split)
        c = x.shape[2]
        private = split != "cols"  # what all threads update alike, each for itself
        self.gamma = build.weight(layer, "gamma", (c,), None, private) if scale else None
        self.beta = build.weight(layer, "beta", (c,), None, private) if center else None
        self.weights = [weight for weight in (self.gamma, self.beta) if weight is not None]
        self.nothing = build.plan.buffer("nothing", round_up(c), private=True)
        self.moves = any(weight.update is not None for weight in self.weights)
        needs_gradient = x.needs_gradient or self.moves
        self.output = build.tensor("normalized", x.shape, split, after=after, needs_gradient=needs_gradient)
        # Of the weights, a thread has its own columns, or each has all.
        self.part = "cols" if split == "cols" else "all"

    def _written(self) -> list[Access]:
        return accesses(self.output, self.split)

    def _sums(self) -> BatchSums:
        parts, c = PARTS if self.split == "rows" else 1, self.x.shape[2]
        whole = self.build.plan.buffer("sums", parts * 2 * round_up(c), private=self.split == "all")
        return BatchSums(whole, parts, c)

    def _update(self, plan: Plan, name: str, weight: Weight | None, sums: Buffer, first: int, parts: int) -> None:
        """The task that adds up the parts of a weight's gradient, which begin at `first`, and updates it."""
        if weight is not None and weight.update is not None:
            op = ApplySum(weight, sums, parts, 2 * round_up(self.x.shape[2]), first)
            plan.task(name, self.part, [(sums, self.part)], moved(weight, self.part), op)


class BatchNormalizationNode(_NormalizationNode):
    """y = epilogue(gamma (x − mean) / sqrt(variance + epsilon) + beta), for each channel, over the batch and all pixels.

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
        after: Epilogue,
    ):
        h, w, c = x.shape
        small = x.split == "gather" and h * w == 1 and build.plan.rows * c <= build.costs.alone
        split = "cols" if h * w == 1 else "rows"
        split = "all" if not build.learn or x.split == "all" or small else split
        super().__init__(build, layer, x, split, center, scale, after)
        self.moving, self.momentum = moving, momentum
        private = split != "cols"
        self.mean, self.variance = (
            build.weight(layer, f"moving_{name}", (c,), None, private, kind="state") for name in ("mean", "variance")
        )
        self.uses = build.nodes_of.setdefault(layer, [])
        self.uses.append(self)
        statistics = build.plan.buffer("statistics", len(BATCH_STATISTICS) * round_up(c), private=private)
        gamma, beta = (self.nothing if weight is None else weight.buffers["w"] for weight in (self.gamma, self.beta))
        self.statistics = BatchStatistics(statistics, c, gamma, beta, scale, epsilon)

    def forward(self, plan: Plan) -> None:
        """The statistics, and what they make of x."""
        x, part, statistics = self.x, self.part, [(self.statistics.whole, self.part)]
        weights = [(weight.buffers["w"], part) for weight in self.weights]
        if self.moving:
            reads = [(self.mean.buffers["w"], part), (self.variance.buffers["w"], part), *weights]
            op = LoadMovingStatistics(self.mean, self.variance, self.statistics)
            plan.task("batch norm, load", part, reads, statistics, op)
        else:
            sums, rows = self._sums(), [(x.buffer, self.split)]
            op = BatchMoments(x, self.output, sums)
            plan.task("batch norm, sums", self.split, rows, [(sums.whole, self.split)], op)
            op = CombineMoments(x, sums, self.statistics)
            plan.task("batch norm, combined", part, [(sums.whole, part), *weights], statistics, op)
        reads = [(x.buffer, self.split), *statistics, *weights]
        plan.task("batch norm", self.split, reads, self._written(), BatchNormalize(x, self.output, self.statistics))

    def backward(self, plan: Plan) -> None:
        """The sums that the gradients need, the moving statistics, gamma, beta and x."""
        x, y, statistics = self.x, self.output, [(self.statistics.whole, self.part)]
        for node in self.uses if self is self.uses[0] else ():  # all, in the order of the layer's uses
            node._update_moving_statistics(plan)
        if y.needs_gradient and not self.moving:
            self._gradient_sums(plan)
        if y.needs_gradient:
            for name, weight in (("gamma", self.gamma), ("beta", self.beta)):
                first = BATCH_STATISTICS.index(f"d_{name}") * round_up(x.shape[2])
                self._update(plan, f"batch norm, d {name}", weight, self.statistics.whole, first, 1)
        if x.needs_gradient:
            task = GradientTask(self.build, x, y, self.split)
            op = BatchNormalizeGradient(x, y, self.statistics, self.moving, task.is_last, task.adds)
            task.add(plan, "batch norm, d input", op, others=statistics)

    def _update_moving_statistics(self, plan: Plan) -> None:
        if not self.moving:
            moving = [(weight.buffers["w"], self.part) for weight in (self.mean, self.variance)]
            op = UpdateMovingStatistics(self.mean, self.variance, self.statistics, self.momentum)
            plan.task("batch norm, moving", self.part, [(self.statistics.whole, self.part)], moving, op)

    def _gradient_sums(self, plan: Plan) -> None:
        x, y, statistics = self.x, self.output, [(self.statistics.whole, self.part)]
        sums, part = self._sums(), self.split
        reads = [(y.gradient, part), (x.buffer, part), *statistics]
        op = BatchGradientSums(x, y, sums, self.statistics)
        plan.task("batch norm, d sums", part, reads, [(sums.whole, part)], op)
        op = CombineGradientSums(x, sums, self.statistics)
        plan.task("batch norm, d combined", self.part, [(sums.whole, self.part), *statistics], statistics, op)


class LayerNormalizationNode(_NormalizationNode):
    """y = epilogue(gamma (x − mean) / sqrt(variance + epsilon) + beta), for each pixel, over its channels."""

    def __init__(self, build: Build, layer: int, x: Tensor, epsilon: float, center: bool, scale: bool, after: Epilogue):
        h, w, _ = x.shape
        small = x.split == "gather" and h == w == 1 and build.plan.rows * x.numbers <= build.costs.alone
        split = "all" if not build.learn or x.split == "all" or small else "rows"
        super().__init__(build, layer, x, split, center, scale, after)
        statistics = build.plan.buffer("statistics", build.plan.rows * h * w * 2, private=split == "all")
        self.op = LayerNormalize(x, self.output, self.gamma, self.beta, self.nothing, epsilon, statistics)

    def forward(self, plan: Plan) -> None:
        """Row by row."""
        reads = [(self.x.buffer, self.split)] + [(weight.buffers["w"], "all") for weight in self.weights]
        plan.task("layer norm", self.split, reads, [*self._written(), (self.op.statistics, self.split)], self.op)

    def backward(self, plan: Plan) -> None:
        """The gradients of x, gamma and beta."""
        x, y = self.x, self.output
        if not y.needs_gradient:
            return
        statistics = [(self.op.statistics, self.split)]
        sums = self._sums() if self.moves else None
        if sums is not None:
            reads = [(y.gradient, self.split), (x.buffer, self.split), *statistics]
            op = LayerGradientSums(self.op, sums)
            plan.task("layer norm, d sums", self.split, reads, [(sums.whole, self.split)], op)
        if x.needs_gradient:
            task = GradientTask(self.build, x, y, self.split)
            op = LayerNormalizeGradient(self.op, task.is_last, task.adds)
            weights = [(weight.buffers["w"], "all") for weight in self.weights]
            task.add(plan, "layer norm, d input", op, others=[*statistics, *weights])
        if sums is not None:
            self._update(plan, "layer norm, d gamma", self.gamma, sums.whole, 0, sums.parts)
            self._update(plan, "layer norm, d beta", self.beta, sums.whole, round_up(x.shape[2]), sums.parts)
