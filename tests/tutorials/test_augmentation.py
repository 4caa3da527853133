"""B10: the tutorial's CNN learns the shifted and turned digits too. Minutes for each seed: `pytest -m tutorial -n 0`.

Leaves its figures in bench/results/tutorials.json. DRAGONET_SEEDS=10 trains ten seeds instead of three.
"""

import json
import os
import statistics
import time
from pathlib import Path

import pytest

import dragonet as keras
from dragonet import layers
from dragonet.preprocessing import image

RESULTS = Path(__file__).parents[2] / "bench" / "results" / "tutorials.json"
SEEDS = int(os.environ.get("DRAGONET_SEEDS", "3"))

pytestmark = pytest.mark.tutorial


def cnn():
    model = keras.Sequential(
        [
            layers.Reshape((28, 28, 1), input_shape=(28, 28)),
            layers.Conv2D(16, 5, padding="same", activation="relu"),
            layers.MaxPooling2D((2, 2), (2, 2), padding="same"),
            layers.Dropout(0.1),
            layers.Conv2D(16, 5, padding="same", activation="relu"),
            layers.MaxPooling2D((2, 2), (2, 2), padding="same"),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(50, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def trained(seed, x, y, x_test, y_test):
    """(test accuracy, seconds, engine) of 20 epochs over each digit and two copies of it."""
    keras.utils.set_random_seed(seed)
    x, y = image.augment_data(x, y, copies=2, shift=0.05, rotation=20, seed=seed)
    assert x.shape == (180_000, 28, 28)
    model, began = cnn(), time.perf_counter()
    history = model.fit(x, y, batch_size=96, epochs=20, validation_data=(x_test, y_test), verbose=0)
    return model.evaluate(x_test, y_test, verbose=0)[1], time.perf_counter() - began, history.engine


def test_b10_augmentation():
    (x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
    x, x_test = (x / 255.0).astype("float32"), (x_test / 255.0).astype("float32")
    each, seconds, engines = zip(*(trained(seed, x, y, x_test, y_test) for seed in range(SEEDS)), strict=True)
    record("B10", list(each), list(seconds), engines[0])
    assert statistics.mean(each) >= 0.993, each


def record(row, each, seconds, engine):
    """Add the row's figures to the file."""
    held = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    held[row] = {
        "test accuracy": statistics.mean(each),
        "standard deviation": statistics.stdev(each) if len(each) > 1 else None,
        "each seed": each,
        "seeds": len(each),
        "epochs": 20,
        "seconds": round(statistics.median(seconds), 1),
        "engine": engine,
    }
    RESULTS.write_text(json.dumps(dict(sorted(held.items())), indent=2) + "\n", encoding="utf-8")
