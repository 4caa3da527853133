"""Node: a layer's part in a plan: which ops it does forward and backward, on which buffers, and how threads share them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dragonet.engines.native.lowering.calls import Unsupported
from dragonet.engines.native.ops.activations import Epilogue
from dragonet.engines.native.ops.dense import TransposeGradient
from dragonet.engines.native.ops.elementwise import EpilogueGradient
from dragonet.engines.native.ops.layout import PARTS, Panels, round_up
from dragonet.engines.native.ops.sums import ApplySum, ClearSums, PartialSums
from dragonet.engines.native.ops.tensors import Buffer, BufferSlice, Tensor, Weight
from dragonet.engines.native.ops.update import Update
from dragonet.engines.native.plan.costs import Costs
from dragonet.engines.native.plan.step_plan import Access, Plan


class Node:
    """One layer's part. `forward` and `backward` add their tasks to the plan, backward in the opposite order."""

    inputs: list[Tensor]
    output: Tensor

    def settle(self) -> None:
        """Decide what was left open until all readers of the output are known; the last nodes are asked first."""

    def forward(self, plan: Plan) -> None:
        """The tasks that make the output."""
        raise NotImplementedError

    def needs_transposed(self) -> bool:
        """Whether its backward tasks read the output's gradient with the rows in the lanes."""
        return False

    def backward(self, plan: Plan) -> None:
        """The tasks that take the output's gradient to the inputs' and the weights'."""


@dataclass(eq=False)
class Build:
    """What nodes are made in: the plan, the target's costs, whether the plan learns, and how weights are updated.

    updates: a function (layer, name) -> Update, None for a weight that does not move. keeps_gradients: whether gradients are kept
    until all are known, as a norm of them is wanted. uses: how often each layer is used; the gradients of one that is used more
    often are added before its weights move.
    """

    plan: Plan
    costs: Costs
    learn: bool
    updates: Callable[[int, str], Update | None] | None = None
    keeps_gradients: bool = False
    uses: Counter = field(default_factory=Counter)
    nodes: list[Node] = field(default_factory=list)
    shared: dict[tuple[int, str], "SharedWeight"] = field(default_factory=dict)
    nodes_of: dict[int, list[Any]] = field(default_factory=dict)  # of layers whose uses have to know each other

    def tensor(
        self,
        name: str,
        shape: tuple[int, int, int],
        split: str,
        *,
        pixel_stride: int | None = None,
        after: Epilogue | None = None,
        needs_gradient: bool = False,
    ) -> Tensor:
        """A new tensor of these rows; private where each thread makes it for itself. after: its epilogue."""
        stride = round_up(shape[2]) if pixel_stride is None else pixel_stride
        private = split == "all"
        tensor = Tensor(shape, stride, Buffer(name, 0), split, after, needs_gradient=needs_gradient)
        size = self.plan.rows * tensor.row_stride
        tensor.buffer = self.plan.buffer(name, size, private=private, turns=1 if private else 2)
        if after is not None and after.activation.keeps_input:
            tensor.pre_activation = self.plan.buffer(f"{name}_before", size, private=private)
        return tensor

    def is_shared(self, layer: int) -> bool:
        """Whether a layer that learns is used more than once."""
        return self.learn and self.uses[layer] > 1

    def moves(self, layer: int, name: str) -> bool:
        """Whether an optimizer moves this variable of a layer."""
        return self.updates is not None and self.updates(layer, name) is not None

    def weight(
        self,
        layer: int,
        name: str,
        shape: tuple[int, ...],
        matrix: Panels | None = None,
        private: bool = False,
        kind: str = "params",
        is_transposed: bool = False,
    ) -> Weight:
        """A layer's variable, with what its optimizer keeps beside it; or a part of its 'state', which no optimizer moves."""
        if (layer, name) in self.shared:
            return self.shared[layer, name].next_use(self.plan, matrix, private, is_transposed)
        update = self.updates(layer, name) if self.updates is not None and kind == "params" else None
        weight = Weight(layer, name, shape, matrix, {}, kind, update=update, is_transposed=is_transposed)
        for array in update.arrays if update is not None else ("w",):
            weight.buffers[array] = self.plan.buffer(f"{name}{layer}.{array}", weight.size, private=private)
        if update is not None and self.keeps_gradients:
            weight.gradient = self.plan.buffer(f"d_{name}{layer}", weight.size, private=private)
        self.plan.weights.append(weight)
        if not self.is_shared(layer):
            return weight
        self.shared[layer, name] = shared = SharedWeight(weight, self.uses[layer])
        return shared.next_use(self.plan, matrix, private, is_transposed)

    def buffer_of(self, weight: Weight | None, numbers: int) -> Buffer:
        """Where a vector lies; zeros for one that a layer has not."""
        if weight is None:
            return self.plan.buffer("nothing", round_up(numbers), private=True)
        return weight.buffers["w"]

    def gradient(self, tensor: Tensor) -> Buffer:
        """Room for a tensor's gradient, the same shape; made where there is none yet."""
        if tensor.gradient is None:
            tensor.gradient = self._room(tensor, f"d_{tensor.buffer.name}")
        return tensor.gradient

    def transposed(self, tensor: Tensor) -> Buffer:
        """The same for a gradient with its rows in the lanes."""
        if tensor.transposed is None:
            tensor.transposed = self._room(tensor, f"d_{tensor.buffer.name}_transposed")
        return tensor.transposed

    def _room(self, tensor: Tensor, name: str) -> Buffer:
        return self.plan.buffer(name, self.plan.rows * tensor.row_stride, private=tensor.buffer.private)

    def partial_sums(self, name: str, size: int) -> PartialSums:
        """Room for sums that all threads add up together."""
        own = self.plan.buffer(f"{name}_own", PARTS * size, private=True)
        sums = PartialSums(size, own, self.plan.buffer(name, PARTS * size, turns=2))
        self.plan.beginnings.append(ClearSums(sums))
        return sums


