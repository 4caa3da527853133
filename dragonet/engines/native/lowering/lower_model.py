"""Lowering: from a model's graph, losses and optimizer to a plan, or to a sentence on why there is none."""

from typing import Any

from dragonet import activations, layers
from dragonet.engines.native.cpu.kernels import functions
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.cpu.kernels.functions import LINEAR, Function
from dragonet.engines.native.cpu.kernels.update import Update
from dragonet.engines.native.lowering.calls import Call, Unsupported, calls, image
from dragonet.engines.native.lowering.layer_rules import NODES, function_of
from dragonet.engines.native.lowering.nodes import norms
from dragonet.engines.native.lowering.nodes.base import Build, FusedOps, finish_gradient
from dragonet.engines.native.lowering.nodes.elementwise import Reshape
from dragonet.engines.native.lowering.nodes.io import Input, Loss, Output
from dragonet.engines.native.lowering.objectives import (
    NUMBER_BY_NUMBER,
    check_optimizer,
    counted_metrics,
    loss_kernel,
    update_of,
)
from dragonet.engines.native.plan.step_plan import Plan, Tensor


class Lowering:
    """One graph on its way to a plan."""

    def __init__(
        self,
        graph: Any,
        rows: int,
        *,
        learn: bool,
        logits: list[bool],
        x_dtypes: list[str],
        updates: Any = None,
        frozen: tuple[bool, ...] = (),
    ):
        self.graph, self.plan = graph, Plan("train" if learn else "test", rows, learn)
        self.build = Build(self.plan, learn, updates)
        self.calls, self.inputs, self.outputs = calls(graph)
        self.learn, self.logits, self.x_dtypes, self.frozen = learn, logits, x_dtypes, frozen
        self.readers: dict[int, list[Call]] = {}
        for call in self.calls:
            for value in call.inputs:
                self.readers.setdefault(value, []).append(call)
        twice = len({call.place for call in self.calls}) < len(self.calls)
        if twice and learn:
            raise Unsupported("a layer that is used twice")
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
        """Raises Unknown for what no node does."""
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
        node = Input(self.build, index, shape, self.x_dtypes[index], "gather" if self.learn else "all")
        self.tensors[value] = self._made(node, value)

    def _made(self, node: Any, value: int) -> Tensor:
        self.build.nodes.append(node)
        node.output.readers = len(self.readers.get(value, ())) + self.outputs.count(value)
        return node.output

    def after(self, call: Call, function: Function) -> tuple[FusedOps, int]:
        """What is done as the results of this layer are stored: its activation and the layers behind it that allow for that."""
        after, value = FusedOps(function), call.output
        while len(self.readers.get(value, ())) == 1 and self.outputs.count(value) == 0:
            behind = self.readers[value][0]
            follows = function_of(behind.layer)
            if type(behind.layer) in (layers.Dropout, layers.Flatten) and not after.rate:
                if type(behind.layer) is layers.Dropout and self.learn and behind.layer.rate:
                    after.rate, after.dice = behind.layer.rate, self.dice(behind)
            elif follows is not None and after.function is LINEAR and not after.rate:
                after.function = follows
            else:
                break
            self.check(behind)
            self.absorbed.add(id(behind))
            value = behind.output
        return after, value

    def dice(self, call: Call) -> tuple[int, ...]:
        """What is folded into the step's key for this layer's dice."""
        if getattr(call.layer, "noise_shape", None) is not None:
            raise Unsupported(f"the noise_shape of {call.layer.name!r}")
        return (call.position,) if call.layer.seed is None else (call.position, call.layer.seed)

    def fused(self, call: Call) -> bool:
        """Whether the loss, or the output, takes over what this layer does last."""
        return bool(self.outputs.count(call.output)) and self.logits[self.outputs.index(call.output)]

    def activation(self, call: Call) -> Function:
        """The layer's own activation; none where the loss takes it over."""
        if self.fused(call):
            return LINEAR
        f = functions.of_activation(call.layer.activation)
        if f is None:
            raise Unsupported(f"the activation of {call.layer.name!r}")
        return f

    def in_a_row(self, z: Tensor, value: int) -> Tensor:
        """An output as a loss reads it."""
        if z.shape[:2] == (1, 1):
            return z
        node = Reshape(self.build, z, (1, 1, z.numbers))
        if not node.possible:
            raise Unsupported(f"a loss on outputs of shape {z.shape}")
        return self._made(node, value)

    def made(self, node: Any, value: int, call: Call) -> Tensor:
        """Note a node; the value that its output is, and every one that was absorbed on the way."""
        tensor = self._made(node, value)
        self.tensors[value] = tensor
        self.tensors[call.output] = tensor
        return tensor


