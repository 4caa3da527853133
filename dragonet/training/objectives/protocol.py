"""Objective: the contract between a way of learning and the loop that runs it."""

# The tree functions of JAX have no types.
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false, reportUnknownArgumentType=false

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np

State = dict[str, Any]  # trees of arrays by name: weights, optimizers' memories, counters
Batch = Any  # a tree of arrays, one row for each example
Logs = dict[str, jax.Array]


class Objective(Protocol):
    """What is learned, and how: a state, and a pure function that makes one step of it.

    Derive from this class and write `init_state` and `step`; every other member has a default. The functions must be
    pure, as JAX compiles them into the loop: what they read of `self` must stay as it is, but for `assignable`.
    A state is a dict of trees of arrays. Its shapes stay the same from step to step. The objective alone knows what is
    in it; the loop keeps it, writes it to checkpoints, and merges `assignable()` into it.

    `figures`: the names of the scalars that `step` and `test` report, 'loss' among them; the history holds their means
    over the rows. `totals`: the entries of the state from which `metrics` are computed; `test` may change these alone.
    `metric_names`: the names of what `metrics` returns. `rejects_bad_steps`: True for a `step` that itself leaves the
    state as it was where its loss is not finite; otherwise the engine keeps the old state, which takes a copy.

    >>> class Halving(Objective):
    ...     def init_state(self, key, batch):
    ...         return {"w": jnp.array(8.0)}
    ...     def step(self, state, batch, key):
    ...         return {"w": state["w"] / 2}, {"loss": state["w"]}
    >>> objective = Halving()
    >>> state, logs = objective.step(objective.init_state(None, None), None, None)
    >>> float(state["w"]), float(logs["loss"])
    (4.0, 8.0)
    """

    figures: Sequence[str] = ("loss",)
    totals: Sequence[str] = ()
    rejects_bad_steps: bool = False

    # --- a step ---------------------------------------------------------------------------------------------------------

    def init_state(self, key: Any, batch: Batch) -> State:
        """The state before the first step. `batch` is the data, or the first batch of a stream: it shows the shapes.

        Trained as a model's objective, the model's weights then take the place of `weights(state)`.
        """
        raise NotImplementedError

    def step(self, state: State, batch: Batch, key: Any) -> tuple[State, Logs]:
        """The state after one step, and this batch's figures as scalars. `key` differs from step to step."""
        raise NotImplementedError

    # --- what is reported -----------------------------------------------------------------------------------------------

    def test(self, state: State, batch: Batch) -> tuple[State, Logs]:
        """The same figures without learning, for validation and `evaluate`; only `totals` may change."""
        raise NotImplementedError

    @property
    def metric_names(self) -> Sequence[str]:
        """The names of what `metrics` returns, in the order of the history."""
        return ()

    def metrics(self, state: State) -> dict[str, Any]:
        """What the totals amount to. `state` may hold no more than the entries of `totals`."""
        return {}

    def reset_metrics(self, state: State) -> State:
        """The state with its totals as before the first batch: zeros, unless a metric starts at something else."""
        return state | {
            name: jax.tree.map(lambda a: np.zeros(np.shape(a), a.dtype), state[name]) for name in self.totals
        }

    # --- what may be assigned from outside ------------------------------------------------------------------------------

    def assignable(self) -> dict[str, Any]:
        """Entries of the state that a user may assign between steps, such as learning rates: numbers or arrays, as they are.

        The loop reads them before each call of the engine and merges them into the state. They are arguments of the
        compiled program: to assign one compiles nothing.
        """
        return {}

    def assign(self, values: Mapping[str, Any]) -> None:
        """Go on with the assignable entries of a checkpoint; each is set as the attribute of its name, where there is one."""
        for name, value in values.items():
            if hasattr(self, name):
                setattr(self, name, value)

    # --- weights --------------------------------------------------------------------------------------------------------

    def weights(self, state: State) -> Any:
        """What was learned, a tree of arrays: a failure falls back to a copy of it, and EarlyStopping restores it.

        For a model's objective these are the pair (params, state) of `model.graph`. By default the whole state.
        """
        return {name: value for name, value in state.items() if name not in self.assignable()}

    def with_weights(self, state: State, weights: Any) -> State:
        """The state with other weights, which are shaped as `weights(state)`."""
        return state | weights

    def recover(self, state: State, weights: Any) -> State:
        """The state to go on from after a failure: these weights, and nothing that the failure may have spoilt."""
        return self.with_weights(state, weights)

    def is_finite(self, state: State) -> bool:
        """Whether the weights are numbers. Where they are not, the loop stops and falls back."""
        return all(map(_is_finite, jax.tree.leaves(self.weights(state))))

    def finalize(self, state: State) -> State:
        """The state at the end of training, for example with averaged weights in the place of the last ones."""
        return state

    # --- compiled programs ----------------------------------------------------------------------------------------------

    def identity(self) -> Hashable:
        """Equal for objectives that may share a compiled program; by default only with itself."""
        return self


def with_assigned(objective: Objective, state: State) -> State:
    """The state with what is assignable, as it is now, in arrays."""
    return state | jax.tree.map(_as_array, objective.assignable())


def _as_array(value: Any) -> Any:
    return np.float32(value) if isinstance(value, float) else np.asarray(value) if isinstance(value, int) else value


def _is_finite(leaf: Any) -> bool:
    """Whether an array holds neither NaN nor infinity. A finite sum tells it in one pass."""
    array = np.asarray(leaf)
    return not jnp.issubdtype(array.dtype, jnp.inexact) or bool(np.isfinite(np.sum(array)) or np.isfinite(array).all())
