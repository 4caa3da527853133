"""Nodes that compute each number from those at the same place: activations, dropout, sums and products, rescaling; and reshape."""

import itertools
from collections.abc import Sequence

import numpy as np

from dragonet.engines.native.lowering.nodes.base import Build, Node, accesses
from dragonet.engines.native.ops.activations import Epilogue
from dragonet.engines.native.ops.base import Op
from dragonet.engines.native.ops.elementwise import (
    Concatenate,
    ConcatenateGradient,
    Deviation,
    Elementwise,
    ElementwiseGradient,
    Operation,
    Parameter,
    Reshape,
    ReshapeGradient,
    can_reshape,
    runs,
)
from dragonet.engines.native.ops.layout import round_up
from dragonet.engines.native.ops.tensors import Buffer, RepeatedWeight, Tensor
from dragonet.engines.native.plan.step_plan import Access, Plan


def shared_split(build: Build, inputs: Sequence[Tensor], columns: bool = True) -> str:
    """How threads share what is made of these tensors, number by number; inputs that may still choose choose the same.

    columns: whether each of its columns is made of the same columns of theirs.
    """
    if not build.learn:
        return "all"
    x = inputs[0]
    known = {tensor.split for tensor in inputs} - {"gather"}
    if not known:
        split = "all" if build.plan.rows * x.numbers <= build.costs.alone else "rows"
    elif known == {"all"}:
        split = "all"
    else:
        split = "cols" if columns and "cols" in known and x.shape[:2] == (1, 1) else "rows"
    for tensor in inputs:
        choose(tensor, split)
    return split


def choose(x: Tensor, split: str) -> None:
    """Let an input that may still choose be shared so."""
    if x.split == "gather":
        x.split = split
        for buffer in x.buffers:
            buffer.private = split == "all"


class GradientTask:
    """How a node's output's gradient goes to one of its inputs: the room that it takes, and whether it is added to another's.

    split: of the node; is_last_task: whether the node needs its output's gradient no more. Then x's takes its room, number by
    number, where x has no other reader.
    """

    def __init__(self, build: Build, x: Tensor, y: Tensor, split: str, is_last_task: bool = True):
        private = build.gradient(y).private
        same = (x.row_stride, x.pixel_stride, x.buffer.private) == (y.row_stride, y.pixel_stride, private)
        if is_last_task and same and x.reader_count == 1 and x.gradient is None:
            x.gradient = y.gradient
        self.gradients = build.gradient(y), build.gradient(x)
        self.x, self.split = x, "all" if x.buffer.private else split
        self.is_last, self.adds = x.reader_count == 1, x.has_gradient
        x.has_gradient = True

    def add(self, plan: Plan, name: str, op: Op, needed: Sequence[Tensor] = (), others: Sequence[Access] = ()) -> None:
        """Add the task. needed: the tensors that the gradient depends on; others: what else it reads."""
        x, split = self.x, self.split
        d_y, d_x = self.gradients
        reads = [(d_y, split), *others]
        reads += [(tensor.buffer, split) for tensor in dict.fromkeys([*needed, x])] + accesses(x, split)[1:]
        plan.task(name, split, reads, [(d_x, split)], op)


class ElementwiseNode(Node):
    """y = epilogue(operation(x₁, x₂, ...)), the tensors of one shape.

    Made of an input that may still choose how it is shared, it may choose too.
    """

    def __init__(
        self,
        build: Build,
        name: str,
        operation: Operation,
        inputs: list[Tensor],
        after: Epilogue,
        parameters: Sequence[Parameter] = (),
    ):
        self.build, self.name, self.operation, self.inputs = build, name, operation, inputs
        self.parameters = tuple(parameters)
        x = inputs[0]
        is_open = len(inputs) == 1 and x.split == "gather"
        split = "gather" if is_open else shared_split(build, inputs)
        packed = x.is_packed and x.numbers > x.shape[2] and len(inputs) == 1 and after.is_identity
        self.output = build.tensor(
            name,
            x.shape,
            split,
            pixel_stride=x.pixel_stride if packed else None,
            after=after,
            needs_gradient=any(tensor.needs_gradient for tensor in inputs),
        )

    def settle(self) -> None:
        """What may still choose does, now that all readers are known."""
        x, y = self.inputs[0], self.output
        choose(y, "rows")
        lines, _, _ = runs([*self.inputs, y], by_line=bool(self.parameters))
        if y.split == "cols" and lines > 1:
            y.split = "rows"
        choose(x, y.split)

    def op(self) -> Elementwise:
        """The op."""
        return Elementwise(self.operation, tuple(self.inputs), self.output, self.parameters)

    def forward(self, plan: Plan) -> None:
        """The operation and the epilogue."""
        y, split = self.output, self.output.split
        reads = [(x.buffer, split) for x in dict.fromkeys(self.inputs)]
        plan.task(self.name, split, reads, accesses(y, split), self.op())

    def backward(self, plan: Plan) -> None:
        """The gradients of the inputs, one after another."""
        op, y = self.op(), self.output
        for i, x in enumerate(self.inputs):
            if x.needs_gradient:
                is_last_task = not any(other.needs_gradient for other in self.inputs[i + 1 :])
                task = GradientTask(self.build, x, y, y.split, is_last_task)
                needed = self.inputs if self.operation.slope_needs_inputs else []
                gradient = ElementwiseGradient(op, i, task.is_last, task.adds)
                task.add(plan, f"{self.name}, d input {i}", gradient, needed)


