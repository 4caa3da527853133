"""Whole trainings agree with Keras's: the same weights, data and order give the same losses, weights and predictions."""

import keras
import numpy as np
import pytest

import dragonet

ROWS, BATCH, EPOCHS = 37, 8, 4  # 20 steps, the last of each epoch on five rows


def mlp(k):
    return k.Sequential([k.Input((6,)), k.layers.Dense(16, activation="relu"), k.layers.Dense(3, activation="softmax")])


def cnn(k):
    return k.Sequential(
        [
            k.Input((8, 8, 1)),
            k.layers.Conv2D(4, 3, padding="same", use_bias=False),
            k.layers.BatchNormalization(),
            k.layers.Activation("relu"),
            k.layers.MaxPooling2D(2),
            k.layers.Flatten(),
            k.layers.Dense(3, activation="softmax"),
        ]
    )


def residual(k):
    x = k.Input((6,))
    h = k.layers.Dense(12, activation="tanh")(x)
    for _ in range(2):
        h = k.layers.add([h, k.layers.Dense(12, activation="relu")(h)])
    return k.Model(x, k.layers.Dense(1)(h))


def one_hot(labels):
    return np.eye(3, dtype="float32")[labels]


# Adam with a larger epsilon than by default, which would make a whole step of the rounding error of a gradient that is nearly 0.
CASES = {
    "MLP, Adam": (
        mlp,
        (6,),
        lambda k: k.optimizers.Adam(0.01, epsilon=0.01),
        "sparse_categorical_crossentropy",
        ["accuracy"],
    ),
    "CNN with BatchNormalization, SGD": (
        cnn,
        (8, 8, 1),
        lambda k: k.optimizers.SGD(0.05, momentum=0.9),
        "categorical_crossentropy",
        ["accuracy"],
    ),
    "residual graph, Adam": (residual, (6,), lambda k: k.optimizers.Adam(0.01, epsilon=0.01), "mse", ["mae"]),
}


def data(shape, loss):
    dice = np.random.default_rng(1)
    x = dice.normal(size=(ROWS, *shape)).astype("float32")
    labels = dice.integers(0, 3, ROWS)
    y = {"sparse_categorical_crossentropy": labels, "categorical_crossentropy": one_hot(labels)}.get(
        loss, x.reshape(ROWS, -1).sum(1, keepdims=True)
    )
    return x, y


def close(ours, theirs, within=1e-4):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert np.abs(ours - theirs).max() <= within * max(1, np.abs(theirs).max())


@pytest.mark.parametrize("name", CASES)
def test_losses_weights_and_predictions_after_twenty_steps(name):
    build, shape, optimizer, loss, metrics = CASES[name]
    x, y = data(shape, loss)
    theirs, ours = build(keras), build(dragonet)
    ours.set_weights(theirs.get_weights())
    histories = []
    for k, model in ((keras, theirs), (dragonet, ours)):
        model.compile(optimizer=optimizer(k), loss=loss, metrics=metrics)
        histories.append(
            model.fit(
                x, y, batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0, validation_data=(x[:10], y[:10])
            ).history
        )
    assert list(histories[0]) == list(histories[1])
    for key in histories[0]:
        close(histories[1][key], histories[0][key])
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        close(a, b)
    close(ours.predict(x), theirs.predict(x, verbose=0))
    close(ours.evaluate(x, y, verbose=0), theirs.evaluate(x, y, verbose=0))


@pytest.mark.parametrize("name", CASES)
def test_sample_and_class_weights_as_keras(name):
    build, shape, optimizer, loss, metrics = CASES[name]
    x, y = data(shape, loss)
    w = np.linspace(0, 2, ROWS).astype("float32")
    classes = {0: 0.5, 2: 3.0} if loss != "mse" else None
    theirs, ours = build(keras), build(dragonet)
    ours.set_weights(theirs.get_weights())
    histories = []
    for k, model in ((keras, theirs), (dragonet, ours)):
        model.compile(optimizer=optimizer(k), loss=loss, weighted_metrics=metrics)
        histories.append(
            model.fit(
                x, y, batch_size=BATCH, epochs=2, shuffle=False, verbose=0, sample_weight=w, class_weight=None
            ).history
        )
    for key in histories[0]:
        close(histories[1][key], histories[0][key])
    if classes:
        close(
            *(
                model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, class_weight=classes).history["loss"]
                for model in (ours, theirs)
            )
        )
