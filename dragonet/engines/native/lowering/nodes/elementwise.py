"""Nodes that compute each number from those at the same place: activations, dropout, sums and products, rescaling; and reshape."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.engines.native.cpu.kernels import elementwise
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.cpu.kernels.elementwise import Operation, Place, Walk
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.values import Value
from dragonet.engines.native.lowering.nodes.base import SMALL, Build, FusedOps, Node, of_tensor, ranges, walk
from dragonet.engines.native.plan.step_plan import Access, Buffer, Plan, Tensor, Weight


def shared_split(build: Build, inputs: Sequence[Tensor], columns: bool = True) -> str:
    """How threads share what is made of these tensors, number by number; inputs that may still choose choose the same.

    columns: whether each of its columns is made of the same columns of theirs.
    """
    if not build.learn:
        return "all"
    x = inputs[0]
    known = {one.split for one in inputs} - {"gather"}
    if not known:
        split = "all" if build.plan.rows * x.numbers <= SMALL else "rows"
    elif known == {"all"}:
        split = "all"
    else:
        split = "cols" if columns and "cols" in known and x.shape[:2] == (1, 1) else "rows"
    for one in inputs:
        choose(one, split)
    return split


def choose(x: Tensor, split: str) -> None:
    """Let an input that may still choose be shared so."""
    if x.split == "gather":
        x.split = split
        for buffer in (x.buffer, x.kept):
            if buffer is not None:
                buffer.private = split == "all"


def gradient_of(
    node: Any,
    plan: Plan,
    name: str,
    x: Tensor,
    split: str,
    looks: Sequence[Tensor],
    emit: Callable,
    others: Sequence[Access] = (),
    last: bool = True,
) -> None:
    """A task that writes x's gradient, or adds to it, from that of the node's output: emit(step, split, epilogue, add).

    looks: the inputs that the gradient depends on. others: what else it does. The node's last such task takes the room of the
    output's gradient, number by number, where nobody else has one for x.
    """
    y = node.output
    same = (x.stride, x.step, x.buffer.private) == (y.stride, y.step, y.grad.private)
    if last and same and x.readers == 1 and x.grad is None:
        x.grad = y.grad
    node.build.gradient(x)
    split = "all" if x.buffer.private else split
    accesses = [(y.grad, split), *others] + [(one.buffer, split) for one in dict.fromkeys([*looks, x])]
    accesses += [(x.kept, split)] if x.kept is not None else []
    epilogue, add = x.epilogue if x.readers == 1 else Epilogue(), x.written
    x.written = True
    plan.task(name, split, accesses, [(x.grad, split)], lambda step: emit(step, split, epilogue, add))


class Elementwise(Node):
    """h = epilogue(operation(x₁, x₂, ...)), the tensors of one shape.

    parameters(step, walk): the addresses of the operation's parameters, as long as a run of the walk, the same for each pixel. Made
    of an input that may still choose how it is shared, it may choose too.
    """

    def __init__(
        self,
        build: Build,
        name: str,
        operation: Operation,
        inputs: list[Tensor],
        after: FusedOps,
        parameters: Callable[[Any, Walk], list[Value]] | None = None,
    ):
        self.build, self.name, self.operation, self.inputs, self.parameters = build, name, operation, inputs, parameters
        x = inputs[0]
        open_still = len(inputs) == 1 and x.split == "gather"
        split = "gather" if open_still else shared_split(build, inputs)
        plain = after.function.name == "linear" and not after.rate
        packed = x.step == x.shape[2] and x.numbers > x.shape[2] and len(inputs) == 1 and plain
        self.output = build.tensor(
            name, x.shape, split, step=x.step if packed else None, after=after, learns=any(one.learns for one in inputs)
        )

    def settle(self) -> None:
        """What may still choose does, now that all readers are known."""
        x, y = self.inputs[0], self.output
        choose(y, "rows")
        if y.split == "cols" and self._walk().lines > 1:
            y.split = "rows"
        choose(x, y.split)

    def _walk(self) -> Walk:
        return walk([*self.inputs, self.output], by_line=self.operation.parameters > 0)

    def forward(self, plan: Plan) -> None:
        """The operation and the epilogue."""
        y, split = self.output, self.output.split
        wrote = [(buffer, split) for buffer in (y.buffer, y.kept) if buffer is not None]
        plan.task(self.name, split, [(x.buffer, split) for x in dict.fromkeys(self.inputs)], wrote, self._forward)

    def _given(self, step: Any, through: Walk) -> dict[str, Value]:
        held = self.parameters(step, through) if self.parameters else []
        xs = {f"x{i}": step.at(x.buffer) for i, x in enumerate(self.inputs)}
        return xs | {f"q{i}": q for i, q in enumerate(held)}

    def _forward(self, step: Any) -> None:
        y, through = self.output, self._walk()
        made = elementwise.forward(step.module, self.operation, through, y.epilogue)
        step.call(made, **self._given(step, through), **ranges(step, through, y.split), **of_tensor(step, y))

    def backward(self, plan: Plan) -> None:
        """The gradients of the inputs, one after another."""
        for i, x in enumerate(self.inputs):
            if x.learns:
                looks = self.inputs if self.operation.looks else []

                def emit(step: Any, split: str, epilogue: Epilogue, add: bool, i: int = i, x: Tensor = x) -> None:
                    through = self._walk()
                    made = elementwise.backward(step.module, self.operation, i, through, epilogue, add)
                    given = self._given(step, through) | ranges(step, through, split, whole=True) | of_tensor(step, x)
                    step.call(made, d=step.at(self.output.grad), dx=step.at(x.grad), count=step.row_count, **given)

                last = not any(other.learns for other in self.inputs[i + 1 :])
                gradient_of(self, plan, f"{self.name}, d input {i}", x, self.output.split, looks, emit, last=last)


class Concatenate(Node):
    """The inputs' channels side by side."""

    def __init__(self, build: Build, inputs: list[Tensor]):
        self.build, self.inputs = build, inputs
        h, w, _ = inputs[0].shape
        self.offsets = [0, *itertools.accumulate(x.shape[2] for x in inputs)]
        split = shared_split(build, inputs, columns=False)
        learns = any(x.learns for x in inputs)
        self.output = build.tensor("concatenated", (h, w, self.offsets[-1]), split, learns=learns)

    def forward(self, plan: Plan) -> None:
        """Copy one after another."""
        y, split = self.output, self.output.split
        reads = [(x.buffer, split) for x in dict.fromkeys(self.inputs)]
        plan.task("concatenate", split, reads, [(y.buffer, split)], self._forward)

    def _forward(self, step: Any) -> None:
        y = self.output
        r0, r1 = step.row_range(y.split)
        for x, offset in zip(self.inputs, self.offsets, strict=False):
            made = elementwise.put(step.module, walk([x, y], by_pixel=True), offset)
            step.call(made, x=step.at(x.buffer), y=step.at(y.buffer), r0=r0, r1=r1)

    def backward(self, plan: Plan) -> None:
        """Each input's part of the gradient."""
        for x, offset in zip(self.inputs, self.offsets, strict=False):
            if x.learns:

                def emit(
                    step: Any, split: str, epilogue: Epilogue, add: bool, x: Tensor = x, offset: int = offset
                ) -> None:
                    made = elementwise.take(step.module, walk([x, self.output], by_pixel=True), offset, epilogue, add)
                    r0, r1 = step.row_range(split, whole=True)
                    step.call(
                        made,
                        d=step.at(self.output.grad),
                        dx=step.at(x.grad),
                        count=step.row_count,
                        r0=r0,
                        r1=r1,
                        **of_tensor(step, x),
                    )

                gradient_of(self, plan, f"concatenate, d input at {offset}", x, self.output.split, [], emit, last=False)


