"""The arguments of `compile`, and the objective that they become once the shapes of outputs and targets are known."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from dragonet import activations, losses, metrics, optimizers
from dragonet.core import arguments, checks, errors
from dragonet.engines import ENGINES
from dragonet.training.data.arrays import per_output
from dragonet.training.objectives.check import check_members
from dragonet.training.objectives.keras_step import KerasStep
from dragonet.training.objectives.logits import fused_activation
from dragonet.training.objectives.protocol import Objective
from dragonet.training.objectives.supervised import Output, Supervised


@dataclasses.dataclass
class CompileArgs:
    """The arguments of `compile`, checked; the optimizer as an object."""

    optimizer: Any
    loss: Any = None
    loss_weights: Any = None
    metrics: Any = None
    weighted_metrics: Any = None
    engine: str = "auto"
    own_objective: Objective | None = None  # that was passed instead of a loss
    as_passed: dict[str, Any] = dataclasses.field(default_factory=dict)
    # For outputs of these names; needed for each batch.
    _losses: tuple[list, list] | None = dataclasses.field(default=None, init=False, repr=False, compare=False)

    def losses_for(self, names: list[str]) -> list:
        """A Loss (or None) for each output; a single one serves all."""
        if self._losses is None or self._losses[0] != names:
            nest = self.loss if isinstance(self.loss, Mapping | list | tuple) else [self.loss] * len(names)
            leaves = per_output(list_or_dict(nest), names, "loss")
            self._losses = list(names), [None if loss is None else losses.as_loss(loss) for loss in leaves]
        return self._losses[1]

    def plain_outputs(self, model: Any, y: list[Any]) -> list[Output]:
        """How each output is scored, from probabilities and not from logits, for a model that makes its own steps."""
        if self.loss is None and self.metrics is None and self.weighted_metrics is None:
            return []
        names, shapes = model.target_names, [tensor.shape for tensor in model.outputs]
        losses, weights = self.losses_for(names), _weights(self.loss_weights, names)
        plain, weighted = _metrics(self.metrics, names), _metrics(self.weighted_metrics, names)
        targets = [*y, *[None] * (len(names) - len(y))]
        scored = [_as_metrics(plain[i], weighted[i], targets[i], shape) for i, shape in enumerate(shapes)]
        return [Output(name, losses[i], weights[i], *scored[i]) for i, name in enumerate(names)]

    def objective(self, model: Any, y: list[np.ndarray | None]) -> Objective:
        """The step's objective for targets of these shapes; without its metrics where there are no targets."""
        if self.own_objective is not None:
            return self.own_objective
        if model.has_own_steps:
            model.begin_steps(y)
            return KerasStep(model, model.training_state.data_structure)
        graph, names = model.graph, model.target_names
        output_losses = self.losses_for(names)
        if all(loss is None for loss in output_losses):
            raise errors.value_error(
                "The model",
                "a loss",
                "none",
                "Write compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy']).",
            )
        weights = _weights(self.loss_weights, names)
        plain, weighted = _metrics(self.metrics, names), _metrics(self.weighted_metrics, names)
        outputs = [
            _output(graph, tensor, names[i], loss, weights[i], plain[i], weighted[i], y[i])
            for i, (tensor, loss) in enumerate(zip(graph.output_list, output_losses, strict=True))
        ]
        if self.optimizer.not_decayed[0]:  # names of variables
            self.optimizer.layer_names = tuple(layer.name for layer in graph.flat)
        return Supervised(graph, outputs, self.optimizer)


def compile_args(
    optimizer: Any, loss: Any, loss_weights: Any, metrics_: Any, weighted_metrics: Any, objective: Any, engine: str
) -> CompileArgs:
    """Look every name up now, so that a misspelt one is reported where it was written."""
    as_passed = {
        "optimizer": optimizer,
        "loss": loss,
        "loss_weights": loss_weights,
        "metrics": metrics_,
        "weighted_metrics": weighted_metrics,
    }
    checks.one_of("compile", "engine", engine, ENGINES)
    if objective is not None:
        return _own(objective, as_passed, engine)
    if not arguments.fits(loss_weights, float | Sequence | Mapping | None):
        raise errors.type_error(
            "compile", "loss_weights to be a number, or a list or dict of them", errors.short_repr(loss_weights)
        )
    for leaf in _leaves(loss):
        losses.as_loss(leaf)
    for leaf in (*_leaves(metrics_), *_leaves(weighted_metrics)):
        if not (isinstance(leaf, str) and leaf == "loss"):
            metrics.as_metric(leaf, (None, 1), (None, 1))
    parts = (optimizers.get(optimizer), loss, loss_weights, metrics_, weighted_metrics)
    return CompileArgs(*parts, engine=engine, as_passed=as_passed)


