"""An optimizer's state as a flat list of arrays, which a train step written as in Keras hands from step to step."""

# The tree functions of JAX have no types.
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp


def first_variables(optimizer: Any, weights: Sequence[Any]) -> list[Any]:
    """The state before the first step for a list of weights: the number of steps, the learning rate, then the slots."""
    return _flat(optimizer, optimizer.init(list(weights)), rate_of(optimizer))


def apply(
    optimizer: Any, variables: Sequence[Any], grads: Sequence[Any], weights: Sequence[Any]
) -> tuple[list[Any], list[Any]]:
    """One step of the optimizer: the new weights and the new state, both as lists."""
    weights, grads = list(weights), list(grads)
    iterations, *rest = variables
    rate = None if rate_of(optimizer) is None else rest.pop(0)
    like: Any = jax.eval_shape(optimizer.init, weights)
    state = jax.tree.unflatten(jax.tree.structure({**like, "iterations": 0}), _ordered(like, iterations, rest))
    new, state = optimizer.update(weights, grads, state, learning_rate=rate)
    return new, _flat(optimizer, state, rate)


def rate_of(optimizer: Any) -> Any:
    """The learning rate as an array; None where a schedule makes it."""
    return None if callable(optimizer.learning_rate) else jnp.asarray(optimizer.learning_rate, float)


def _flat(optimizer: Any, state: dict[str, Any], rate: Any) -> list[Any]:
    others = {name: value for name, value in state.items() if name != "iterations"}
    head = [state["iterations"]] if rate is None else [state["iterations"], rate]
    return [*map(jnp.asarray, head), *map(jnp.asarray, jax.tree.leaves(others))]


def _ordered(like: dict[str, Any], iterations: Any, others: list[Any]) -> list[Any]:
    """The leaves of a state in JAX's order, in which the number of steps stands among the names of the state."""
    at = len(jax.tree.leaves({name: value for name, value in like.items() if name < "iterations"}))
    return [*others[:at], iterations, *others[at:]]
