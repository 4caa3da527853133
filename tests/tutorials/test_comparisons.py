"""compare, at length: noise is left alone, differences are found, and the exercises of 002 and 003 have an answer.

Minutes of training: run by hand with `pytest -m tutorial -n 0`.
"""

import numpy as np
import pytest

import dragonet as dn
from dragonet import layers, optimizers

pytestmark = pytest.mark.tutorial


def answers_yes_or_no(features, *widths):
    hidden = [layers.Dense(width, activation="relu") for width in widths]
    model = dn.Sequential([layers.Input((features,)), *hidden, layers.Dense(1, activation="sigmoid")])
    model.compile(optimizers.Adam(0.02), "binary_crossentropy")
    return model


@pytest.mark.parametrize("width", [(), (17,)], ids=["logistic", "mlp of 17"])
def test_d12_of_100_tables_of_noise_5_at_most_are_called_a_difference(width):
    told = 0
    for table in range(100):
        rng = np.random.default_rng(table)
        x, y = rng.normal(size=(200, 5)), rng.integers(0, 2, 200)
        result = dn.compare(
            {"mlp of 16": answers_yes_or_no(5, 16), "other": answers_yes_or_no(5, *width)}, x, y, epochs=20
        )
        told += result.differences[0].significant
    assert told <= 5


def test_d12_of_20_tables_of_xor_18_at_least_are_called_a_difference():
    told = 0
    for table in range(20):
        x = np.random.default_rng(table).normal(size=(200, 2))
        y = (x[:, 0] * x[:, 1] > 0).astype(int)
        result = dn.compare({"logistic": answers_yes_or_no(2), "mlp": answers_yes_or_no(2, 16)}, x, y, epochs=60)
        told += result.differences[0].significant and result.differences[0].better == "mlp"
    assert told >= 18


@pytest.fixture(scope="module")
def digits():
    (x, y), (x_test, y_test) = dn.datasets.digits.load_data()
    return np.concatenate([x, x_test]).reshape(-1, 64) / 16, np.concatenate([y, y_test])


def reader(*hidden, optimizer="adam"):
    model = dn.Sequential([layers.Input((64,)), *hidden, layers.Dense(10, activation="softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def test_b6_one_call_compares_the_widths(digits):
    widths = (5, 10, 20, 50, 100, 200)
    result = dn.compare({f"{w} nodes": reader(layers.Dense(w, "relu")) for w in widths}, *digits, epochs=30)
    print(result)
    table = result.table
    assert list(table.index) == [f"{w} nodes" for w in widths]
    assert (np.diff(table["train"]) > 0).all()
    assert table.loc["200 nodes", "mean"] > 0.965 > table.loc["5 nodes", "mean"]
    told = {d.other: d.significant for d in result.differences}
    assert told["10 nodes"] and not told["100 nodes"]


def test_c12_learning_rates_and_optimizers_are_levers(digits):
    made = {
        f"{kind.__name__} {rate}": reader(layers.Dense(50, "relu"), optimizer=kind(rate))
        for kind in (optimizers.SGD, optimizers.Adam)
        for rate in (1e-4, 1e-3, 1e-2)
    }
    result = dn.compare(made, *digits, epochs=15)
    print(result)
    assert result.table["mean"].idxmax() == "Adam 0.01"
    assert {d.other for d in result.differences if d.significant} >= {"SGD 0.0001", "SGD 0.001", "Adam 0.0001"}


def test_c14_dropout_makes_the_gap_of_the_loss_smaller_and_leaves_the_accuracys(digits):
    def wide(*dropout):
        return reader(layers.Dense(512, "relu"), *dropout)

    x, y = digits
    models = {"before": wide(), "after": wide(layers.Dropout(0.5))}
    result = dn.compare(models, x[:400], y[:400], epochs=200, score="sparse_categorical_crossentropy")
    print(result)
    before, after = result.gaps
    assert (before > after).all()
    assert before.mean() - after.mean() > before.std(ddof=1) / 5
    result = dn.compare(models, x[:400], y[:400], epochs=200)
    print(result)
    assert not result.differences[0].significant
