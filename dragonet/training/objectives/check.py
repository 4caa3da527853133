"""Checks of an objective of the user's own, before its first step is compiled: one sentence for each mistake."""

# The tree functions of JAX have no types.
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false, reportUnknownArgumentType=false

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import random
from dragonet.core import errors
from dragonet.training.objectives.protocol import Batch, Objective, State, with_assigned

_BEFORE_THE_STEPS = 2**32 - 1  # folded into the seed's key, as the steps fold in their numbers
_STEP = "Write step(self, state, batch, key) so that it returns (state, logs)."


def check_members(who: str, objective: Any) -> None:
    """Refuse a class, and an object without `init_state` or `step`.

    Raises TypeError.
    """
    needs = "an objective, which has init_state and step"
    if isinstance(objective, type):
        name = objective.__name__
        raise errors.type_error(who, needs, f"the class {name}", f"Write {name}(...).")
    for name in ("init_state", "step"):
        own = getattr(type(objective), name, None)
        if own is None or own is getattr(Objective, name):
            hint = "Derive it from dragonet.training.Objective."
            raise errors.type_error(who, needs, f"{errors.short_repr(objective)} without {name}", hint)
    missing = [name for name in vars(Objective) if not name.startswith("_") and not hasattr(objective, name)]
    if missing:
        hint = "Derive it from dragonet.training.Objective, which has all but init_state and step."
        raise errors.type_error(who, needs, f"{errors.short_repr(objective)} without {missing[0]}", hint)


def first_state(objective: Objective, batch: Batch, seed: int) -> State:
    """The state before the first step, as arrays of the loop's own, which a step may use up.

    Raises TypeError or ValueError where it is no dict of trees of arrays, or lacks an entry of `totals`.
    """
    state: Any = objective.init_state(jax.random.fold_in(random.key(seed % 2**32), _BEFORE_THE_STEPS), batch)
    who = f"{_name(objective)}.init_state"
    if not _is_named(state):
        raise errors.type_error(who, "to return a dict of trees of arrays", errors.short_repr(state))
    for name in objective.totals:
        if name not in state:
            raise errors.value_error(who, f"the entry {name!r}, which is one of totals", f"{sorted(state)}")
    return jax.tree.map(lambda leaf: _array(who, leaf), with_assigned(objective, state))


def check_step(objective: Objective, state: State, batch: Batch, rows: int) -> None:
    """Run the step, and the test where there is one, on shapes alone.

    Raises TypeError or ValueError where what they return is not (state, logs), where a figure is missing or is no
    scalar, and where the state is not shaped as before.
    """
    part = jax.tree.map(lambda a: jax.ShapeDtypeStruct((rows, *a.shape[1:]), a.dtype), batch)
    state = jax.tree.map(lambda a: jax.ShapeDtypeStruct(np.shape(a), a.dtype), state)
    _check_call(objective, "step", state, part, jax.eval_shape(lambda: jax.random.key(0)))
    if has_test(objective):
        _check_call(objective, "test", state, part)
    names = sorted(jax.eval_shape(objective.metrics, state))
    if names != sorted(objective.metric_names):
        raise errors.value_error(
            f"{_name(objective)}.metrics", f"the names of metric_names, {sorted(objective.metric_names)}", f"{names}"
        )


def has_test(objective: Objective) -> bool:
    """Whether the objective can be scored on data that it does not learn from."""
    return type(objective).test is not Objective.test


def check_test(who: str, objective: Objective) -> None:
    """Refuse to score an objective that cannot be.

    Raises ValueError.
    """
    if not has_test(objective):
        hint = "Write test(self, state, batch), which returns (state, logs) like step."
        raise errors.value_error(who, "an objective with test", f"{_name(objective)} without it", hint)


def _check_call(objective: Objective, method: str, *args: Any) -> None:
    who, state = f"{_name(objective)}.{method}", args[0]
    result: Any = jax.eval_shape(getattr(objective, method), *args)
    if not isinstance(result, tuple) or [type(part) for part in _parts(result)] != [dict, dict]:
        raise errors.type_error(who, "to return (state, logs), two dicts", _described(result), _STEP)
    new, logs = _parts(result)
    missing = [name for name in objective.figures if name not in logs]
    if missing:
        instead = "The loss is the figure that tells the loop whether a step was good." if missing == ["loss"] else ""
        raise errors.value_error(who, f"{missing[0]!r} in its logs", f"{sorted(logs)}", instead)
    extra = [name for name in logs if name not in objective.figures]
    if extra:
        names = (*objective.figures, *extra)
        raise errors.value_error(who, f"logs named in figures, {tuple(objective.figures)}", f"{extra[0]!r} too",
                                 f"Write figures = {names!r}.")  # fmt: skip
    for name, figure in logs.items():
        if figure.shape != ():
            raise errors.value_error(who, "each of its logs to be a scalar", f"{name!r} of shape {figure.shape}",
                                     f"Write jnp.mean({name}).")  # fmt: skip
    _check_same_shapes(who, state, new)


def _check_same_shapes(who: str, state: State, new: State) -> None:
    before: dict[Any, Any] = dict(jax.tree_util.tree_flatten_with_path(state)[0])
    after: dict[Any, Any] = dict(jax.tree_util.tree_flatten_with_path(new)[0])
    for path in before | after:
        name = jax.tree_util.keystr(path)
        if path not in after or path not in before:
            got = f"state{name} {'left out' if path in before else 'added'}"
            raise errors.value_error(who, "to return all entries of the state, and no others", got,
                                     "Return {**state, ...}.")  # fmt: skip
        if before[path].shape != after[path].shape:
            got = f"{after[path].shape} after {before[path].shape}"
            raise errors.value_error(who, f"state{name} to keep its shape from step to step", got)
    if jax.tree.structure(state) != jax.tree.structure(new):
        raise errors.value_error(who, "to return a state nested as before", "another nesting", "Keep lists and tuples.")


def _is_named(state: Any) -> bool:
    return isinstance(state, dict) and all(isinstance(name, str) for name in _parts(state))


def _parts(values: Any) -> list[Any]:
    return list(values)


def _array(who: str, leaf: Any) -> np.ndarray:
    if isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        raise errors.type_error(
            who, "arrays of numbers, which a checkpoint can hold", "a random key", "Write jax.random.key_data(key)."
        )
    array = np.array(leaf)
    if array.dtype.kind not in "fiubcV" or array.dtype.names:
        raise errors.type_error(who, "arrays of numbers", errors.short_repr(leaf))
    return array.astype(jax.dtypes.canonicalize_dtype(array.dtype), copy=False)


def _described(result: Any) -> str:
    if isinstance(result, tuple):
        return f"{len(_parts(result))} values: {', '.join(type(part).__name__ for part in _parts(result))}"
    return "None" if result is None else f"a {type(result).__name__}"


def _name(objective: Any) -> str:
    return type(objective).__name__