class SharedWeight:
    """A weight of a layer that is used more than once: each use stores its gradient, and the optimizer applies their sum."""

    def __init__(self, weight: Weight, uses: int):
        self.weight, self.uses, self.used = weight, uses, 0
        self.gradients: Buffer | None = None

    def next_use(self, plan: Plan, matrix: Panels | None, private: bool, is_transposed: bool) -> Weight:
        """The weight for the next use of its layer, with a gradient buffer of its own.

        Raises Unsupported where that use needs it in another layout.
        """
        weight = self.weight
        layout = matrix, private, is_transposed
        if (weight.matrix, weight.buffers["w"].private, weight.is_transposed) != layout:
            raise Unsupported("a layer that is used twice, on inputs of different layouts")
        if weight.update is None:
            return weight
        if self.gradients is None:
            name = f"d_{weight.name}{weight.layer}_uses"
            self.gradients = plan.buffer(name, self.uses * weight.size, private=private)
        self.used += 1
        return weight.with_gradient(BufferSlice(self.gradients, weight.size, self.used - 1))

    def backward(self, plan: Plan) -> None:
        """The task that adds the uses' gradients, once all are known.

        A thread's share of a matrix's numbers is not its share of the matrix's columns, so that others may read what it writes.
        """
        weight, gradients = self.weight, self.gradients
        if gradients is None:
            return
        part = "all" if gradients.private else "cols"
        writes = [(buffer, "all") for buffer in weight.moved]
        op = ApplySum(weight, gradients, self.uses, weight.size)
        plan.task(f"d {weight.name} of {self.uses} uses", part, [(gradients, "all")], writes, op)


def moved(weight: Weight, part: str) -> list[Access]:
    """What the op that has a weight's gradient writes, as a task's accesses."""
    return [(buffer, part) for buffer in weight.moved]


def accesses(tensor: Tensor, part: str) -> list[Access]:
    """A tensor and what is kept beside it, as a task's accesses."""
    return [(buffer, part) for buffer in tensor.buffers]


def finish_gradient(plan: Plan, y: Tensor) -> None:
    """When all readers have written y's gradient, take it through y's epilogue and transpose it, as far as no reader did.

    Every node's maker has this done before its own backward tasks.
    """
    if y.gradient is None:
        return
    split = "cols" if y.shape[:2] == (1, 1) and y.split == "cols" else "rows"
    split = "all" if y.gradient.private else split
    gradient = [(y.gradient, split)]
    if y.reader_count != 1 and not y.is_bare:
        plan.task("d before epilogue", split, gradient + accesses(y, split), gradient, EpilogueGradient(y))
    if y.transposed is not None and not y.transposed_by_reader:
        part = "all" if y.transposed.private else "cols"
        plan.task("d transposed", part, [(y.gradient, part)], [(y.transposed, part)], TransposeGradient(y))
