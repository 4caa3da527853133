"""Node: a layer's part in a plan. Each says what it does forward and backward as tasks on buffers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dragonet.engines.native.cpu.kernels import elementwise
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.cpu.kernels.elementwise import COPY, Place, Walk
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.cpu.kernels.functions import LINEAR, Function
from dragonet.engines.native.cpu.kernels.update import Keep
from dragonet.engines.native.ir.values import WIDTH, Value
from dragonet.engines.native.plan.step_plan import Buffer, Plan, Tensor, Weight

SMALL = 1024  # products a row: less is done by each thread for itself, sooner than they could agree


@dataclass(eq=False)
class FusedOps:
    """What follows a layer and is done as its results are stored: an activation, a dropout, its dice's names."""

    function: Function = LINEAR
    rate: float = 0.0
    dice: tuple[int, ...] = ()

    def epilogue(self, width: int, counted: int, step: int) -> Epilogue:
        """For pixels of this width, filled up to `step`, of rows which the dice count on."""
        return Epilogue(self.function, self.rate, width, counted, step)


class Node:
    """One layer's part. `forward` and `backward` add their tasks to the plan, backward in the opposite order."""

    inputs: list[Tensor]
    output: Tensor

    def settle(self) -> None:
        """Decide what was left open until all readers of the output are known; the last nodes are asked first."""

    def forward(self, plan: Plan) -> None:
        """The tasks that make the output."""
        raise NotImplementedError

    def backward(self, plan: Plan) -> None:
        """The tasks that take the output's gradient to the inputs' and the weights'."""


@dataclass(eq=False)
class Build:
    """What nodes are made in: the plan, whether it learns, and how weights are updated."""

    plan: Plan
    learn: bool
    updates: Any = None  # a function (layer, name) -> Update, None where the weight does not move
    later: bool = False  # whether gradients are kept until all are known, as a norm of them is wanted
    nodes: list[Node] = field(default_factory=list)

    def tensor(
        self,
        name: str,
        shape: tuple[int, int, int],
        split: str,
        *,
        step: int | None = None,
        after: FusedOps | None = None,
        learns: bool = False,
    ) -> Tensor:
        """A new tensor of these rows; private where each thread makes it for itself."""
        step = round_up(shape[2]) if step is None else step
        made = Tensor(shape, step, None, split, learns=learns)
        private = split == "all"
        made.buffer = self.plan.buffer(name, self.plan.rows * made.stride, private=private, turns=1 if private else 2)
        if after is not None:
            counted = made.numbers
            made.epilogue, made.dice = after.epilogue(shape[2], counted, step), after.dice if after.rate else ()
            if after.function.keeps_input:
                made.kept = self.plan.buffer(f"{name}_before", self.plan.rows * made.stride, private=private)
        return made

    def weight(
        self,
        layer: int,
        name: str,
        shape: tuple,
        rows: tuple | None = None,
        private: bool = False,
        kind: str = "params",
        **how: bool,
    ) -> Weight:
        """A layer's variable, with what its optimizer keeps beside it; or a part of its 'state', which no optimizer moves."""
        rule = self.updates(layer, name) if self.learn and kind == "params" else None
        made = Weight(layer, name, shape, rows, {}, kind, rule=rule, update=rule, **how)
        for array in rule.arrays if rule is not None else ("w",):
            made.buffers[array] = self.plan.buffer(f"{name}{layer}.{array}", made.size, private=private)
        if rule is not None and self.later:
            made.gradient, made.update = self.plan.buffer(f"d_{name}{layer}", made.size, private=private), Keep()
        self.plan.weights.append(made)
        return made

    def gradient(self, tensor: Tensor) -> None:
        """Room for a tensor's gradient, the same shape, where it is wanted."""
        if tensor.grad is None:
            tensor.grad = self.plan.buffer(
                f"d_{tensor.buffer.name}", self.plan.rows * tensor.stride, private=tensor.buffer.private
            )

    def transposed(self, tensor: Tensor) -> None:
        """Room for a gradient with its rows in the lanes."""
        if tensor.transposed is None:
            tensor.transposed = self.plan.buffer(
                f"d_{tensor.buffer.name}_turned", self.plan.rows * tensor.stride, private=tensor.buffer.private
            )