class ConcatenateNode(Node):
    """The inputs' channels side by side."""

    def __init__(self, build: Build, inputs: list[Tensor]):
        self.build, self.inputs = build, inputs
        h, w, _ = inputs[0].shape
        *self.offsets, channels = [0, *itertools.accumulate(x.shape[2] for x in inputs)]
        split = shared_split(build, inputs, columns=False)
        needs_gradient = any(x.needs_gradient for x in inputs)
        self.output = build.tensor("concatenated", (h, w, channels), split, needs_gradient=needs_gradient)

    def forward(self, plan: Plan) -> None:
        """Copy one after another."""
        y, split = self.output, self.output.split
        reads = [(x.buffer, split) for x in dict.fromkeys(self.inputs)]
        op = Concatenate(tuple(self.inputs), tuple(self.offsets), y)
        plan.task("concatenate", split, reads, [(y.buffer, split)], op)

    def backward(self, plan: Plan) -> None:
        """Each input's part of the gradient."""
        y = self.output
        for x, offset in zip(self.inputs, self.offsets, strict=True):
            if x.needs_gradient:
                task = GradientTask(self.build, x, y, y.split, is_last_task=False)
                op = ConcatenateGradient(x, offset, y, task.is_last, task.adds)
                task.add(plan, f"concatenate, d input at {offset}", op)


class ReshapeNode(Node):
    """The same numbers in another shape. What lies together in one of the two must be parts of what does in the other."""

    def __init__(self, build: Build, x: Tensor, shape: tuple[int, int, int]):
        self.build, self.inputs = build, [x]
        split = "rows" if build.learn else "all"
        choose(x, split)
        packed = x.is_packed and not x.needs_gradient
        stride = shape[2] if packed else None
        self.output = build.tensor("reshaped", shape, split, pixel_stride=stride, needs_gradient=x.needs_gradient)
        self.is_possible = can_reshape(x, self.output)

    def forward(self, plan: Plan) -> None:
        """Copy."""
        (x,), y = self.inputs, self.output
        reads = [(x.buffer, "rows" if x.split == "rows" else "all")]
        plan.task("reshape", y.split, reads, [(y.buffer, y.split)], Reshape(x, y))

    def backward(self, plan: Plan) -> None:
        """Copy back."""
        (x,), y = self.inputs, self.output
        if x.needs_gradient:
            task = GradientTask(self.build, x, y, y.split, is_last_task=False)
            task.add(plan, "reshape, d input", ReshapeGradient(x, y, task.is_last, task.adds))


class StandardizeNode(ElementwiseNode):
    """y = epilogue((x − mean) / max(sqrt(variance), 1e-7)), or with `invert` the way back, by numbers that no training moves.

    shape: that of mean and variance. statistics: both, where they are known now; else they are a part of the layer's state.
    """

    def __init__(
        self,
        build: Build,
        layer: int,
        x: Tensor,
        shape: tuple[int, ...],
        statistics: list[np.ndarray] | None,
        invert: bool,
        after: Epilogue,
    ):
        operation = Operation("rescale") if invert else Operation("center")
        super().__init__(build, "standardization", operation, [x], after)
        self.invert, (_, _, self.width) = invert, runs([x, self.output], by_line=True)
        self.deviation = build.plan.buffer("deviation", round_up(self.width), private=True)
        zeros = build.plan.buffer("nothing", round_up(self.width), private=True)
        mean, by = self._known(statistics) if statistics else self._of_state(layer, shape)
        self.parameters = (by, mean) if invert else (mean, by, Parameter(zeros, self.width))

    def _known(self, statistics: list[np.ndarray]) -> tuple[Parameter, Parameter]:
        mean, variance = (array.astype(np.float32) for array in statistics)
        deviation = np.maximum(np.sqrt(variance), np.float32(1e-7))
        self.variance = None
        return Parameter(mean), Parameter(deviation if self.invert else 1 / deviation)

    def _of_state(self, layer: int, shape: tuple[int, ...]) -> tuple[Parameter, Parameter]:
        mean, self.variance = (self._repeated(layer, name, shape) for name in ("mean", "variance"))
        return Parameter(mean, self.width), Parameter(self.deviation, self.width)

    def _repeated(self, layer: int, name: str, shape: tuple[int, ...]) -> Buffer:
        plan = self.build.plan
        buffer = plan.buffer(f"{name}{layer}", round_up(self.width), private=True)
        plan.weights.append(RepeatedWeight(layer, name, shape, None, {"w": buffer}, "state", width=self.width))
        return buffer

    def forward(self, plan: Plan) -> None:
        """The deviations' inverses, then what they make of x."""
        if self.variance is not None:
            op = Deviation(self.variance, self.deviation, self.width, not self.invert)
            reads, writes = [(self.variance, "all")], [(self.deviation, "all")]
            plan.task("standardization, deviation", "all", reads, writes, op)
        super().forward(plan)
