"""Measures: scikit-learn's values, classes that were not tested, and weights as rows that count so often."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, mean_absolute_error, roc_auc_score

from dragonet.studies import measures

RNG = np.random.default_rng(0)


def test_measures_are_scikit_learns():
    y, p = RNG.integers(0, 3, 50), RNG.dirichlet(np.ones(3), 50)
    found = measures.measured("classes", y, p)
    assert found["macro F1"] == pytest.approx(f1_score(y, p.argmax(1), average="macro"))
    assert found["ROC AUC"] == pytest.approx(roc_auc_score(y, p, multi_class="ovr"))
    labels, q = RNG.integers(0, 2, (50, 2)), RNG.random((50, 2))
    assert measures.measured("labels", labels, q)["ROC AUC"] == pytest.approx(roc_auc_score(labels, q))
    numbers, said = RNG.normal(size=(2, 50, 2))
    assert measures.measured("numbers", numbers, said)["MAE"] == pytest.approx(mean_absolute_error(numbers, said))


def test_a_class_that_was_not_tested_spoils_no_measure():
    found = measures.measured(
        "classes", np.array([0, 0, 1]), np.array([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8], [0.1, 0.8, 0.1]])
    )
    assert found["balanced accuracy"] == 0.75 and all(np.isfinite(list(found.values())))
    assert np.isnan(measures.measured("classes", np.zeros(2, int), np.full((2, 2), 0.5))["ROC AUC"])


@pytest.mark.parametrize(
    ("task", "balance"), [("classes", False), ("classes", True), ("labels", False), ("numbers", False)]
)
def test_weights_of_the_deciding_score_are_rows_that_count_so_often(task, balance):
    measure = measures.deciding(task, balance)
    shape = (12, 2) if task != "classes" else 12
    y, said = RNG.integers(0, 2, shape), RNG.integers(0, 2, shape)
    times = RNG.integers(0, 3, 12)
    weighted = measure.formula(y, said, times[None].astype(np.float32))[0]
    assert weighted == pytest.approx(
        measure.once(np.repeat(y, times, axis=0), np.repeat(said, times, axis=0)), abs=1e-5
    )
