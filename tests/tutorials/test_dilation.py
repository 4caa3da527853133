"""B26: a pair of motifs far apart is learned by a net with dilated convolutions, and not by the plain one of equal size."""

import numpy as np
import pytest

import dragonet
from dragonet import inspect, layers

LENGTH, APART = 96, 40
FIRST, SECOND = (0, 1, 3), (2, 2, 1)

pytestmark = pytest.mark.tutorial


def sequences(n, seed):
    """DNA in which both motifs occur, 40 letters apart or (class 0) at any other distance."""
    rng = np.random.default_rng(seed)
    letters = rng.integers(0, 4, (n, LENGTH))
    y = np.arange(n) % 2
    for row, label in zip(letters, y, strict=True):
        at = rng.integers(0, LENGTH - APART - 18)
        apart = APART if label else APART + rng.choice([-16, -12, -8, 8, 12])
        row[at : at + 3], row[at + apart : at + apart + 3] = FIRST, SECOND
    return np.eye(4, dtype="float32")[letters], y


def net(rates):
    dragonet.utils.set_random_seed(0)
    chain = [
        layers.Conv1D(24, 3, padding="same", dilation_rate=rate, activation="relu", name=f"rate_{i}")
        for i, rate in enumerate(rates)
    ]
    model = dragonet.Sequential(
        [layers.Input((LENGTH, 4)), *chain, layers.GlobalMaxPooling1D(), layers.Dense(1, activation="sigmoid")]
    )
    model.compile(dragonet.optimizers.Adam(3e-3), "binary_crossentropy", metrics=["accuracy"])
    return model


def test_b26_a_long_range_pair_needs_the_dilated_net():
    (x, y), (x_test, y_test) = sequences(4000, 0), sequences(1000, 1)
    scores = {}
    for name, rates in {"plain": (1, 1, 1, 1, 1), "dilated": (1, 2, 4, 8, 16)}.items():
        model = net(rates)
        model.fit(x, y, epochs=16, batch_size=64, verbose=0)
        reach = inspect.receptive_field(model, "rate_4").size[0]
        scores[name] = model.count_params(), reach, model.evaluate(x_test, y_test, verbose=0)[1]
    assert scores["plain"][0] == scores["dilated"][0]
    assert scores["plain"][1] == 11 < APART < scores["dilated"][1] == 63
    assert scores["dilated"][2] >= 0.9 and scores["plain"][2] <= 0.65, scores
