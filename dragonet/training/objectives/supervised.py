"""Objective: what one step of learning does, as a pure function that an engine compiles into its loop.

The ordinary one descends the gradient of a loss (`from_loss`); `Supervised` is the one that `compile` makes, whose graph,
losses and metrics are data, so that an engine may read them. Others (two players of a GAN, a policy gradient) are other objectives
over the same loop.
"""

import dataclasses
from collections.abc import Callable, Collection
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import activations
from dragonet.core import configurable
from dragonet.losses.shapes import weighted_mask

State = dict[str, Any]


class Objective:
    """`step(state, batch, key) -> state, logs`: the new state, and this batch's figures as scalars, 'loss' among them.

    state is any tree of arrays. A step whose loss is not finite must leave no trace: the engine sees to it, unless `refuses`
    says that the step does so itself.
    """

    figures: tuple[str, ...] = ("loss",)  # the names of what `step` reports
    metric_names: Collection[str] = ()  # and of what its totals amount to
    refuses = False

    def step(self, state: State, batch: Any, key: jax.Array) -> tuple[State, dict[str, jax.Array]]:
        """One step of learning."""
        raise NotImplementedError

    def identity(self) -> Any:
        """Equal for objectives that may share a compiled program; by default only with itself."""
        return self


def descend(loss: Callable, optimizer: Any, state: State) -> tuple[State, Any, jax.Array]:
    """One gradient step on state['params'], of a loss(params) that returns (value, aux): the new state, aux, is it finite.

    `state['learning_rate']` and `state['trainable']` enter as arguments, so assigning them recompiles nothing. Where the loss is
    not finite no weight moves: the optimizer's own mask says so, since to choose between old and new weights after the update
    would make XLA copy them.
    """

    def scaled(params):
        value, aux = loss(params)
        return optimizer.scale_loss(value), (value, aux)

    (_, (value, aux)), grads = jax.value_and_grad(scaled, has_aux=True)(state["params"])
    finite = jnp.isfinite(value)
    free = state.get("trainable")
    moves = jax.tree.map(lambda w: finite, grads) if free is None else jax.tree.map(lambda may: may & finite, free)
    params, opt = optimizer.update(
        state["params"], grads, state["opt"], learning_rate=state.get("learning_rate"), trainable=moves
    )
    counters = {name: where(finite, opt[name], state["opt"][name]) for name in ("iterations", "shared")}
    return {**state, "params": params, "opt": {**opt, **counters}}, aux, finite


def where(finite: jax.Array, new: Any, old: Any) -> Any:
    """A tree's new values if finite, else its old ones."""
    return jax.tree.map(lambda n, o: jnp.where(finite, n, o), new, old)


def from_loss(loss: Callable, optimizer: Any) -> Objective:
    """The objective that descends `loss(params, batch, key) -> scalar`, over state = {'params', 'opt'}.

    >>> from dragonet.optimizers import SGD
    >>> objective = from_loss(lambda params, batch, key: (params - batch) ** 2, SGD(0.5))
    >>> state = {"params": jnp.array(3.0), "opt": SGD(0.5).init(jnp.array(3.0))}
    >>> state, logs = objective.step(state, 1.0, None)
    >>> float(state["params"]), float(logs["loss"])
    (1.0, 4.0)
    """

    class FromLoss(Objective):
        refuses = True

        def step(self, state, batch, key):
            def total(params):
                value = loss(params, batch, key)
                return value, {"loss": value}

            state, logs, _ = descend(total, optimizer, state)
            return state, logs

    return FromLoss()


@dataclasses.dataclass(eq=False)
class Output:
    """What one output of a model is held to: its loss, the loss's weight, and the metrics it is watched by."""

    name: str
    loss: Any = None
    weight: float = 1.0
    metrics: dict[str, Any] = dataclasses.field(default_factory=dict)  # name in the history: metric
    weighted: Collection[str] = ()  # those that take the sample weights
    fused: Callable | None = None  # softmax or sigmoid, where the loss is computed from what goes into it


