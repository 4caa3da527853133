"""OptaxOptimizer: any Optax transformation as an optimizer, without needing Optax."""

# JAX's trees have no types, nor have the parameters of functions that are mapped over them.
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core import errors
from dragonet.optimizers.base import Optimizer
from dragonet.optimizers.learning_rate import Rate
from dragonet.optimizers.tree_steps import Tree, Values


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

    def _apply_rule(
        self, params: Tree, grads: Tree, state: Values, lr: Any, t: Any, moves: Tree | None, is_due: Any
    ) -> tuple[Tree, Values, Values]:
        changes, inner = self.transformation.update(grads, state["shared"]["optax"], params)
        decayed = self.decayed(params, lr)
        moved = jax.tree.map(lambda w, change: (w + lr * change).astype(w.dtype), decayed, changes)
        if moves is None:
            return moved, state["slots"], {"optax": inner}
        inner = _choose_inner(moves, is_due, inner, state["shared"]["optax"])
        return jax.tree.map(jnp.where, moves, moved, params), state["slots"], {"optax": inner}


def _choose_inner(moves: Tree, is_due: Any, new: Tree, old: Tree) -> Tree:
    """The transformation's state: trees like the weights' change where those move, other numbers where an update is due."""
    structure: Any = jax.tree.structure(moves)

    def is_like(node: Any) -> bool:
        return bool(jax.tree.structure(node) == structure)

    def choose(new: Any, old: Any) -> Any:
        if is_like(new):
            return jax.tree.map(jnp.where, moves, new, old)
        return new if is_due is None else jnp.where(is_due, new, old)

    return jax.tree.map(choose, new, old, is_leaf=is_like)
