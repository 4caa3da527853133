"""Optimizers written as in Keras, whose `update_step` assigns variables, as the pure functions that an engine runs.

A class with `update_step` gets `init` and the step here. They put the weights and the optimizer's arrays into variables, run the
class's own `build` and `update_step`, which JAX traces like any functions, and read the variables back.
"""

# JAX's trees have no types, nor have the classes of users.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import contextlib
import functools
from collections.abc import Generator, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core import errors
from dragonet.core.serialization import is_ours
from dragonet.optimizers.tree_steps import Tree, Values, choose

STATE = "variables"  # where the arrays are in the state's shared part


def adapt(cls: type) -> None:
    """Let `build` of a user's class be run by `init`, which makes the state.

    Raises TypeError for a class that derives from an optimizer with a rule of its own.
    """
    if "update_step" in vars(cls):
        ruled = [base.__name__ for base in cls.__mro__ if is_ours(base) and "rule" in vars(base)][:-1]
        if ruled:
            needs = "to derive from Optimizer, as it defines update_step(gradient, variable, learning_rate)"
            fix = "Or override rule(self, xp, w, g, slots, s)."
            raise errors.type_error(f"The optimizer {cls.__name__}", needs, ruled[0], fix)
    build = vars(cls).get("build")
    if build is not None and not is_ours(cls):
        cls.build = _run_by_init(build)


def _run_by_init(build: Any) -> Any:
    @functools.wraps(build)
    def wrapped(self: Any, variables: Sequence[Any]) -> None:
        if is_building(self):
            build(self, variables)
        else:
            self.build_state(variables)

    return wrapped


def is_adapted(optimizer: Any) -> bool:
    """Whether its class is written as in Keras."""
    return not is_ours(type(optimizer).update_step)


def is_building(optimizer: Any) -> bool:
    """Whether `init` is running the class's own `build`."""
    return vars(optimizer).get("_is_building", False)


def init(optimizer: Any, params: Tree) -> Values:
    """The arrays of the variables that `build` adds for these weights."""
    from dragonet.graph.variable import Variable

    weights = [
        Variable(leaf, name=_path(optimizer, steps)) for steps, leaf in jax.tree_util.tree_leaves_with_path(params)
    ]
    vars(optimizer).update(_weights=weights, _optimizer_variables=[], _references=[], built=False, _is_building=True)
    try:
        optimizer.build(weights)
    finally:
        vars(optimizer)["_is_building"] = False
    return {STATE: [variable.held for variable in vars(optimizer)["_optimizer_variables"]]}


def positions(optimizer: Any, order: Sequence[int]) -> list[int]:
    """Where the arrays are in the state that `build` would list for these weights in this order, as in a file of Keras's.

    order: the weights' places among all. An array is known by its weight, and by how many of this weight come before it.
    """
    own, own_references = dict(vars(optimizer)), vars(optimizer)["_references"]
    weights = [own["_weights"][i] for i in order]
    vars(optimizer).update(_weights=weights, _optimizer_variables=[], _references=[], built=False, _is_building=True)
    try:
        optimizer.build(weights)
        references = [None if i is None else order[i] for i in vars(optimizer)["_references"]]
    finally:
        vars(optimizer).clear()
        vars(optimizer).update(own)
    places: dict[int | None, list[int]] = {}
    for position, reference in enumerate(own_references):
        places.setdefault(reference, []).append(position)
    return [places[reference].pop(0) for reference in references]


def _path(optimizer: Any, steps: tuple[Any, ...]) -> str:
    names = [str(getattr(part, "key", getattr(part, "idx", part))) for part in steps]
    if optimizer.layer_names and names[0].isdigit():
        names[0] = optimizer.layer_names[int(names[0])]
    return "/".join(names)


def apply_rule(
    optimizer: Any, params: Tree, grads: Tree, state: Values, lr: Any, t: Any, moves: Tree | None, is_due: Any
) -> tuple[Tree, Values, Values]:
    """`update_step` on every weight: the weights that may move, the slots (none), and the optimizer's arrays."""
    if "_weights" not in vars(optimizer):
        jax.eval_shape(optimizer.init, params)  # a state from elsewhere: the variables are still to be made
    own = vars(optimizer)
    tree: Any = jax.tree.structure(params)
    weights: list[Any] = jax.tree.leaves(params)
    masks: list[Any] = [None for _ in weights] if moves is None else tree.flatten_up_to(moves)
    before = state["shared"][STATE]
    with _bound(optimizer, jax.tree.leaves(optimizer.decayed(params, lr)), before, t - 1, lr):
        for gradient, variable in zip(tree.flatten_up_to(grads), own["_weights"], strict=True):
            optimizer.update_step(gradient.astype(variable.dtype), variable, lr)
        moved = [variable.held for variable in own["_weights"]]
        after = [variable.held for variable in own["_optimizer_variables"]]
    new = [choose(mask, m, w) for mask, m, w in zip(masks, moved, weights, strict=True)]
    new_masks = [is_due if i is None else masks[i] for i in own["_references"]]
    arrays = [choose(mask, jnp.asarray(a, b.dtype), b) for mask, a, b in zip(new_masks, after, before, strict=True)]
    return tree.unflatten(new), state["slots"], {STATE: arrays}


@contextlib.contextmanager
def _bound(optimizer: Any, weights: Sequence[Any], arrays: Sequence[Any], iterations: Any, lr: Any) -> Generator[None]:
    """Within it, the variables hold these arrays, and the optimizer this count and learning rate."""
    own = vars(optimizer)
    variables = [*own["_weights"], *own["_optimizer_variables"]]
    arrays_before, count, rate = [variable.held for variable in variables], own.get("iterations"), own["learning_rate"]
    for variable, array in zip(variables, [*weights, *arrays], strict=True):
        variable.held = array
    own.update(iterations=jnp.asarray(iterations, "int32"), learning_rate=lr)
    try:
        yield
    finally:
        own.update(iterations=count, learning_rate=rate)
        if count is None:
            del own["iterations"]
        for variable, array in zip(variables, arrays_before, strict=True):
            variable.held = array


def track(optimizer: Any, variables: Sequence[Any]) -> None:
    """Keras's own `build`, which a class calls first in its own."""
    vars(optimizer)["built"] = True


def add_variable(optimizer: Any, shape: Any, initializer: Any, dtype: str | None, name: str | None, like: Any) -> Any:
    """A variable of the optimizer; `like` is the weight that it is kept beside, None for one of all."""
    from dragonet.graph.variable import Variable

    own = vars(optimizer)
    variable = Variable(initializer, shape, dtype or "float32", trainable=False, name=name)
    own.setdefault("_optimizer_variables", []).append(variable)
    own.setdefault("_references", []).append(None if like is None else index_of(optimizer, like))
    return variable


def index_of(optimizer: Any, variable: Any) -> int:
    """The place of a weight among those that the optimizer was built for.

    Raises ValueError for any other variable.
    """
    for i, weight in enumerate(vars(optimizer).get("_weights", [])):
        if weight is variable:
            return i
    needs = "a weight that it was built for"
    raise errors.value_error(f"The optimizer {type(optimizer).__name__}", needs, errors.short_repr(variable))
