"""The simplest guess: the shares of classes and labels, and the mean of numbers, whatever the row."""

import numpy as np
from helpers.splits import PLAIN, fit, split_of

from dragonet import data
from dragonet.studies import candidates

X = PLAIN[:3].astype(np.float32)


def test_of_classes_it_gives_their_shares():
    y = (PLAIN[:, 0] > 0.5).astype(np.int32)
    majority = candidates.find("majority")
    model = fit(majority, split_of(y, "classes", 2)).model
    np.testing.assert_allclose(majority.predict(model, X), [[1 - y[:180].mean(), y[:180].mean()]] * 3, atol=1e-5)


def test_of_labels_it_gives_their_shares():
    y = (PLAIN > 0.5).astype(np.float32)
    majority = candidates.find("majority")
    model = fit(majority, split_of(y, "labels", 3)).model
    np.testing.assert_allclose(majority.predict(model, X), [y[:180].mean(axis=0)] * 3, atol=1e-5)


def test_of_numbers_it_gives_the_mean():
    numbers = PLAIN[:, :1] * 7 + 100
    mean = candidates.find("mean")
    model = fit(mean, split_of(numbers, "numbers", 1)).model
    np.testing.assert_allclose(mean.predict(model, X), [[numbers[:180].mean()]] * 3, rtol=1e-5)


def test_it_needs_its_own_tasks():
    rows = data.read((PLAIN, np.arange(240) % 2))
    assert candidates.find("majority").needs(rows) is None
    assert candidates.find("mean").needs(rows) == "numbers to predict"