def of_tensor(step: Any, tensor: Tensor) -> dict[str, Value]:
    """An epilogue's arguments: the result, what is kept in its place, the key of its dice."""
    h = step.at(tensor.buffer)
    kept = step.at(tensor.kept) if tensor.kept is not None else h
    a, b = step.key(tensor.dice) if tensor.dice else (0, 0)
    return {"h": h, "kept": kept, "key_a": a, "key_b": b}


def arrays(step: Any, weight: Weight) -> dict[str, Value]:
    """An update's arguments: the weight, what is kept beside it, the step's numbers; or only where its gradient is kept."""
    if weight.gradient is not None:
        return {"w": step.at(weight.gradient)}
    return {name: step.at(buffer) for name, buffer in weight.buffers.items()} | {"s": step.numbers}


def held(weight: Weight, part: str) -> list[tuple[Buffer, str]]:
    """What an update writes, as a task's accesses: a weight and all that is kept beside it, or its gradient."""
    if weight.gradient is not None:
        return [(weight.gradient, part)]
    return [(buffer, part) for buffer in weight.buffers.values()]


def walk(tensors: Sequence[Tensor], by_pixel: bool = False, by_line: bool = False) -> Walk:
    """Through tensors of one height and width at once, in as long runs as they all allow; a run is a pixel, a line or an example.

    by_line: not longer than a line. by_pixel: not longer than a pixel; so it must be where the tensors differ in their channels, of
    which the first one's count.
    """
    h, w, c = tensors[0].shape
    packed = all(x.step == c for x in tensors)
    if not by_pixel and (packed or h == w == 1) and not (by_line and h * w > 1):
        lines, pixels, width = 1, 1, h * w * c
        rooms = [True] * len(tensors)
    elif not by_pixel and packed:
        lines, pixels, width = h, 1, w * c
        rooms = [False] * len(tensors)
    else:
        lines, pixels, width = h, w, c
        rooms = [x.step >= round_up(x.shape[2]) or h == w == 1 for x in tensors]
    places = zip(tensors, rooms, strict=True)
    return Walk(lines, pixels, width, tuple(Place(x.stride, x.pitch, x.step, room) for x, room in places))


def ranges(step: Any, through: Walk, split: str, whole: bool = False) -> dict[str, Value]:
    """A thread's examples and vectors, by the names of a kernel's arguments."""
    r0, r1 = step.row_range(split, whole)
    p0, p1 = step.range(through.vectors, "cols" if split == "cols" else "all")
    return {"r0": r0, "r1": r1, "p0": p0, "p1": p1}


def finish_gradient(plan: Plan, y: Tensor) -> None:
    """When all readers have written y's gradient, take it through y's epilogue and turn it, as far as no reader did.

    Every node's maker has this done before its own backward tasks.
    """
    if y.grad is None:
        return
    split = "all" if y.grad.private else "cols" if y.shape[:2] == (1, 1) and y.split == "cols" else "rows"
    if y.readers != 1 and (y.epilogue.rate or y.epilogue.function is not LINEAR):

        def through_epilogue(step: Any) -> None:
            through = walk([y, y])
            made = elementwise.backward(step.module, COPY, 0, through, y.epilogue, add=False)
            d, x = step.at(y.grad), step.at(y.buffer)
            step.call(
                made,
                d=d,
                dx=d,
                x0=x,
                count=step.row_count,
                **ranges(step, through, split, whole=True),
                **of_tensor(step, y),
            )

        kept = [(buffer, split) for buffer in (y.buffer, y.kept) if buffer is not None]
        plan.task("d before epilogue", split, [(y.grad, split), *kept], [(y.grad, split)], through_epilogue)
    if y.transposed is not None and not y.transposed_by_reader:
        part = "all" if y.transposed.private else "cols"

        def turn(step: Any) -> None:
            columns = round_up(y.shape[2])
            p0, p1 = step.range(columns // WIDTH, part)
            made = elementwise.turn(step.module, step.plan.rows, columns, y.stride)
            step.call(made, a=step.at(y.grad), out=step.at(y.transposed), p0=p0, p1=p1)

        plan.task("d turned", part, [(y.grad, part)], [(y.transposed, part)], turn)
