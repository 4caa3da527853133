"""What constant, linear and network have in common: each is a network of dragonet, built and saved in one way."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dragonet import layers
from dragonet.core import session
from dragonet.models import Model, Sequential, load_model
from dragonet.optimizers import Adam
from dragonet.sklearn import architectures, scaling
from dragonet.studies.candidates.split import Split

_LOSSES = {
    "classes": ("sparse_categorical_crossentropy", "accuracy"),
    "labels": ("binary_crossentropy", "binary_accuracy"),
    "numbers": ("mse", "mae"),
}
_ONE_LAYER = "logistic"  # what `sklearn.architectures` calls the network without hidden layers


class NetworkModel:
    """The methods of a candidate whose model is a network of dragonet."""

    def predict(self, model: Model, x: np.ndarray) -> np.ndarray:
        """The outputs (n, k) for rows x."""
        return model.predict(x)

    def save(self, model: Model) -> bytes:
        """The bytes of a .keras file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.keras")
            model.save(path)
            return path.read_bytes()

    def load(self, content: bytes) -> Model:
        """The model of a .keras file. Raises ValueError for one that is damaged."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.keras")
            path.write_bytes(content)
            return load_model(path)

    def recommendation(self, others: Sequence[str]) -> str:
        """Nothing."""
        return ""


def build(split: Split, seed: int, engine: str, architecture: str = _ONE_LAYER) -> tuple[Model, Model]:
    """The compiled model, and the part of it that learns: for numbers, all but the layers that give them their units back.

    architecture: 'mlp', 'cnn', or 'logistic' for no hidden layers.
    """
    activation = {"classes": "softmax", "labels": "sigmoid", "numbers": None}[split.task]
    with session.started_over(seed):
        last = layers.Dense(split.outputs, activation=activation, name="output")
        if architecture == "cnn" and split.kind == "series":
            model = _over_time(split, last)
        else:
            names = ("mlp", "cnn", _ONE_LAYER)
            model = architectures.network("train", architecture, names, split.x, split.weights, last)
        learner: Model = model
        if split.task == "numbers":
            model.target_scaling = split.target_scaling
            for layer in scaling.behind(*scaling.moments(split.y, None)) if model.target_scaling is None else ():
                model.add(layer)
            learner = Model(model.inputs, model.get_layer("output").output)
        loss, metric = _LOSSES[split.task]
        for part in {id(model): model, id(learner): learner}.values():
            part.compile(Adam(), loss, metrics=[metric], engine=engine)
            part.seed = seed
    return model, learner


def one_layer(split: Split, engine: str, W: np.ndarray, b: np.ndarray) -> Model:
    """The network without hidden layers that has these weights, W (inputs, outputs) and b (outputs,)."""
    model, _ = build(split, 0, engine)
    model.get_layer("output").set_weights([W.astype(np.float32), b.astype(np.float32)])
    return model


def _over_time(split: Split, last: layers.Dense) -> Sequential:
    """Two convolutions over time, on channels that are scaled each for itself; then the mean over time."""
    channels_last = split.x.swapaxes(1, 2)
    return Sequential(
        [
            layers.Input(split.x.shape[1:]),
            layers.Permute((2, 1)),  # (channels, times) to (times, channels)
            *scaling.before(*scaling.moments(channels_last, split.weights)),
            layers.Conv1D(32, 7, padding="same", activation="relu"),
            layers.MaxPooling1D(2, padding="same"),
            layers.Conv1D(32, 7, padding="same", activation="relu"),
            layers.GlobalAveragePooling1D(),
            layers.Dropout(0.2),
            last,
        ]
    )
