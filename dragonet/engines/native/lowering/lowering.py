"""A graph on its way to a plan: the nodes of its layers."""

from collections import Counter
from dataclasses import replace
from typing import Any

from dragonet import layers
from dragonet.engines.native.lowering.calls import Call, Unsupported, calls, image
from dragonet.engines.native.lowering.layer_rules import NODES, activation_of
from dragonet.engines.native.lowering.nodes.base import Build, Node
from dragonet.engines.native.lowering.nodes.elementwise import ReshapeNode
from dragonet.engines.native.lowering.nodes.io import InputNode
from dragonet.engines.native.ops.activations import LINEAR, Activation, Epilogue, of_function
from dragonet.engines.native.ops.tensors import Tensor
from dragonet.engines.native.plan.costs import Costs
from dragonet.engines.native.plan.step_plan import Plan


class Lowering:
    """One graph on its way to a plan."""

    def __init__(
        self,
        graph: Any,
        rows: int,
        costs: Costs,
        *,
        learn: bool,
        logits: list[bool],
        x_dtypes: list[str],
        updates: Any = None,
        frozen: tuple[bool, ...] = (),
    ):
        self.graph, self.plan = graph, Plan("train" if learn else "test", rows, learn)
        self.calls, self.inputs, self.outputs = calls(graph)
        self.build = Build(self.plan, costs, learn, updates, uses=Counter(call.place for call in self.calls))
        self.learn, self.logits, self.x_dtypes, self.frozen = learn, logits, x_dtypes, frozen
        self.readers: dict[int, list[Call]] = {}
        for call in self.calls:
            for value in call.inputs:
                self.readers.setdefault(value, []).append(call)
        self.tensors: dict[int, Tensor] = {}
        self.absorbed: set[int] = set()

    def run(self) -> "Lowering":
        """Make all nodes, in running order."""
        for index, value in enumerate(self.inputs):
            shape = image(tuple(self.graph.input_list[index].shape[1:]), "an input")
            self._input(index, value, shape)
        for call in self.calls:
            if id(call) not in self.absorbed:
                kind = type(call.layer)
                make = NODES.get(kind)
                if make is None:
                    raise Unsupported(f"the layer {call.layer.name!r} ({kind.__name__})")
                self.check(call)
                self.tensors[call.output] = make(self, call)
        return self

    def check(self, call: Call) -> None:
        """Raises Unsupported for what no node does."""
        layer = call.layer
        if getattr(layer, "activity_regularizer", None) is not None:
            raise Unsupported(f"the activity_regularizer of {layer.name!r}")
        if self.learn and any(limit is not None for limit in layer.constraints().values()):
            raise Unsupported(f"the constraint of {layer.name!r}")
        if getattr(layer, "data_format", None) == "channels_first":
            raise Unsupported(f"channels_first in {layer.name!r}")

    def _input(self, index: int, value: int, shape: tuple[int, int, int]) -> None:
        """An input, in the shape that the reshaping layers right behind it give it."""
        while len(self.readers.get(value, ())) == 1 and type(self.readers[value][0].layer) in (
            layers.Reshape,
            layers.Flatten,
        ):
            call = self.readers[value][0]
            self.absorbed.add(id(call))
            shape, value = image(call.shape, f"the layer {call.layer.name!r}"), call.output
        node = InputNode(self.build, index, shape, self.x_dtypes[index], "gather" if self.learn else "all")
        self.tensors[value] = self._append(node, value)

    def _append(self, node: Node, value: int) -> Tensor:
        self.build.nodes.append(node)
        node.output.reader_count = len(self.readers.get(value, ())) + self.outputs.count(value)
        return node.output

    def after(self, call: Call, activation: Activation) -> tuple[Epilogue, int]:
        """The epilogue of this layer: its activation and the layers behind it that can be fused; and the last fused value."""
        after, value = Epilogue(activation), call.output
        while len(self.readers.get(value, ())) == 1 and self.outputs.count(value) == 0:
            behind = self.readers[value][0]
            follows = activation_of(behind.layer)
            if type(behind.layer) in (layers.Dropout, layers.Flatten) and not after.rate:
                if type(behind.layer) is layers.Dropout and self.learn and behind.layer.rate:
                    after = replace(after, rate=behind.layer.rate, rng=self.rng(behind))
            elif follows is not None and after.is_identity:
                after = replace(after, activation=follows)
            else:
                break
            self.check(behind)
            self.absorbed.add(id(behind))
            value = behind.output
        return after, value

    def rng(self, call: Call) -> tuple[int, ...]:
        """The numbers folded into the step's key for this layer's random bits."""
        if getattr(call.layer, "noise_shape", None) is not None:
            raise Unsupported(f"the noise_shape of {call.layer.name!r}")
        return (call.position,) if call.layer.seed is None else (call.position, call.layer.seed)

    def fused(self, call: Call) -> bool:
        """Whether the loss, or the output, applies this layer's last activation."""
        return bool(self.outputs.count(call.output)) and self.logits[self.outputs.index(call.output)]

    def activation(self, call: Call) -> Activation:
        """The layer's own activation; linear where the loss applies it."""
        if self.fused(call):
            return LINEAR
        activation = of_function(call.layer.activation)
        if activation is None:
            raise Unsupported(f"the activation of {call.layer.name!r}")
        return activation

    def in_a_row(self, z: Tensor, value: int) -> Tensor:
        """An output as a single row per example, as losses read it."""
        if z.shape[:2] == (1, 1):
            return z
        node = ReshapeNode(self.build, z, (1, 1, z.numbers))
        if not node.is_possible:
            raise Unsupported(f"a loss on outputs of shape {z.shape}")
        return self._append(node, value)

    def add_node(self, node: Node, value: int, call: Call) -> Tensor:
        """Append a node; its output stands for `value` and for the call's own output."""
        tensor = self._append(node, value)
        self.tensors[value] = tensor
        self.tensors[call.output] = tensor
        return tensor