def training_plan(
    objective: Any,
    rows: int,
    x_dtypes: list[str],
    y_dtypes: list[str],
    weighted: list[bool],
    trainable: tuple[bool, ...],
) -> Plan:
    """The plan of a step of learning."""
    graph, optimizer = objective.graph, objective.optimizer
    check_optimizer(optimizer)
    if any(out.loss is None for out in objective.outputs):
        raise Unsupported("an output without a loss")

    def updates(place: int, name: str) -> Update | None:
        layer = graph.flat[place]
        if trainable[place]:
            return update_of(optimizer, layer, name)
        if layer.regularizers():
            raise Unsupported(f"the regularizer of {layer.name!r}, which is frozen")
        return None

    fused = [out.fused is not None for out in objective.outputs]
    chain = {layers.Dense, layers.Dropout, layers.Activation, layers.InputLayer}
    room = (
        1 if rows == 1 and {type(layer) for layer in graph.layers} <= chain and _unbranched(graph) else round_up(rows)
    )
    lowering = Lowering(graph, room, learn=True, logits=fused, x_dtypes=x_dtypes, updates=updates, frozen=trainable)
    lowering.build.later = optimizer.clipnorm is not None or optimizer.global_clipnorm is not None
    lowering.run()
    _ends(lowering, objective, y_dtypes, weighted)
    plan = _finished(lowering)
    if lowering.build.later:
        norms.add_shortened(plan, optimizer)
    plan.synchronise()
    return plan


def _unbranched(graph: Any) -> bool:
    """Whether the layers follow one another, each reading the one before."""
    return len(graph.input_list) == len(graph.output_list) == 1 and len(graph.layers) == len(graph.nodes) + 1


def testing_plan(
    graph: Any, rows: int, x_dtypes: list[str], objective: Any = None, y_dtypes: Any = (), weighted: Any = ()
) -> Plan:
    """The plan of a test, or where there is no objective, of a prediction."""
    last = [tensor.node.layer if tensor.node is not None else None for tensor in graph.output_list]
    softmax = [getattr(layer, "activation", None) is activations.softmax for layer in last]
    fused = [out.fused is not None for out in objective.outputs] if objective else softmax
    lowering = Lowering(graph, rows, learn=False, logits=fused, x_dtypes=x_dtypes).run()
    if objective is not None:
        _ends(lowering, objective, y_dtypes, weighted)
        return _finished(lowering)
    results = [lowering.tensors[value] for value in lowering.outputs]
    lowering.build.nodes += [Output(i, y, softmax[i]) for i, y in enumerate(results)]
    plan = _finished(lowering)
    plan.results = results
    return plan


def _ends(lowering: Lowering, objective: Any, y_dtypes: Any, weighted: Any) -> None:
    for index, (value, out) in enumerate(zip(lowering.outputs, objective.outputs, strict=True)):
        if out.loss is None:
            continue
        z = lowering.tensors[value]
        if z.readers > 1:
            raise Unsupported("a loss on an output that another layer reads too")
        shape = tuple(lowering.graph.output_list[index].shape[1:])
        z = lowering.in_a_row(z, value)
        function = z.epilogue.function if not out.fused else None
        if z.epilogue.rate or (function is not None and function.keeps_input):
            raise Unsupported("a dropout, gelu or silu as the last layer")
        spec = loss_kernel(out, z.shape[2], function, weighted[index])
        if len(shape) > 1 and (spec.kind not in NUMBER_BY_NUMBER or spec.predict):
            raise Unsupported(f"such a loss, or such a metric, on outputs of shape {shape}")
        node = Loss(lowering.build, index, z, spec, out.weight, y_dtypes[index])
        node.counted = tuple(counted_metrics(out, weighted[index]))
        lowering.build.nodes.append(node)


def _finished(lowering: Lowering) -> Plan:
    plan, nodes = lowering.plan, lowering.build.nodes
    for node in reversed(nodes):
        node.settle()
    for node in nodes:
        node.forward(plan)
    plan.checked = len(plan.tasks)
    if lowering.learn:
        for node in nodes:
            wants = getattr(node, "wants_transposed", None)
            if wants is not None and wants():
                lowering.build.transposed(node.output)
        norms.add_penalties(plan)
        for node in reversed(nodes):
            if not isinstance(node, Loss):
                finish_gradient(plan, node.output)
            node.backward(plan)
    plan.losses = [node for node in nodes if isinstance(node, Loss)]
    return plan
