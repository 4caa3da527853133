"""The tutorials' networks reach the tutorials' accuracies. Minutes of training: run by hand with `pytest -m tutorial -n 0`.

Each leaves its figures in bench/results/tutorials.json.
"""

import json
import time
from pathlib import Path

import pytest

import dragonet as keras
from dragonet import layers

RESULTS = Path(__file__).parents[2] / "bench" / "results" / "tutorials.json"

pytestmark = pytest.mark.tutorial


@pytest.fixture(scope="module")
def mnist():
    (x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
    return (x / 255.0).astype("float32"), y, (x_test / 255.0).astype("float32"), y_test


def logistic():
    return [layers.Flatten(input_shape=(28, 28)), layers.Dense(10, activation="softmax")]


def hidden(width, *more):
    return [
        layers.Flatten(input_shape=(28, 28)),
        layers.Dense(width, activation="relu"),
        *more,
        layers.Dense(10, activation="softmax"),
    ]


def cnn(*rates):
    def dropout(i):
        return [layers.Dropout(rates[i])] if rates else []

    return [
        layers.Reshape((28, 28, 1), input_shape=(28, 28)),
        layers.Conv2D(16, 5, padding="same", activation="relu"),
        layers.MaxPooling2D((2, 2), (2, 2), padding="same"),
        *dropout(0),
        layers.Conv2D(16, 5, padding="same", activation="relu"),
        layers.MaxPooling2D((2, 2), (2, 2), padding="same"),
        layers.Flatten(),
        *dropout(1),
        layers.Dense(50, activation="relu"),
        *dropout(2),
        layers.Dense(10, activation="softmax"),
    ]


# row of coverage.md: layers, parameters, epochs, test accuracy at least
ROWS = {
    "B4": (logistic, 7_850, 50, 0.925),
    "B5": (lambda: hidden(50), 39_760, 25, 0.970),
    "B7": (lambda: hidden(512, layers.Dropout(0.2)), 407_050, 1, 0.96),
    "B8": (cnn, 46_592, 10, 0.988),
    "B9": (lambda: cnn(0.1, 0.2, 0.2), 46_592, 20, 0.990),
}


@pytest.mark.parametrize("row", ROWS)
def test_row(row, mnist):
    build, parameters, epochs, least = ROWS[row]
    x, y, x_test, y_test = mnist
    model = keras.Sequential(build())
    assert model.count_params() == parameters
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    began = time.perf_counter()
    history = model.fit(x, y, epochs=epochs, validation_data=(x_test, y_test), verbose=0)
    seconds = time.perf_counter() - began
    figures = {
        "test accuracy": model.evaluate(x_test, y_test, verbose=0)[1],
        "training accuracy as reported": history.history["accuracy"][-1],
        "training accuracy with dropout off": model.evaluate(x, y, verbose=0)[1],
        "epoch of the lowest validation loss": history.history["val_loss"].index(min(history.history["val_loss"])) + 1,
        "epochs": epochs,
        "seconds": round(seconds, 1),
        "engine": history.engine,
    }
    record(row, figures)
    assert figures["test accuracy"] >= least, figures


def record(row, figures):
    """Add a row's figures to the file."""
    held = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    held[row] = figures
    RESULTS.write_text(json.dumps(dict(sorted(held.items())), indent=2) + "\n", encoding="utf-8")
