"""The simplest guess: the same answer for every row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.data.dataset import Data
from dragonet.studies.candidates.building import NetworkModel, one_layer
from dragonet.studies.candidates.protocol import Settings, Trained
from dragonet.studies.candidates.split import Split

_LEAST = 1e-12, 1e-6  # the least share of a class, and of a label


@dataclass(frozen=True)
class Constant(NetworkModel):
    """The shares of the classes or labels among the rows to learn from, or their mean: a linear model without slopes."""

    name: str
    title: str
    tasks: tuple[str, ...]

    def needs(self, data: Data) -> str | None:
        """One of its tasks."""
        return None if data.task in self.tasks else f"{' or '.join(self.tasks)} to predict"

    def is_usual(self, data: Data) -> bool:
        """Always: it is the baseline."""
        return True

    def configuration(self) -> Mapping[str, Any]:
        """There is nothing to set."""
        return {}

    def fit(self, split: Split, seed: int, settings: Settings) -> Trained:
        """Count, or take the mean."""
        no_slopes = np.zeros((split.flat[0].shape[1], split.outputs))
        return Trained(one_layer(split, settings.engine, no_slopes, _bias(split)))

    def refit(self, split: Split, seed: int, settings: Settings, chosen: Sequence[Mapping[str, float]]) -> Trained:
        """The same of all rows."""
        return self.fit(split, seed, settings)


def _bias(split: Split) -> np.ndarray:
    """What the output layer adds: the logits of the shares; 0, the mean of standardized numbers."""
    least, least_of_label = _LEAST
    if split.task == "classes":
        shares = np.bincount(split.y, weights=split.weights, minlength=split.outputs)
        return np.log(np.maximum(shares, least) / shares.sum())
    if split.task == "labels":
        p = np.clip(split.y.mean(axis=0), least_of_label, 1 - least_of_label)
        return np.log(p / (1 - p))
    return np.zeros(split.outputs)
