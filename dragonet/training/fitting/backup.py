"""Backup: a copy of the weights that a failure falls back to."""

import math
import time
from typing import Any

import jax
import numpy as np

from dragonet.training.objectives.protocol import Objective, State

SECONDS = 0.25  # between two copies, at least


class Backup:
    """The last copy of an objective's weights that were finite; None before the first."""

    def __init__(self, objective: Objective):
        self._objective = objective
        self.weights: Any = None
        self._time = -math.inf

    def keep(self, state: State) -> None:
        """Copy the weights of a state, where the last copy is a quarter of a second old and they are finite."""
        now = time.perf_counter()
        if now - self._time < SECONDS:
            return
        if self.weights is not None and not self._objective.is_finite(state):
            return
        self.weights = copied(self._objective.weights(state))
        self._time = now

    def recovered(self, state: State) -> State:
        """The state with the weights of the copy."""
        return self._objective.recover(state, copied(self.weights))


def copied(tree: Any) -> Any:
    """A tree's arrays as NumPy arrays of their own."""
    return jax.tree.map(np.array, tree)


def is_lost(state: State) -> bool:
    """Whether a step that failed has used up some of the state's arrays."""
    return any(getattr(leaf, "is_deleted", bool)() for leaf in jax.tree.leaves(state))