def check_ignored(steps_per_execution: Any, jit_compile: Any) -> None:
    """Check the arguments that are taken for Keras's sake alone."""
    if not arguments.fits(jit_compile, bool | Literal["auto"]):
        needs = "jit_compile to be True, False or 'auto'"
        raise errors.type_error("compile", needs, errors.short_repr(jit_compile))
    if not (isinstance(steps_per_execution, str) and steps_per_execution == "auto"):
        checks.whole("compile", "steps_per_execution", steps_per_execution)


def _own(objective: Any, as_passed: dict[str, Any], engine: str) -> CompileArgs:
    """The arguments where the user brings an objective, which has its own losses, optimizers and metrics."""
    check_members("compile(objective=...)", objective)
    beside = [name for name, value in as_passed.items() if name != "optimizer" and value is not None]
    if beside:
        raise errors.value_error(
            "compile(objective=...)",
            "no other argument, as the objective has its own losses and metrics",
            f"{' and '.join(beside)} too",
            "Leave out the one or the other.",
        )
    return CompileArgs(
        getattr(objective, "optimizer", None),
        engine=engine,
        own_objective=objective,
        as_passed={"objective": objective},
    )


def list_or_dict(nest: Any) -> Any:
    """A list of one loss for one output is that loss."""
    return nest[0] if isinstance(nest, list | tuple) and len(nest) == 1 else nest


def _output(
    graph: Any, tensor: Any, name: str, loss: Any, weight: float, plain: list, weighted: list, y: np.ndarray | None
) -> Output:
    """How one output is scored; plain, weighted: its metrics without and with the sample weights."""
    activation = _last_activation(graph, tensor)
    if loss is not None:
        checks.last_layer(loss, activation, tensor.shape)
    by_name, weighted_names = _as_metrics(plain, weighted, y, tensor.shape)
    # A penalty on the layer's output is of the output itself, which must then be computed.
    is_penalised = getattr(tensor.node.layer, "activity_regularizer", None) is not None
    fused = None if is_penalised else fused_activation(loss, activation)
    if fused and loss is not None:
        loss = dataclasses.replace(loss, from_logits=True)
    return Output(name, loss, weight, by_name, weighted_names, fused)


def _leaves(nest: Any) -> list:
    if isinstance(nest, Mapping):
        return [leaf for item in nest.values() for leaf in _leaves(item)]
    if isinstance(nest, list | tuple):
        return [leaf for item in nest for leaf in _leaves(item)]
    return [] if nest is None else [nest]


def _weights(loss_weights: Any, names: list[str]) -> list[float]:
    if loss_weights is None:
        return [1.0] * len(names)
    nest = [loss_weights] if isinstance(loss_weights, int | float) else loss_weights
    weights = per_output(nest if len(names) > 1 or isinstance(nest, Mapping) else nest[0], names, "loss_weights")
    return [1.0 if w is None else checks.number("compile", "each of loss_weights", w) for w in weights]


def _metrics(nest: Any, names: list[str]) -> list[list]:
    """A list of metrics for each output."""
    if nest is None:
        return [[] for _ in names]
    if isinstance(nest, str) or not isinstance(nest, Mapping | list | tuple):
        nest = [nest]
    if isinstance(nest, Mapping):
        return [_as_list(item) for item in per_output(nest, names, "metrics")]
    if len(names) == 1:
        return [[leaf for item in nest for leaf in _as_list(item)]]
    if len(nest) != len(names):
        raise errors.value_error(
            "compile",
            f"metrics as a list of {len(names)} lists, or a dict, one for each of {names}",
            errors.short_repr(nest),
        )
    return [_as_list(item) for item in nest]


def _as_metrics(plain: list, weighted: list, y: np.ndarray | None, out_shape: tuple) -> tuple[dict, list[str]]:
    """An output's metrics by their names in the history, and the names of those that take the sample weights."""
    by_name: dict[str, Any] = {}
    weighted_names: list[str] = []
    for item, takes_weights in [(item, False) for item in plain] + [(item, True) for item in weighted]:
        if y is None:
            continue
        if item == "loss":
            errors.warn("metrics=['loss'] is not needed: the loss is always reported.")
        else:
            metric = metrics.as_metric(item, y.shape, out_shape)
            name = f"weighted_{metric.name}" if takes_weights and metric.name in by_name else metric.name
            by_name[name] = metric
            if takes_weights:
                weighted_names.append(name)
    return by_name, weighted_names


def _as_list(item: Any) -> list:
    return [] if item is None else list(item) if isinstance(item, list | tuple) else [item]


def _last_activation(graph: Any, tensor: Any) -> Any:
    """The activation of the layer that makes an output, where no other layer reads it."""
    node = tensor.node
    if node is None or node.layer.is_subclassed or not hasattr(node.layer, "activation"):
        return None
    is_read = any(source is tensor for other in graph.nodes for source in other.inputs)
    is_only_output = not is_read and sum(out is tensor for out in graph.output_list) == 1
    return node.layer.activation if is_only_output and callable(node.layer.activation) else activations.linear