class Supervised(Objective):
    """The objective of `compile`: a graph, a loss for each output, an optimizer, and metrics counted within the step.

    batch: {'x': inputs, 'y': list of targets, 'w': list of sample weights or None}. state: 'params', 'state' (running
    statistics), 'opt', 'totals' (the metrics' sums), 'learning_rate', 'trainable' (a bool a layer).
    """

    refuses = True

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

    def step(self, state: State, batch: Any, key: jax.Array) -> tuple[State, dict[str, jax.Array]]:
        """Forward, loss, gradient, update, constraints, metrics."""

        def total(params):
            return self._loss(params, state["state"], batch, training=True, key=key, trainable=state["trainable"])

        free = leaf_masks(state["params"], state["trainable"])
        new, (running, predictions, masks, logs), finite = descend(total, self.optimizer, {**state, "trainable": free})
        totals = self._count(state["totals"], batch, predictions, masks)
        running, totals = where(finite, (running, totals), (state["state"], state["totals"]))
        params = self._constrained(new["params"], free)
        return {**new, "params": params, "trainable": state["trainable"], "state": running, "totals": totals}, logs

    def test(self, state: State, batch: Any) -> tuple[State, dict[str, jax.Array]]:
        """The same figures without learning."""
        _, (_, predictions, masks, logs) = self._loss(state["params"], state["state"], batch, training=False, key=None)
        return {**state, "totals": self._count(state["totals"], batch, predictions, masks)}, logs

    def _loss(self, params, running, batch, *, training, key, trainable=None):
        y_pred, running, penalty, masks = self.graph.run(
            params, running, batch["x"], training=training, key=key, trainable=trainable, logits=self._logits
        )
        parts = {}
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

    def penalty(self, params: tuple) -> Any:
        """What the regularizers cost."""
        held = zip(self.graph.flat, params, strict=True)
        return sum((r(weights[name]) for layer, weights in held for name, r in layer.regularizers().items()), 0.0)

    def _constrained(self, params: tuple, masks: tuple) -> tuple:
        """The weights of trainable layers, held to their constraints."""

        def held(layer, weights, free):
            limits = {name: limit for name, limit in layer.constraints().items() if name in weights}
            return weights | {
                name: jnp.where(free[name], limit(weights[name]), weights[name]) for name, limit in limits.items()
            }

        return tuple(held(*each) for each in zip(self.graph.flat, params, masks, strict=True))

    # --- metrics ------------------------------------------------------------------------------------------------------

    def zero_totals(self) -> list[dict]:
        """The metrics' sums before the first batch, each an array of its own, as a step uses them up."""
        return [
            {name: jax.tree.map(np.array, metric.zeros()) for name, metric in out.metrics.items()}
            for out in self.outputs
        ]

    def _count(self, totals: list[dict], batch: Any, predictions: list, masks: list) -> list[dict]:
        predictions = jax.lax.stop_gradient(predictions)
        each = zip(self.outputs, totals, batch["y"], batch["w"], predictions, masks, strict=True)
        return [
            {
                name: metric.update(
                    sums[name], y, y_pred, _metric_weights(metric, w if name in out.weighted else None, m)
                )
                for name, metric in out.metrics.items()
            }
            for out, sums, y, w, y_pred, m in each
        ]

    def metric_values(self, totals: list[dict]) -> dict[str, Any]:
        """The metrics that these sums amount to, by their names in the history."""
        held = [sums[name] for sums, out in zip(totals, self.outputs, strict=True) for name in out.metrics]
        metrics = [metric for out in self.outputs for metric in out.metrics.values()]
        return {name: m.compute(sums) for name, m, sums in zip(self.metric_names, metrics, held, strict=True)}

    @property
    def metric_names(self) -> list[str]:
        """The metrics' names in the history, with the output's name before them where there are several."""
        several = len(self.outputs) > 1
        return [f"{out.name}_{name}" if several else name for out in self.outputs for name in out.metrics]


def _metric_weights(metric: Any, weights: Any, mask: Any) -> Any:
    """What a metric weighs its values by: the sample weights where it takes them, and the mask of the output."""
    return weights if mask is None or not metric.takes_mask else weighted_mask(weights, mask)


def fused_activation(loss: Any, activation: Any) -> Callable | None:
    """The activation that this cross-entropy takes over, to be computed from logits, or None.

    log(softmax(z)) and log(sigmoid(z)) are computed from z without the clipping that probabilities need, so a confident wrong
    answer keeps its gradient.
    """
    name = type(loss).__name__
    if getattr(loss, "from_logits", True) or getattr(loss, "axis", -1) != -1:
        return None
    if activation is activations.softmax and name in ("CategoricalCrossentropy", "SparseCategoricalCrossentropy"):
        return activations.softmax
    if activation is activations.sigmoid and name == "BinaryCrossentropy":
        return activations.sigmoid
    return None


def _optimizer_identity(optimizer: Any) -> Any:
    """The optimizer's fields without a constant learning rate, which is an argument of the compiled program."""
    kind, fields = configurable.identity(optimizer)
    if fields is optimizer:  # a user's class that is no dataclass may hold more than its fields
        return kind, fields
    if callable(optimizer.learning_rate):
        return kind, fields
    return kind, tuple(pair for pair in fields if pair[0] != "learning_rate")


def leaf_masks(params: tuple, trainable: Any) -> tuple:
    """One bool a layer as one for each of its weights, which is how optimizers take it."""
    pairs = zip(params, trainable, strict=True)
    return tuple(jax.tree.map(lambda _, flag=flag: flag, weights) for weights, flag in pairs)
