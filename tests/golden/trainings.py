"""Short trainings whose weights are recorded: each function returns arrays, which are the same for the same bits."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

from dragonet import (
    Input,
    Model,
    Sequential,
    datasets,
    layers,
    optimizers,
    regularizers,
    studies,
    utils,
)


def digits() -> tuple[np.ndarray, np.ndarray]:
    """The first 320 small digits as numbers from 0 to 1, and their classes."""
    (x, y), _ = datasets.digits.load_data()
    return (x[:320] / 16).astype("float32"), y[:320]


def classify(model: Model, optimizer: Any, engine: str, x: np.ndarray, y: Any, epochs: int = 2) -> Model:
    """The model after a training on class numbers."""
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], engine=engine)
    model.fit(x, y, epochs=epochs, verbose=0, preflight=False)
    return model


# --- models -----------------------------------------------------------------------------------------------------------


def logistic_regression(engine: str) -> Model:
    """Plain gradient descent with momentum."""
    x, y = digits()
    model = Sequential([Input((8, 8)), layers.Flatten(), layers.Dense(10, activation="softmax")])
    return classify(model, optimizers.SGD(0.1, momentum=0.9, nesterov=True), engine, x, y)


def network_with_dropout(engine: str) -> Model:
    """Adam with clipping, decoupled decay and a schedule; penalties on weights; sizes that fill no vector."""
    x, y = digits()
    model = Sequential(
        [
            Input((8, 8)),
            layers.Flatten(),
            layers.Dense(51, activation="relu", kernel_regularizer=regularizers.L2(1e-3)),
            layers.Dropout(0.2),
            layers.Dense(19, activation="tanh", kernel_initializer="he_normal"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    rate = optimizers.schedules.CosineDecay(3e-3, decay_steps=20)
    return classify(model, optimizers.Adam(rate, global_clipnorm=1.0, weight_decay=1e-3), engine, x, y)


def convolutions_with_normalization_and_augmentation(engine: str) -> Model:
    """The tutorials' convolutional network in small, on images that are shifted and rotated in each step."""
    x, y = digits()
    model = Sequential(
        [
            Input((8, 8)),
            layers.Reshape((8, 8, 1)),
            layers.RandomTranslation(0.1, 0.1),
            layers.RandomRotation(0.05),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(padding="same"),
            layers.Conv2D(6, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(padding="same"),
            layers.Flatten(),
            layers.Dropout(0.1),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return classify(model, optimizers.Adam(1e-2), engine, x, y)


def residual_graph(engine: str) -> Model:
    """Branches, sums and a concatenation; RMSprop."""
    x, y = digits()
    inputs = Input((8, 8))
    h = layers.Dense(16, activation="relu")(layers.Flatten()(inputs))
    for _ in range(3):
        h = layers.add([h, layers.Dense(16, activation="gelu")(layers.LayerNormalization()(h))])
    h = layers.concatenate([h, layers.Dense(5, activation="sigmoid")(h)])
    return classify(Model(inputs, layers.Dense(10, activation="softmax")(h)), optimizers.RMSprop(1e-3), engine, x, y)


def several_outputs(engine: str) -> Model:
    """A class and a number from one network, each with a loss and a weight of its own."""
    x, y = digits()
    inputs = Input((8, 8))
    h = layers.Dense(24, activation="relu")(layers.Flatten()(inputs))
    outputs = [layers.Dense(10, activation="softmax", name="digit")(h), layers.Dense(1, name="ink")(h)]
    model = Model(inputs, outputs)
    model.compile("adam", ["sparse_categorical_crossentropy", "mse"], loss_weights=[1.0, 0.1], engine=engine)
    model.fit(x, [y, x.mean((1, 2))[:, None]], epochs=2, verbose=0, preflight=False)
    return model


MODELS: dict[str, Callable[[str], Model]] = {
    each.__name__: each
    for each in (
        logistic_regression,
        network_with_dropout,
        convolutions_with_normalization_and_augmentation,
        residual_graph,
        several_outputs,
    )
}


def weights(name: str, engine: str) -> list[np.ndarray]:
    """All weights after the training of this name."""
    utils.set_random_seed(7)
    model = MODELS[name](engine)
    assert model.history.engine.startswith(engine), model.history.engine
    return model.get_weights()


# --- a ladder, and files ----------------------------------------------------------------------------------------------


def dragons_ladder() -> list[np.ndarray]:
    """The scores of every rung on the dragons: two splits, the network of 8 epochs."""
    ladder = studies.train_ladder(studies.read("dragons", target="color"), seeds=2, epochs=8, engine="native")
    return [np.asarray(ladder.scores)]


def file_members(path: Any) -> dict[str, bytes]:
    """The members of a .keras file of a model of each kind, without the date that it was saved on."""
    utils.set_random_seed(7)
    inputs = Input((8, 8), name="pixels")
    h = layers.Flatten(name="flat")(inputs)
    h = layers.Dense(4, activation="relu", name="hidden")(h)
    h = layers.BatchNormalization(name="norm")(h)
    model = Model(inputs, layers.Dense(3, activation="softmax", name="classes")(h), name="golden")
    model.compile(optimizers.Adam(1e-3, clipnorm=1.0), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.save(path)
    with zipfile.ZipFile(path) as file:
        members = {member: file.read(member) for member in sorted(file.namelist()) if member != "metadata.json"}
    members["model.weights.h5"] = hdf5_content(members["model.weights.h5"])
    return members


def hdf5_content(content: bytes) -> bytes:
    """The names, attributes and numbers in an HDF5 file, without its layout, which is the HDF5 library's own."""
    lines = []

    def visit(name: str, item: Any) -> None:
        attributes = {key: np.asarray(value).tolist() for key, value in sorted(item.attrs.items())}
        numbers = item[()].tobytes().hex() if isinstance(item, h5py.Dataset) else ""
        lines.append(f"{name} {attributes} {getattr(item, 'shape', '')} {getattr(item, 'dtype', '')} {numbers}")

    with h5py.File(io.BytesIO(content)) as file:
        file.visititems(visit)
    return "\n".join(lines).encode()
