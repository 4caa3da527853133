"""KerasStep: the objective of a model whose class overrides `train_step`, or what it consists of, as in Keras on JAX."""

# The tree functions of JAX have no types.
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import errors
from dragonet.layers.subclassing.running import bind, bound_tree
from dragonet.training.objectives.protocol import Batch, Logs, Objective, State


class KerasStep(Objective):
    """Runs `model.train_step(state, data)` and `model.test_step`; the logs that it reports are those of the last batch.

    state: 'params' and 'state' as the model's graph has them, 'opt' (a list), 'metrics' (a list), 'logs' (by name).
    structure: the nests of x, y and the sample weights, whose leaves a batch lists.
    """

    figures: Sequence[str] = ()
    totals = ("metrics", "logs")

    def __init__(self, model: Any, structure: tuple[Any, Any, Any]):
        self.model, self.graph, self.optimizer, self.structure = model, model.graph, model.optimizer, structure
        self._names: list[str] = []

    # --- a step ---------------------------------------------------------------------------------------------------------

    def init_state(self, key: Any, batch: Batch) -> State:
        """The weights as the layers hold them, the optimizer and the metrics before the first step."""
        params, running = self.graph.gather()
        self.model.optimizer.build(self.model.trainable_variables)
        state: State = {"params": params, "state": running, "opt": self.optimizer.variables, "logs": {}}
        state["metrics"] = self._metric_zeros()
        part = jax.tree.map(lambda a: jax.ShapeDtypeStruct((min(len(a), 2), *a.shape[1:]), a.dtype), batch)
        logs = jax.eval_shape(lambda state, part, key: self._train(state, part, key)[1], state, part, jax.random.key(0))
        self._names = list(logs)
        return jax.tree.map(np.array, {**state, "logs": {name: np.zeros((), np.float32) for name in logs}})

    def step(self, state: State, batch: Batch, key: Any) -> tuple[State, Logs]:
        """The model's own `train_step`."""
        new, logs = self._train(state, batch, key)
        return {**new, "logs": logs}, {"loss": _guard(logs)}

    def _train(self, state: State, batch: Batch, key: Any) -> tuple[State, Logs]:
        values = self._values(state, key)
        opt = list(state["opt"])
        if state.get("learning_rate") is not None:
            opt[1] = state["learning_rate"]
        trainable, non_trainable = self._lists(values)
        result = self.model.train_step((trainable, non_trainable, opt, list(state["metrics"])), self._data(batch))
        logs, (trainable, non_trainable, opt, metrics) = _checked(self.model, "train_step", result, 4)
        values |= dict(zip(map(id, self.model.trainable_variables), trainable, strict=True))
        values |= dict(zip(map(id, self.model.non_trainable_variables), non_trainable, strict=True))
        params, running = bound_tree(self.graph.flat, values)
        new = {**state, "params": params, "state": running, "opt": list(opt), "metrics": list(metrics)}
        return new, _flat_logs(self.model, "train_step", logs)

    def test(self, state: State, batch: Batch) -> tuple[State, Logs]:
        """The model's own `test_step`."""
        trainable, non_trainable = self._lists(self._values(state, None))
        result = self.model.test_step((trainable, non_trainable, list(state["metrics"])), self._data(batch))
        logs, (_, _, metrics) = _checked(self.model, "test_step", result, 3)
        logs = _flat_logs(self.model, "test_step", logs)
        reported = {name: logs.get(name, jnp.asarray(jnp.nan)) for name in self._names}
        return {**state, "metrics": list(metrics), "logs": reported}, {"loss": _guard(logs)}

    def _values(self, state: State, key: Any) -> dict[int, Any]:
        """The arrays that stand for the model's variables, by the variables' ids."""
        values: dict[int, Any] = {}
        for layer, params, running in zip(self.graph.flat, state["params"], state["state"], strict=True):
            bind(layer, params, running, values)
        variable = self.model.random_variable
        if variable is not None:
            values[id(variable)] = jnp.asarray(variable.current) if key is None else jax.random.key_data(key)
        return values

    def _lists(self, values: dict[int, Any]) -> tuple[list[Any], list[Any]]:
        model = self.model
        trainable = [values[id(variable)] for variable in model.trainable_variables]
        return trainable, [values[id(variable)] for variable in model.non_trainable_variables]

    def _data(self, batch: Batch) -> tuple[Any, ...]:
        """The batch as Keras packs it: (x,), (x, y) or (x, y, sample_weight)."""
        x, y, w = (jax.tree.unflatten(nest, batch[name]) for nest, name in zip(self.structure, "xyw", strict=True))
        return (x, y, w) if w is not None else (x, y) if y is not None else (x,)

    # --- what may be assigned, and weights --------------------------------------------------------------------------------

    def assignable(self) -> dict[str, Any]:
        """The learning rate, unless a schedule makes it."""
        rate = self.optimizer.learning_rate
        return {"learning_rate": None if callable(rate) else float(rate)}

    def assign(self, values: Mapping[str, Any]) -> None:
        """Go on with the learning rate of a checkpoint."""
        if values.get("learning_rate") is not None:
            self.optimizer.learning_rate = float(values["learning_rate"])

    def weights(self, state: State) -> Any:
        """The pair of weights and running statistics, one dict a layer in each."""
        return state["params"], state["state"]

    def with_weights(self, state: State, weights: Any) -> State:
        """The state with other weights and running statistics."""
        return {**state, "params": weights[0], "state": weights[1]}

    def is_finite(self, state: State) -> bool:
        """Whether the weights are numbers."""
        return super().is_finite({**state, "state": ()})

    # --- metrics --------------------------------------------------------------------------------------------------------

    @property
    def metric_names(self) -> list[str]:
        """The names in the logs of a step."""
        return self._names

    def metrics(self, state: State) -> dict[str, Any]:
        """The logs of the last batch."""
        return dict(state["logs"])

    def reset_metrics(self, state: State) -> State:
        """The totals before the first batch."""
        zeros = {name: np.zeros((), np.float32) for name in self._names}
        return {**state, "metrics": jax.tree.map(np.array, self._metric_zeros()), "logs": zeros}

    def _metric_zeros(self) -> list[Any]:
        return [array for metric in self.model.metrics for array in metric.stateless_reset_state()]


def _checked(model: Any, name: str, result: Any, parts: int) -> tuple[Any, Any]:
    """What a step returned.

    Raises TypeError where it is not (logs, state).
    """
    is_right = isinstance(result, tuple) and len(result) == 2 and isinstance(result[0], dict)
    if not is_right or len(result[1]) != parts:
        needs = f"to return (logs, state), a dict and a tuple of {parts} lists"
        raise errors.type_error(f"{type(model).__name__}.{name}", needs, errors.short_repr(result))
    return result


def _flat_logs(model: Any, name: str, logs: Mapping[str, Any]) -> Logs:
    """The logs by name, those of a metric that has several on the same level."""
    flat: dict[str, Any] = {}
    for key, value in logs.items():
        flat |= value if isinstance(value, Mapping) else {key: value}
    for key, value in flat.items():
        if np.shape(value) != ():
            who, needs = f"{type(model).__name__}.{name}", "each of its logs to be a scalar"
            raise errors.value_error(who, needs, f"{key!r} of shape {np.shape(value)}")
    return {key: jnp.asarray(value, jnp.float32) for key, value in flat.items()}


def _guard(logs: Logs) -> Any:
    """What is finite where the step was good."""
    return logs["loss"] if "loss" in logs else sum(logs.values(), jnp.zeros(()))
