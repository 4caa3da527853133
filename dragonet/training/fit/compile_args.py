"""What `compile` was given, and the objective it becomes once the shapes of the outputs and targets are known."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dragonet import activations, losses, metrics, optimizers
from dragonet.core import arguments, checks, errors
from dragonet.engines import ENGINES
from dragonet.training.data.arrays import per_output
from dragonet.training.objectives.supervised import Output, Supervised, fused_activation


@dataclasses.dataclass
class Compiled:
    """The arguments of `compile`, as objects."""

    optimizer: Any
    loss: Any
    loss_weights: Any
    metrics: Any
    weighted_metrics: Any
    engine: str
    given: dict[str, Any]
    # For outputs of these names; asked for with each batch.
    _losses: tuple[list, list] | None = dataclasses.field(default=None, init=False, repr=False, compare=False)

    def losses_for(self, names: list[str]) -> list:
        """A Loss (or None) for each output; a single one serves all."""
        if self._losses is None or self._losses[0] != names:
            given = self.loss if isinstance(self.loss, Mapping | list | tuple) else [self.loss] * len(names)
            each = per_output(list_or_dict(given), names, "loss")
            self._losses = list(names), [None if one is None else losses.as_loss(one) for one in each]
        return self._losses[1]

    def objective(self, model: Any, y: list[np.ndarray | None]) -> Supervised:
        """The step's objective for targets of these shapes; without its metrics where there are no targets."""
        graph, names = model.graph, model.target_names
        held = self.losses_for(names)
        if all(one is None for one in held):
            raise errors.value_error(
                "The model",
                "a loss",
                "none",
                "Write compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy']).",
            )
        weights = _weights(self.loss_weights, names)
        watched, weighed = _metrics(self.metrics, names), _metrics(self.weighted_metrics, names)
        outputs = []
        for i, (tensor, loss) in enumerate(zip(graph.output_list, held, strict=True)):
            activation = _last_activation(graph, tensor)
            if loss is not None:
                checks.last_layer(loss, activation, tensor.shape)
            made, weighted = _as_metrics(watched[i], weighed[i], y[i], tensor.shape)
            # A penalty on the layer's output is of the output itself, which must then be computed.
            penalised = getattr(tensor.node.layer, "activity_regularizer", None) is not None
            fused = None if penalised else fused_activation(loss, activation)
            if fused:
                loss = dataclasses.replace(loss, from_logits=True)
            outputs.append(Output(names[i], loss, weights[i], made, weighted, fused))
        if self.optimizer.not_decayed[0]:  # told by the names of variables
            self.optimizer.layer_names = tuple(layer.name for layer in graph.flat)
        return Supervised(graph, outputs, self.optimizer)


def compiled(
    optimizer: Any, loss: Any, loss_weights: Any, metrics_: Any, weighted_metrics: Any, engine: str
) -> Compiled:
    """Look every name up now, so that a misspelt one is answered where it was written."""
    given = {
        "optimizer": optimizer,
        "loss": loss,
        "loss_weights": loss_weights,
        "metrics": metrics_,
        "weighted_metrics": weighted_metrics,
    }
    checks.one_of("compile", "engine", engine, ENGINES)
    if not arguments.fits(loss_weights, float | Sequence | Mapping | None):
        raise errors.type_error(
            "compile", "loss_weights to be a number, or a list or dict of them", errors.short_repr(loss_weights)
        )
    for one in _leaves(loss):
        losses.as_loss(one)
    for one in (*_leaves(metrics_), *_leaves(weighted_metrics)):
        if not (isinstance(one, str) and one == "loss"):
            metrics.as_metric(one, (None, 1), (None, 1))
    return Compiled(optimizers.get(optimizer), loss, loss_weights, metrics_, weighted_metrics, engine, given)


def list_or_dict(given: Any) -> Any:
    """A list of one loss for one output is that loss."""
    return given[0] if isinstance(given, list | tuple) and len(given) == 1 else given


def _leaves(nest: Any) -> list:
    if isinstance(nest, Mapping):
        return [leaf for item in nest.values() for leaf in _leaves(item)]
    if isinstance(nest, list | tuple):
        return [leaf for item in nest for leaf in _leaves(item)]
    return [] if nest is None else [nest]


def _weights(given: Any, names: list[str]) -> list[float]:
    if given is None:
        return [1.0] * len(names)
    if isinstance(given, int | float):
        given = [given]
    weights = per_output(given if len(names) > 1 or isinstance(given, Mapping) else given[0], names, "loss_weights")
    return [1.0 if w is None else checks.number("compile", "each of loss_weights", w) for w in weights]


def _metrics(given: Any, names: list[str]) -> list[list]:
    """A list of metrics for each output."""
    if given is None:
        return [[] for _ in names]
    if isinstance(given, str) or not isinstance(given, Mapping | list | tuple):
        given = [given]
    if isinstance(given, Mapping):
        return [_as_list(one) for one in per_output(given, names, "metrics")]
    if len(names) == 1:
        return [[leaf for one in given for leaf in _as_list(one)]]
    if len(given) != len(names):
        raise errors.value_error(
            "compile",
            f"metrics as a list of {len(names)} lists, or a dict, one for each of {names}",
            errors.short_repr(given),
        )
    return [_as_list(one) for one in given]


def _as_metrics(watched: list, weighed: list, y: np.ndarray | None, out_shape: tuple) -> tuple[dict, list[str]]:
    """One output's metrics by their names in the history, and the names of those that take the sample weights."""
    made: dict[str, Any] = {}
    weighted: list[str] = []
    for one, takes_weights in [(one, False) for one in watched] + [(one, True) for one in weighed]:
        if y is None:
            continue
        if one == "loss":
            errors.warn("metrics=['loss'] is not needed: the loss is always reported.")
        else:
            metric = metrics.as_metric(one, y.shape, out_shape)
            name = f"weighted_{metric.name}" if takes_weights and metric.name in made else metric.name
            made[name] = metric
            if takes_weights:
                weighted.append(name)
    return made, weighted


def _as_list(one: Any) -> list:
    return [] if one is None else list(one) if isinstance(one, list | tuple) else [one]


def _last_activation(graph: Any, tensor: Any) -> Any:
    """The activation that an output comes out of, where nothing else reads that layer's output."""
    node = tensor.node
    if node is None or not hasattr(node.layer, "activation") or hasattr(node.layer, "graph"):
        return None
    read = [other for other in graph.nodes for came in other.inputs if came is tensor]
    alone = not read and sum(out is tensor for out in graph.output_list) == 1
    return node.layer.activation if alone and callable(node.layer.activation) else activations.linear
