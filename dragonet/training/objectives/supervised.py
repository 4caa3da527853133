"""Supervised: the objective of `compile`, a loss and metrics for each output of a model."""

# The tree functions of JAX have no types.
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false, reportUnknownArgumentType=false

import dataclasses
import functools
from collections.abc import Callable, Collection, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import configurable
from dragonet.losses.shapes import weighted_mask
from dragonet.training.objectives.gradient_step import choose, descend, leaf_masks, with_gradient
from dragonet.training.objectives.protocol import Batch, Logs, Objective, State


@dataclasses.dataclass(eq=False)
class Output:
    """How one output of a model is scored: by a loss with a weight, and by metrics."""

    name: str
    loss: Any = None
    weight: float = 1.0
    metrics: dict[str, Any] = dataclasses.field(default_factory=dict)  # name in the history: metric
    weighted: Collection[str] = ()  # those that take the sample weights
    fused: Callable[..., Any] | None = None  # softmax or sigmoid, where the loss is computed from its input


class Supervised(Objective):
    """A graph, a loss for each output, an optimizer, and metrics counted within the step, as data that engines may read.

    batch: {'x': inputs, 'y': list of targets, 'w': list of sample weights or None}. state: 'params', 'state' (running
    statistics), 'opt' (the optimizer's), 'totals' (the metrics' sums), 'learning_rate', 'trainable' (a bool a layer).
    """

    totals = ("totals",)
    rejects_bad_steps = True

    def __init__(self, graph: Any, outputs: list[Output], optimizer: Any):
        self.graph, self.outputs, self.optimizer = graph, outputs, optimizer
        parts = [f"{out.name}_loss" for out in outputs if out.loss is not None] if len(outputs) > 1 else []
        self.figures = ("loss", *parts)
        self._logits = [id(tensor.node) for tensor, out in zip(graph.output_list, outputs, strict=True) if out.fused]

    def identity(self) -> Any:
        """The graph, losses, metrics and kind of optimizer; not the learning rate, not a name."""
        several = len(self.outputs) > 1  # then the figures bear the outputs' names
        outs = tuple(
            (
                out.name if several else "",
                configurable.identity(out.loss),
                out.weight,
                configurable.identity(out.metrics),
                tuple(out.weighted),
            )
            for out in self.outputs
        )
        return "supervised", self.graph.identity(), outs, _optimizer_identity(self.optimizer)

    # --- a step ---------------------------------------------------------------------------------------------------------

    def init_state(self, key: Any, batch: Batch) -> State:
        """The weights as the layers hold them, and the optimizer before its first step."""
        params, running = self.graph.gather()
        opt = jax.tree.map(np.asarray, self.optimizer.init(params))
        return self.reset_metrics({"params": params, "state": running, "opt": opt})

    def step(self, state: State, batch: Batch, key: Any) -> tuple[State, Logs]:
        """Forward, loss, gradient, update, constraints, metrics."""
        loss = functools.partial(self.loss, training=True, key=key, trainable=state["trainable"])
        differentiated = with_gradient(loss, self.optimizer)
        (_, (running, predictions, masks, logs)), grads = differentiated(state["params"], state["state"], batch)
        is_finite = jnp.isfinite(logs["loss"])
        trainable = leaf_masks(state["params"], state["trainable"])
        new = descend(state, grads, self.optimizer, trainable, is_finite)
        totals = self._count(state["totals"], batch, predictions, masks)
        running, totals = choose(is_finite, (running, totals), (state["state"], state["totals"]))
        return {**new, "params": self.constrain(new["params"], trainable), "state": running, "totals": totals}, logs

    def test(self, state: State, batch: Batch) -> tuple[State, Logs]:
        """The same figures without learning."""
        _, (_, predictions, masks, logs) = self.loss(state["params"], state["state"], batch, training=False, key=None)
        return {**state, "totals": self._count(state["totals"], batch, predictions, masks)}, logs

    def loss(
        self,
        params: tuple[Any, ...],
        running: tuple[Any, ...],
        batch: Batch,
        *,
        training: bool,
        key: Any,
        trainable: Any = None,
    ) -> tuple[Any, tuple[Any, ...]]:
        """The loss with all penalties, and (running statistics, predictions, masks, figures)."""
        y_pred, running, penalty, masks = self.graph.run(
            params, running, batch["x"], training=training, key=key, trainable=trainable, logits=self._logits
        )
        parts: dict[str, Any] = {}
        for out, y, w, z, m in zip(self.outputs, batch["y"], batch["w"], jax.tree.leaves(y_pred), masks, strict=True):
            if out.loss is not None:
                parts[out.name] = out.loss(y, z, sample_weight=w, mask=m)
        value = sum(out.weight * parts[out.name] for out in self.outputs if out.name in parts) + penalty
        value = value + self.penalty(params)
        logs = {"loss": value}
        if len(self.outputs) > 1:
            logs |= {f"{name}_loss": part for name, part in parts.items()}
        predictions = [
            out.fused(z) if out.fused else z for out, z in zip(self.outputs, jax.tree.leaves(y_pred), strict=True)
        ]
        return value, (running, predictions, masks, logs)

    def penalty(self, params: tuple[Any, ...]) -> Any:
        """What the regularizers add to the loss."""
        pairs = zip(self.graph.flat, params, strict=True)
        return sum((r(weights[name]) for layer, weights in pairs for name, r in layer.regularizers().items()), 0.0)

    def constrain(self, params: tuple[Any, ...], trainable: tuple[Any, ...]) -> tuple[Any, ...]:
        """The weights of trainable layers, brought within their constraints."""

        def constrained(layer: Any, weights: dict[str, Any], free: dict[str, Any]) -> dict[str, Any]:
            limits = {name: limit for name, limit in layer.constraints().items() if name in weights}
            return weights | {
                name: jnp.where(free[name], limit(weights[name]), weights[name]) for name, limit in limits.items()
            }

        return tuple(constrained(*each) for each in zip(self.graph.flat, params, trainable, strict=True))

    # --- what may be assigned, and weights --------------------------------------------------------------------------------

    def assignable(self) -> dict[str, Any]:
        """The learning rate, unless a schedule makes it, and which layers are trainable."""
        rate = self.optimizer.learning_rate
        return {
            "learning_rate": None if callable(rate) else float(rate),
            "trainable": np.array([layer.trainable for layer in self.graph.flat]),
        }

    def assign(self, values: Mapping[str, Any]) -> None:
        """Go on with the learning rate of a checkpoint; which layers are trainable is the model's own."""
        if values.get("learning_rate") is not None:
            self.optimizer.learning_rate = float(values["learning_rate"])

    def weights(self, state: State) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The pair of weights and running statistics, one dict a layer in each."""
        return state["params"], state["state"]

    def with_weights(self, state: State, weights: tuple[tuple[Any, ...], tuple[Any, ...]]) -> State:
        """The state with other weights and running statistics."""
        params, running = weights
        return {**state, "params": params, "state": running}

    def recover(self, state: State, weights: tuple[tuple[Any, ...], tuple[Any, ...]]) -> State:
        """These weights, and the optimizer as before its first step."""
        return {**self.with_weights(state, weights), "opt": self.optimizer.init(weights[0])}

    def is_finite(self, state: State) -> bool:
        """Whether the weights are numbers; a moving variance may be infinite, which `fit` warns of."""
        return super().is_finite({**state, "state": ()})

    def finalize(self, state: State) -> State:
        """The averaged weights where the optimizer keeps an average, as Keras ends a training."""
        masks = leaf_masks(state["params"], np.asarray(state["trainable"]))
        return {**state, "params": self.optimizer.finalize(state["params"], state["opt"], masks)}

    # --- metrics --------------------------------------------------------------------------------------------------------

    @property
    def metric_names(self) -> list[str]:
        """The metrics' names in the history, with the output's name before them where there are several."""
        several = len(self.outputs) > 1
        return [f"{out.name}_{name}" if several else name for out in self.outputs for name in out.metrics]

    def metrics(self, state: State) -> dict[str, Any]:
        """What the sums amount to, by the names in the history."""
        sums = [totals[name] for totals, out in zip(state["totals"], self.outputs, strict=True) for name in out.metrics]
        metrics = [metric for out in self.outputs for metric in out.metrics.values()]
        return {name: m.compute(total) for name, m, total in zip(self.metric_names, metrics, sums, strict=True)}

    def reset_metrics(self, state: State) -> State:
        """The sums before the first batch, each an array of its own, as a step uses them up."""
        zeros = [
            {name: jax.tree.map(np.array, metric.zeros()) for name, metric in out.metrics.items()}
            for out in self.outputs
        ]
        return {**state, "totals": zeros}

    def _count(
        self, totals: list[dict[str, Any]], batch: Batch, predictions: list[Any], masks: list[Any]
    ) -> list[dict[str, Any]]:
        predictions = jax.lax.stop_gradient(predictions)
        outputs = zip(self.outputs, totals, batch["y"], batch["w"], predictions, masks, strict=True)
        return [
            {
                name: metric.update(
                    sums[name], y, y_pred, _metric_weights(metric, w if name in out.weighted else None, m)
                )
                for name, metric in out.metrics.items()
            }
            for out, sums, y, w, y_pred, m in outputs
        ]


def _metric_weights(metric: Any, weights: Any, mask: Any) -> Any:
    """How a metric weights its values: by the sample weights where it takes them, and by the mask of the output."""
    return weights if mask is None or not metric.takes_mask else weighted_mask(weights, mask)


def _optimizer_identity(optimizer: Any) -> Any:
    """The optimizer's fields without a constant learning rate, which is an argument of the compiled program."""
    kind, fields = configurable.identity(optimizer)
    if fields is optimizer:  # a user's class that is no dataclass may hold more than its fields
        return kind, fields
    if callable(optimizer.learning_rate):
        return kind, fields
    return kind, tuple(pair for pair in fields if pair[0] != "learning_rate")
