"""The network: one hidden layer for columns, convolutions for images and for series over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.callbacks import EarlyStopping
from dragonet.data.dataset import Data
from dragonet.models import Model
from dragonet.studies.candidates.building import NetworkModel, build
from dragonet.studies.candidates.protocol import Settings, Trained
from dragonet.studies.candidates.split import Split
from dragonet.training.history import History

_PATIENCE = 20  # epochs without progress that end a training
_BATCH, _STEPS = (32, 200), 100  # so many rows at a time that an epoch has about a hundred steps, within these bounds
_CONVOLUTIONS = "cnn"
_LOCAL = ("images", "series")  # data in which neighbouring numbers belong together


@dataclass(frozen=True)
class Network(NetworkModel):
    """A small network, kept as it was in the epoch that is best on the validation rows. name: 'mlp' or 'cnn'."""

    name: str

    @property
    def title(self) -> str:
        """With the kind of its hidden layers."""
        return f"the network ({self.name})"

    def needs(self, data: Data) -> str | None:
        """Convolutions: numbers with neighbours."""
        return " or ".join(_LOCAL) if self.name == _CONVOLUTIONS and data.kind not in _LOCAL else None

    def is_usual(self, data: Data) -> bool:
        """Convolutions where they fit, else a hidden layer."""
        return (self.name == _CONVOLUTIONS) == (data.kind in _LOCAL)

    def configuration(self) -> Mapping[str, Any]:
        """How it stops, and the size of its batches."""
        return {"patience": _PATIENCE, "batch": _BATCH, "steps": _STEPS}

    def fit(self, split: Split, seed: int, settings: Settings) -> Trained:
        """Train until the validation loss no longer falls."""
        stopping = EarlyStopping(monitor="val_loss", mode="min", patience=_PATIENCE, restore_best_weights=True)
        model, history = self._train(
            split, seed, settings, settings.epochs, callbacks=[stopping], validation_data=_validation(split)
        )
        losses = np.asarray(history.history["val_loss"])
        epochs = 1 + int(np.nanargmin(losses)) if np.isfinite(losses).any() else 1
        return Trained(model, history, {"epochs": epochs})

    def refit(self, split: Split, seed: int, settings: Settings, chosen: Sequence[Mapping[str, float]]) -> Trained:
        """Train for the median number of epochs."""
        epochs = int(np.median([each["epochs"] for each in chosen]))
        model, history = self._train(split, seed, settings, epochs)
        return Trained(model, history, {"epochs": epochs}, f"number of epochs: {epochs}, the median")

    def _train(self, split: Split, seed: int, settings: Settings, epochs: int, **more: Any) -> tuple[Model, History]:
        model, learner = build(split, seed, settings.engine, self.name)
        learner.threads = settings.threads
        settings.watch(learner)
        low, high = _BATCH
        history = learner.fit(
            split.x,
            split.targets[0],
            batch_size=min(len(split.x), max(low, min(high, len(split.x) // _STEPS))),
            epochs=epochs,
            verbose=0,
            sample_weight=split.weights,
            preflight=settings.preflight,
            **more,
        )
        learner.threads = None
        if history.stopped == "interrupted":
            raise KeyboardInterrupt
        return model, history

    def recommendation(self, others: Sequence[str]) -> str:
        """What its being better says of the data."""
        return (
            "The network has found what a straight line cannot. See which columns it uses, and try a larger one with "
            "dragonet.sklearn.NetClassifier or NetRegressor in a GridSearchCV, inside cross-validation."
        )


def _validation(split: Split) -> tuple[np.ndarray, np.ndarray]:
    return split.x_validation, split.targets[1]
