"""FitSession: what callbacks see as `self.model` where an objective is trained without a model."""

from typing import Any

import jax
import numpy as np

from dragonet.core import errors
from dragonet.training.history import History
from dragonet.training.objectives.protocol import Objective, State, with_assigned


class FitSession:
    """A training of an objective alone: `stop_training = True` ends it; `state` is its state between two spans.

    `objective`, `history` and `steps` (how many were made) can be read, and `get_weights` and `set_weights` copy
    `objective.weights(state)` out and in, so that EarlyStopping restores the best ones. What needs a model, such as
    `save`, raises AttributeError with a sentence.
    """

    def __init__(self, objective: Objective, engine: str):
        self.objective, self.chosen_engine = objective, engine
        self.stop_training = False
        self.state: State = {}
        self.steps = 0
        self.history = History()
        self.fit: Any = None  # the loop, while it runs
        self._is_assigned = False  # whether set_weights was called since the last step

    @property
    def training_state(self) -> "FitSession":
        """This object: where callbacks find the `fit` under way, as `model.training_state`."""
        return self

    @property
    def optimizer(self) -> Any:
        """The objective's optimizer, where it has one by that name; callbacks change its learning rate."""
        return getattr(self.objective, "optimizer", None)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of what was learned, array by array."""
        return [np.array(leaf) for leaf in jax.tree.leaves(self.objective.weights(self.state))]

    def set_weights(self, weights: list[Any]) -> None:
        """Put arrays in the place of what was learned, in the order of `get_weights`.

        Raises ValueError for another number of arrays, or other shapes.
        """
        leaves, tree = jax.tree.flatten(self.objective.weights(self.state))
        if [np.shape(leaf) for leaf in leaves] != [np.shape(array) for array in weights]:
            shapes = [np.shape(leaf) for leaf in leaves]
            raise errors.value_error("set_weights", f"arrays of shapes {shapes}", f"{[np.shape(a) for a in weights]}")
        arrays = [np.array(array, leaf.dtype) for array, leaf in zip(weights, leaves, strict=True)]
        self.state = self.objective.with_weights(self.state, jax.tree.unflatten(tree, arrays))
        self._is_assigned = True

    def __getattr__(self, name: str) -> Any:
        """Called for names that are nowhere else."""
        raise AttributeError(
            f"This training has no model, and so no {name!r}. Callbacks that need a model cannot be used."
        )

    # --- for the loop -----------------------------------------------------------------------------------------------------

    def refresh(self, objective: Objective, state: State) -> State:
        """The state with what was assigned from outside since the last step."""
        if self._is_assigned:
            state, self._is_assigned = objective.with_weights(state, objective.weights(self.state)), False
        return with_assigned(objective, state)

    def publish(self, objective: Objective, state: State, steps: int) -> None:
        """Show the state to callbacks, after so many steps in all."""
        self.state, self.steps = state, steps

    def restore_weights(self, objective: Objective, weights: Any) -> None:
        """Nothing: after an error that lost the state, `fit` returns none."""