class Reshape(Node):
    """The same numbers in another shape. What lies together in one of the two must be parts of what does in the other."""

    def __init__(self, build: Build, x: Tensor, shape: tuple[int, int, int]):
        self.build, self.inputs = build, [x]
        split = "rows" if build.learn else "all"
        choose(x, split)
        packed = x.step == x.shape[2] and not x.learns
        y = self.output = build.tensor("reshaped", shape, split, step=shape[2] if packed else None, learns=x.learns)
        # How many numbers lie together, and how far it is to the next.
        lie = [(one.numbers, one.stride) if one.step == one.shape[2] else (one.shape[2], one.step) for one in (x, y)]
        width, longest = sorted(length for length, _ in lie)
        self.possible, pixels = longest % width == 0, longest // width
        places = (
            Place(
                one.stride, far if length > width else pixels * far, width if length > width else far, length == width
            )
            for one, (length, far) in zip((x, y), lie, strict=True)
        )
        self.walk = Walk(x.numbers // longest, pixels, width, tuple(places))

    def forward(self, plan: Plan) -> None:
        """Copy."""
        (x,), y = self.inputs, self.output
        reads = [(x.buffer, "rows" if x.split == "rows" else "all")]
        plan.task("reshape", y.split, reads, [(y.buffer, y.split)], self._forward)

    def _forward(self, step: Any) -> None:
        (x,), y = self.inputs, self.output
        (r0, r1), made = step.row_range(y.split), elementwise.put(step.module, self.walk, 0)
        step.call(made, x=step.at(x.buffer), y=step.at(y.buffer), r0=r0, r1=r1)

    def backward(self, plan: Plan) -> None:
        """Copy back."""
        (x,) = self.inputs
        if x.learns:
            gradient_of(self, plan, "reshape, d input", x, self.output.split, [], self._backward, last=False)

    def _backward(self, step: Any, split: str, epilogue: Epilogue, add: bool) -> None:
        (x,), y = self.inputs, self.output
        (r0, r1), made = step.row_range(split, whole=True), elementwise.take(step.module, self.walk, 0, epilogue, add)
        where = {"count": step.row_count, "r0": r0, "r1": r1}
        step.call(made, d=step.at(y.grad), dx=step.at(x.grad), **where, **of_tensor(step, x))


def repeated(arrays: Sequence[np.ndarray]) -> Callable[[Any, Walk], list[Value]]:
    """Parameters known now, the numbers of a pixel over and over."""
    return lambda step, through: [elementwise.constants(step.k, np.resize(one, through.width)) for one in arrays]


class Standardisation(Elementwise):
    """h = epilogue((x − mean) / max(sqrt(variance), 1e-7)), or with `invert` the way back, by numbers that no training moves.

    shape: that of mean and variance. statistics: both, where they were given; else they are a part of the layer's state.
    """

    def __init__(
        self,
        build: Build,
        layer: int,
        x: Tensor,
        shape: tuple[int, ...],
        statistics: list[np.ndarray] | None,
        invert: bool,
        after: FusedOps,
    ):
        operation = elementwise.rescale(None, None) if invert else elementwise.CENTRE
        super().__init__(build, "standardisation", operation, [x], after, self._parameters)
        self.invert, self.statistics, self.width = invert, statistics, self._walk().width
        self.deviation = build.plan.buffer("deviation", round_up(self.width), private=True)
        self.zeros = build.plan.buffer("nothing", round_up(self.width), private=True)
        if statistics is None:
            self.mean, self.variance = (self._repeated(layer, name, shape) for name in ("mean", "variance"))

    def _repeated(self, layer: int, name: str, shape: tuple[int, ...]) -> Buffer:
        plan = self.build.plan
        buffer = plan.buffer(f"{name}{layer}", round_up(self.width), private=True)
        plan.weights.append(Repeated(layer, name, shape, None, {"w": buffer}, "state", width=self.width))
        return buffer

    def forward(self, plan: Plan) -> None:
        """The deviations' inverses, then what they make of x."""
        if self.statistics is None:
            writes = [(self.deviation, "all")]
            plan.task("standardisation, deviation", "all", [(self.variance, "all")], writes, self._deviation)
        super().forward(plan)

    def _deviation(self, step: Any) -> None:
        made = elementwise.deviation(step.module, self.width, not self.invert)
        step.call(made, variance=step.at(self.variance), out=step.at(self.deviation))

    def _parameters(self, step: Any, through: Walk) -> list[Value]:
        if self.statistics is None:
            mean, by = step.at(self.mean), step.at(self.deviation)
        else:
            sd = np.maximum(np.sqrt(self.statistics[1].astype(np.float32)), np.float32(1e-7))
            mean, by = repeated([self.statistics[0], sd if self.invert else 1 / sd])(step, through)
        return [by, mean] if self.invert else [mean, by, step.at(self.zeros)]


@dataclass(eq=False)
class Repeated(Weight):
    """A vector, or one number, that lies in memory over and over, up to `width` numbers."""

    width: int = 0

    @property
    def size(self) -> int:
        """How many numbers it takes up."""
        return round_up(self.width)

    def into(self, array: np.ndarray, place: np.ndarray) -> None:
        """Write the layer's array over and over."""
        place[: self.width] = np.resize(array, self.width)

    def reader(self, place: np.ndarray) -> Callable[[], np.ndarray]:
        """A function that gives the array that `into` wrote there, as the layer holds it."""
        return place[: int(np.prod(self.shape))].reshape(self.shape).copy
