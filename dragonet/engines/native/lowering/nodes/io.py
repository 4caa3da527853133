"""Where a step begins and ends: the rows gathered from the data, and the loss with its metrics."""

from dragonet.engines.native.lowering.nodes.base import Build, Node
from dragonet.engines.native.ops.dense import TransposeGradient
from dragonet.engines.native.ops.io import FindInput, GatherInput, HandOut
from dragonet.engines.native.ops.layout import round_up
from dragonet.engines.native.ops.losses import GatherTargets, Loss, LossKind, LossTotal
from dragonet.engines.native.ops.tensors import Tensor
from dragonet.engines.native.plan.step_plan import Plan


class InputNode(Node):
    """x: the step's rows of one of the user's arrays, as floats."""

    def __init__(self, build: Build, index: int, shape: tuple[int, int, int], dtype: str, split: str):
        self.index, self.dtype = index, dtype
        self.output = build.tensor("x", shape, split, pixel_stride=shape[2])
        self.output.source = index if dtype == "float32" else None
        self.inputs = []

    def settle(self) -> None:
        """Columns that one reader takes up are each thread's own: side by side, cores would fetch each other's ahead of time."""
        if self.output.split == "cols" and self.output.reader_count == 1:
            self.output.buffer.private = True

    def forward(self, plan: Plan) -> None:
        """Gather, or only find, the rows."""
        x = self.output
        writes = [(x.buffer, x.split)]
        if x.in_place:
            plan.task("find x", x.split, [], writes, FindInput(self.index, x))
        else:
            plan.task("gather x", x.split, [], writes, GatherInput(self.index, self.dtype, x))


class OutputNode(Node):
    """One of a prediction's outputs, as the user gets it."""

    def __init__(self, index: int, y: Tensor, is_softmax: bool):
        self.op, self.inputs = HandOut(index, y, is_softmax), [y]

    def forward(self, plan: Plan) -> None:
        """Hand it out."""
        plan.task("output", "all", [(self.op.y.buffer, "all")], [], self.op)


class LossNode(Node):
    """The loss of one output, with the metrics that are counted in the step, `counted` by their names in the history."""

    def __init__(
        self,
        build: Build,
        index: int,
        z: Tensor,
        kind: LossKind,
        share: float,
        y_dtype: str,
        counted: tuple[str, ...],
    ):
        """index: of the output; share: of this loss in the sum of all."""
        self.build, self.z, self.inputs, plan = build, z, [z], build.plan
        width = round_up(kind.classes)
        is_small = z.split == "all" and plan.rows * width <= 4 * build.costs.alone
        self.split = "all" if is_small or not build.learn else "rows"
        how = {"private": self.split == "all", "turns": 1 if self.split == "all" else 2}
        if kind.has_class_numbers:
            y = plan.buffer("y", plan.rows, dtype="int32", **how)
        else:
            y = plan.buffer("y", plan.rows * width, **how)
        weights = plan.buffer("weights", plan.rows, **how)
        figures = plan.buffer("figures", round_up(plan.rows) * (1 + len(kind.metrics)), **how)
        if build.learn and z.needs_gradient:
            z.gradient = plan.buffer("d_z", plan.rows * z.row_stride, **how)
        self.op = Loss(kind, index, z, y, weights, figures, share, counted)
        self.gather = GatherTargets(kind, index, y_dtype, y, weights)

    def forward(self, plan: Plan) -> None:
        """The rows' losses, their slopes, their metrics."""
        z, split, op = self.z, self.split, self.op
        targets = [(op.y, split), (op.weights, split)]
        plan.task("gather y", split, [], targets, self.gather)
        writes = [(op.figures, split)] + ([(z.gradient, split)] if z.gradient is not None else [])
        reads = [*targets, (z.buffer, "rows" if z.split == "rows" else "all")]
        plan.task(f"loss {op.kind.kind}", split, reads, writes, op)
        plan.task("loss, total", "all", [(op.figures, "all")], [], LossTotal(op, plan.figures))
        plan.losses.append(op)

    def backward(self, plan: Plan) -> None:
        """The slopes with their rows in the lanes, where the layer before wants them so."""
        z = self.z
        if z.transposed is not None:
            z.transposed.private = z.transposed_by_reader = True
            reads, writes = [(self.build.gradient(z), "all")], [(z.transposed, "all")]
            plan.task("loss, transposed", "all", reads, writes, TransposeGradient(z))
