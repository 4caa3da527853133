"""OptaxOptimizer: any Optax transformation as an optimizer, without needing Optax."""

from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core import errors
from dragonet.optimizers.base import Optimizer, Rate, Tree


@dataclass(eq=False)
class OptaxOptimizer(Optimizer):
    """w ← w + learning_rate · (what the transformation makes of g), e.g. OptaxOptimizer(optax.adam(1e-3)).

    The transformation has a learning rate of its own; ours is a factor on it, for schedules and callbacks. Where a
    weight is frozen, so is what the transformation's state holds for it. Files do not keep a transformation, which is
    code: a model that was saved with one is loaded with compile=False and compiled again.
    """

    transformation: Any = None
    learning_rate: Rate = field(default=1.0, kw_only=True)

    _not_saved = ("transformation",)

    def __post_init__(self):
        if not callable(getattr(self.transformation, "init", None)):
            raise errors.type_error(
                "OptaxOptimizer",
                "an Optax transformation, with init and update",
                errors.short_repr(self.transformation),
                "Write OptaxOptimizer(optax.adam(1e-3)).",
            )

    def init(self, params: Tree) -> dict[str, Any]:
        """The state before the first step; the transformation's own is among the shared values."""
        state = super().init(params)
        # A transformation may keep the weights themselves (optax.contrib's averages): never the caller's own arrays.
        state["shared"] = {"optax": jax.tree.map(jnp.copy, self.transformation.init(params))}
        return state

    def _lifted(
        self, params: Tree, grads: Tree, state: dict, lr: Any, t: Any, moves: Tree | None, due: Any
    ) -> tuple[Tree, dict, dict]:
        changes, inner = self.transformation.update(grads, state["shared"]["optax"], params)
        decayed = self._decayed(params, lr)
        moved = jax.tree.map(lambda w, change: (w + lr * change).astype(w.dtype), decayed, changes)
        if moves is None:
            return moved, state["slots"], {"optax": inner}
        inner = _kept(moves, due, inner, state["shared"]["optax"])
        return jax.tree.map(jnp.where, moves, moved, params), state["slots"], {"optax": inner}


def _kept(moves: Tree, due: Any, new: Tree, old: Tree) -> Tree:
    """The transformation's state: trees like the weights' change where those move, other numbers if one is due."""
    like = jax.tree.structure(moves)

    def is_like(node: Any) -> bool:
        return jax.tree.structure(node) == like

    def chosen(n: Any, o: Any) -> Any:
        if is_like(n):
            return jax.tree.map(jnp.where, moves, n, o)
        return n if due is None else jnp.where(due, n, o)

    return jax.tree.map(chosen, new, old, is_leaf=is_like)
