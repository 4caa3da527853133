"""A gradient step: the loss to differentiate, the optimizer's update, and which weights may move."""

# The tree functions of JAX and the states of optimizers have no types.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownLambdaType=false, reportUnknownArgumentType=false

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from dragonet.optimizers.base import Optimizer
from dragonet.training.objectives.protocol import State


def with_gradient(loss: Callable[..., tuple[jax.Array, Any]], optimizer: Optimizer) -> Callable[..., tuple[Any, Any]]:
    """A function with the loss's arguments that returns ((value, aux), gradient by its first argument).

    loss: returns (value, aux). Where the optimizer has a loss_scale_factor, value and gradient are multiplied by it.
    """
    if optimizer.loss_scale_factor is None:
        return jax.value_and_grad(loss, has_aux=True)

    def scaled(*args: Any, **kwargs: Any) -> tuple[jax.Array, Any]:
        value, aux = loss(*args, **kwargs)
        return optimizer.scale_loss(value), aux

    return jax.value_and_grad(scaled, has_aux=True)


def descend(state: State, grads: Any, optimizer: Optimizer, trainable: Any, is_finite: jax.Array) -> State:
    """The state after the optimizer's update of state['params'] and state['opt'].

    trainable: a bool for each weight, or None for all. `state['learning_rate']` is the rate, where there is one. Where
    the loss is not finite no weight moves: the optimizer's own mask says so, since to choose between old and new weights
    after the update would make XLA copy them.
    """
    may_move: Any = jax.tree.map(lambda _: True, grads) if trainable is None else trainable
    moves = jax.tree.map(lambda may: may & is_finite, may_move)
    params, opt = optimizer.update(
        state["params"], grads, state["opt"], learning_rate=state.get("learning_rate"), trainable=moves
    )
    counters = {name: choose(is_finite, opt[name], state["opt"][name]) for name in ("iterations", "shared")}
    return {**state, "params": params, "opt": {**opt, **counters}}


def choose(is_finite: jax.Array, new: Any, old: Any) -> Any:
    """A tree's new values if finite, else its old ones."""
    return jax.tree.map(lambda n, o: jnp.where(is_finite, n, o), new, old)


def leaf_masks(params: Sequence[Any], trainable: Any) -> tuple[Any, ...]:
    """One bool a layer as one for each of its weights, which is how optimizers take it."""
    pairs = zip(params, trainable, strict=True)
    return tuple(jax.tree.map(lambda _, flag=flag: flag, weights) for weights, flag in pairs)
