"""Lowering: from a model's graph, losses and optimizer to a plan, or to a sentence on why there is none."""

from typing import Any

from dragonet import activations, layers
from dragonet.engines.native.lowering.calls import Unsupported
from dragonet.engines.native.lowering.lowering import Lowering
from dragonet.engines.native.lowering.nodes import norms
from dragonet.engines.native.lowering.nodes.base import finish_gradient
from dragonet.engines.native.lowering.nodes.io import LossNode, OutputNode
from dragonet.engines.native.lowering.objectives import (
    NUMBER_BY_NUMBER,
    check_optimizer,
    counted_metrics,
    loss_kind,
    update_of,
)
from dragonet.engines.native.ops.activations import LINEAR
from dragonet.engines.native.ops.layout import round_up
from dragonet.engines.native.ops.update import Update
from dragonet.engines.native.plan.barriers import synchronize
from dragonet.engines.native.plan.costs import Costs
from dragonet.engines.native.plan.step_plan import Plan


def training_plan(
    objective: Any,
    rows: int,
    x_dtypes: list[str],
    y_dtypes: list[str],
    weighted: list[bool],
    trainable: tuple[bool, ...],
    costs: Costs,
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
    lowering = Lowering(
        graph, room, costs, learn=True, logits=fused, x_dtypes=x_dtypes, updates=updates, frozen=trainable
    )
    lowering.build.keeps_gradients = optimizer.clipnorm is not None or optimizer.global_clipnorm is not None
    lowering.run()
    _ends(lowering, objective, y_dtypes, weighted)
    plan = _finished(lowering)
    if lowering.build.keeps_gradients:
        norms.add_clipped_updates(plan, optimizer)
    synchronize(plan)
    return plan


def _unbranched(graph: Any) -> bool:
    """Whether the layers follow one another, each reading the one before."""
    return len(graph.input_list) == len(graph.output_list) == 1 and len(graph.layers) == len(graph.nodes) + 1


def testing_plan(
    graph: Any,
    rows: int,
    x_dtypes: list[str],
    costs: Costs,
    objective: Any = None,
    y_dtypes: Any = (),
    weighted: Any = (),
) -> Plan:
    """The plan of a test, or where there is no objective, of a prediction."""
    last = [tensor.node.layer if tensor.node is not None else None for tensor in graph.output_list]
    softmax = [getattr(layer, "activation", None) is activations.softmax for layer in last]
    fused = [out.fused is not None for out in objective.outputs] if objective else softmax
    lowering = Lowering(graph, rows, costs, learn=False, logits=fused, x_dtypes=x_dtypes).run()
    if objective is not None:
        _ends(lowering, objective, y_dtypes, weighted)
        return _finished(lowering)
    results = [lowering.tensors[value] for value in lowering.outputs]
    lowering.build.nodes += [OutputNode(i, y, softmax[i]) for i, y in enumerate(results)]
    plan = _finished(lowering)
    plan.results = results
    return plan


def _ends(lowering: Lowering, objective: Any, y_dtypes: Any, weighted: Any) -> None:
    for index, (value, out) in enumerate(zip(lowering.outputs, objective.outputs, strict=True)):
        if out.loss is None:
            continue
        z = lowering.tensors[value]
        if z.reader_count > 1:
            raise Unsupported("a loss on an output that another layer reads too")
        shape = tuple(lowering.graph.output_list[index].shape[1:])
        z = lowering.in_a_row(z, value)
        rate = z.epilogue.rate if z.epilogue is not None else 0.0
        activation = z.epilogue.activation if z.epilogue is not None else LINEAR
        if rate or (activation.keeps_input and not out.fused):
            raise Unsupported("a dropout, gelu or silu as the last layer")
        kind = loss_kind(out, z.shape[2], None if out.fused else activation, weighted[index])
        if len(shape) > 1 and (kind.kind not in NUMBER_BY_NUMBER or kind.predict):
            raise Unsupported(f"such a loss, or such a metric, on outputs of shape {shape}")
        names = tuple(counted_metrics(out, weighted[index]))
        node = LossNode(lowering.build, index, z, kind, out.weight, y_dtypes[index], names)
        lowering.build.nodes.append(node)


def _finished(lowering: Lowering) -> Plan:
    plan, build = lowering.plan, lowering.build
    for node in reversed(build.nodes):
        node.settle()
    for node in build.nodes:
        node.forward(plan)
    plan.checked = len(plan.tasks)
    if not lowering.learn:
        return plan
    for node in build.nodes:
        if node.needs_transposed():
            build.transposed(node.output)
    norms.add_penalties(plan)
    for node in reversed(build.nodes):
        if not isinstance(node, LossNode):
            finish_gradient(plan, node.output)
        node.backward(plan)
    for weight in build.shared.values():
        weight.backward(plan)
    return plan
