"""from_loss: the objective that descends the gradient of any function of parameters and batch."""

# The tree functions of JAX have no types.
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false, reportUnknownArgumentType=false

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core import arguments, errors
from dragonet.optimizers.base import Optimizer
from dragonet.training.objectives.gradient_step import descend, with_gradient
from dragonet.training.objectives.protocol import Batch, Logs, Objective, State


@arguments.checked
def from_loss(loss: Callable[[Any, Any, Any], Any], optimizer: Optimizer, params: Any = None) -> "LossObjective":
    """The objective that descends `loss(params, batch, key) -> scalar`, over state = {'params', 'opt'}.

    params: where to start, a tree of arrays, or a function of a key that makes one. In validation `key` is None.
    Raises TypeError for a loss that is no function.

    >>> from dragonet.optimizers import SGD
    >>> objective = from_loss(lambda params, batch, key: (params - batch) ** 2, SGD(0.5), params=jnp.array(3.0))
    >>> state = objective.init_state(None, None)
    >>> state, logs = objective.step(state, 1.0, None)
    >>> float(state["params"]), float(logs["loss"])
    (1.0, 4.0)
    """
    leaves = [] if callable(params) else jax.tree.leaves(params)
    wrong = [leaf for leaf in leaves if not arguments.fits(leaf, float | arguments.Numbers)]
    if wrong:
        needs = "params to be a tree of arrays, or a function of a key"
        raise errors.type_error("from_loss", needs, errors.short_repr(wrong[0]))
    return LossObjective(loss, optimizer, params)


class LossObjective(Objective):
    """What `from_loss` makes."""

    rejects_bad_steps = True

    def __init__(self, loss: Callable[[Any, Any, Any], Any], optimizer: Optimizer, params: Any):
        self.loss, self.optimizer, self.params = loss, optimizer, params

    def init_state(self, key: Any, batch: Batch) -> State:
        """The parameters to start from, and the optimizer's memory of them."""
        params = self.params(key) if callable(self.params) else self.params
        if params is None:
            raise errors.value_error(
                "from_loss", "parameters to start from", "none", "Write from_loss(loss, optimizer, params=...)."
            )
        params = jax.tree.map(jnp.asarray, params)
        return {"params": params, "opt": self.optimizer.init(params)}

    def step(self, state: State, batch: Batch, key: Any) -> tuple[State, Logs]:
        """One gradient step."""
        value: Any
        (_, value), grads = with_gradient(self._value, self.optimizer)(state["params"], batch, key)
        return descend(state, grads, self.optimizer, None, jnp.isfinite(value)), {"loss": value}

    def test(self, state: State, batch: Batch) -> tuple[State, Logs]:
        """The loss."""
        return state, {"loss": self.loss(state["params"], batch, None)}

    def _value(self, params: Any, batch: Batch, key: Any) -> tuple[Any, Any]:
        value = self.loss(params, batch, key)
        return value, value

    def assignable(self) -> dict[str, Any]:
        """The learning rate, unless a schedule makes it."""
        rate = self.optimizer.learning_rate
        return {"learning_rate": None if callable(rate) else float(rate)}

    def assign(self, values: Mapping[str, Any]) -> None:
        """Go on with the learning rate of a checkpoint."""
        if values.get("learning_rate") is not None:
            self.optimizer.learning_rate = float(values["learning_rate"])

    def weights(self, state: State) -> Any:
        """The parameters."""
        return state["params"]

    def with_weights(self, state: State, weights: Any) -> State:
        """The state with other parameters."""
        return {**state, "params": weights}

    def recover(self, state: State, weights: Any) -> State:
        """These parameters, and the optimizer as before its first step."""
        return {**state, "params": weights, "opt": self.optimizer.init(weights)}

    def finalize(self, state: State) -> State:
        """The averaged parameters, where the optimizer keeps an average."""
        return {**state, "params": self.optimizer.finalize(state["params"], state["opt"])}
