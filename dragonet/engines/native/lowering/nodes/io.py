"""Where a step begins and ends: the rows gathered from the data, and the loss with its metrics."""

from typing import Any

from dragonet.engines.native.cpu.kernels import elementwise, gather, losses
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.ir.values import WIDTH
from dragonet.engines.native.lowering.nodes.base import SMALL, Build, Node
from dragonet.engines.native.plan.step_plan import Plan, Tensor


class Input(Node):
    """x: the step's rows of one of the arrays given, as floats."""

    def __init__(self, build: Build, index: int, shape: tuple[int, int, int], dtype: str, split: str):
        self.index, self.dtype = index, dtype
        self.output = build.tensor("x", shape, split, step=shape[2])
        self.output.source = index if dtype == "float32" else None
        self.inputs = []

    def settle(self) -> None:
        """Columns that one reader takes up are each thread's own: side by side, cores would fetch each other's ahead of time."""
        if self.output.split == "cols" and self.output.readers == 1:
            self.output.buffer.private = True

    def forward(self, plan: Plan) -> None:
        """Gather, or only find, the rows."""
        x = self.output
        name, emit = ("find x", self._find) if x.in_place else ("gather x", self._gather)
        plan.task(name, x.split, [], [(x.buffer, x.split)], emit)

    def _find(self, step: Any) -> None:
        x = self.output
        made = gather.addresses(step.module, x.numbers, step.plan.rows)
        where = {"order": step.order, "first": step.first_row, "count": step.row_count}
        step.call(made, data=step.data("x", self.index), out=step.at(x.buffer), **where)

    def _gather(self, step: Any) -> None:
        k, x = step.k, self.output
        made = gather.gather(step.module, x.numbers, self.dtype, "float32", x.stride)
        r0, r1 = step.row_range(x.split)
        c0, c1 = k.int(0), k.int(x.numbers)
        if x.split == "cols":
            c0, c1 = (one * WIDTH for one in step.range(x.stride // WIDTH, "cols"))
            c1 = c1.minimum(x.numbers)
        where = {"order": step.order, "first": step.first_row, "r0": r0, "r1": r1, "c0": c0, "c1": c1}
        step.call(made, data=step.data("x", self.index), out=step.at(x.buffer), **where)


class Output(Node):
    """One of a prediction's outputs, as the user gets it."""

    def __init__(self, index: int, y: Tensor, softmax: bool):
        self.index, self.y, self.softmax, self.inputs = index, y, softmax, [y]

    def forward(self, plan: Plan) -> None:
        """Hand it out."""
        plan.task("output", "all", [(self.y.buffer, "all")], [], self._hand_out)

    def _hand_out(self, step: Any) -> None:
        y = self.y
        made = gather.hand_out(step.module, y.shape, y.step, y.pitch, y.stride, self.softmax)
        step.call(made, x=step.at(y.buffer), out=step.result(self.index, y.numbers), rows=step.row_count)


class Loss(Node):
    """The loss of one output, with the metrics that are counted in the step, `counted` by their names in the history."""

    counted: tuple[str, ...] = ()

    def __init__(self, build: Build, index: int, z: Tensor, spec: losses.Loss, weight: float, y_dtype: str):
        """index: of the output; weight: of this loss in the sum of all."""
        self.index, self.spec, self.weight, self.y_dtype, self.inputs = index, spec, weight, y_dtype, [z]
        self.build, self.z = build, z
        plan, C = build.plan, round_up(spec.C)
        self.alone = z.split == "all" and plan.rows * C <= 4 * SMALL
        self.split = "all" if self.alone or not build.learn else "rows"
        private = self.split == "all"
        self.y = plan.buffer(
            "y",
            plan.rows * (1 if spec.whole_labels else C),
            dtype="int32" if spec.whole_labels else "float32",
            private=private,
            turns=1 if private else 2,
        )
        self.weights = plan.buffer("weights", plan.rows, private=private, turns=1 if private else 2)
        self.figures = plan.buffer(
            "figures", round_up(plan.rows) * (1 + len(spec.metrics)), private=private, turns=1 if private else 2
        )
        if build.learn and z.learns:
            z.grad = plan.buffer("d_z", plan.rows * z.stride, private=private, turns=1 if private else 2)

    def forward(self, plan: Plan) -> None:
        """The rows' losses, their slopes, their metrics."""
        z, split = self.z, self.split
        plan.task("gather y", split, [], [(self.y, split), (self.weights, split)], self._gather)
        writes = [(self.figures, split)] + ([(z.grad, split)] if z.grad is not None else [])
        reads = [(self.y, split), (self.weights, split), (z.buffer, "rows" if z.split == "rows" else "all")]
        plan.task(f"loss {self.spec.kind}", split, reads, writes, self._loss)
        plan.task("loss, total", "all", [(self.figures, "all")], [], lambda step: step.add_up(self))

    def backward(self, plan: Plan) -> None:
        """The slopes with their rows in the lanes, where the layer before wants them so."""
        z = self.z
        if z.transposed is not None:
            z.transposed.private = z.transposed_by_reader = True
            plan.task("loss, turned", "all", [(z.grad, "all")], [(z.transposed, "all")], self._turn)

    def _gather(self, step: Any) -> None:
        spec = self.spec
        r0, r1 = step.row_range(self.split)
        into = "int32" if spec.whole_labels else "float32"
        width = 1 if spec.whole_labels else spec.C
        made = gather.gather(step.module, width, self.y_dtype, into, 1 if spec.whole_labels else round_up(spec.C))
        where = {"order": step.order, "first": step.first_row, "r0": r0, "r1": r1, "c0": 0}
        step.call(made, data=step.data("y", self.index), out=step.at(self.y), c1=width, **where)
        if spec.weighted:
            made = gather.gather(step.module, 1, "float32", "float32", 1)
            step.call(made, data=step.data("w", self.index), out=step.at(self.weights), c1=1, **where)

    def _loss(self, step: Any) -> None:
        z = self.z
        made = losses.loss(step.module, self.spec, z.stride, z.grad is not None)
        r0, r1 = step.row_range(self.split, whole=True)
        d = step.at(z.grad) if z.grad is not None else step.at(z.buffer)
        held = {"y": self.y, "weights": self.weights, "figures": self.figures}
        arrays = {name: step.at(buffer) for name, buffer in held.items()} | {"out": step.predictions(self)}
        numbers = {"stride": round_up(step.plan.rows), "count": step.row_count, "scale": step.scale * self.weight}
        step.call(made, z=step.at(z.buffer), d=d, r0=r0, r1=r1, **arrays, **numbers)

    def _turn(self, step: Any) -> None:
        columns = round_up(self.spec.C)
        made = elementwise.turn(step.module, step.plan.rows, columns, self.z.stride)
        step.call(made, a=step.at(self.z.grad), out=step.at(self.z.transposed), p0=0, p1=columns // WIDTH)
