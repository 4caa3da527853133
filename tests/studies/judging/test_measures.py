"""Measures: scikit-learn's values, pairs within folds, classes that were not tested, and which score decides."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss, mean_absolute_error, roc_auc_score

from dragonet import data
from dragonet.studies.judging import measures

RNG = np.random.default_rng(0)
ONE_FOLD = np.zeros(50, int)


def test_measures_are_scikit_learns():
    y, p = RNG.integers(0, 3, 50), RNG.dirichlet(np.ones(3), 50)
    figures = measures.measured("classes", y, p, p, ONE_FOLD)
    assert figures["macro F1"] == pytest.approx(f1_score(y, p.argmax(1), average="macro"))
    assert figures["ROC AUC"] == pytest.approx(roc_auc_score(y, p, multi_class="ovr"))
    assert figures["log loss"] == pytest.approx(log_loss(y, p))
    labels, q = RNG.integers(0, 2, (50, 2)), RNG.random((50, 2))
    assert measures.measured("labels", labels, q, q, ONE_FOLD)["ROC AUC"] == pytest.approx(roc_auc_score(labels, q))
    numbers, answers = RNG.normal(size=(2, 50, 2))
    figures = measures.measured("numbers", numbers, answers, answers, ONE_FOLD)
    assert figures["MAE"] == pytest.approx(mean_absolute_error(numbers, answers))


def test_a_class_that_was_not_tested_spoils_no_measure():
    p = np.array([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8], [0.1, 0.8, 0.1]])
    figures = measures.measured("classes", np.array([0, 0, 1]), p, p, ONE_FOLD[:3])
    assert figures["balanced accuracy"] == 0.75 and all(np.isfinite(list(figures.values())))
    half = np.full((2, 2), 0.5)
    assert np.isnan(measures.measured("classes", np.zeros(2, int), half, half, ONE_FOLD[:2])["ROC AUC"])


def test_order_goes_by_keys_and_within_folds():
    x = np.linspace(-1, 1, 60)
    y, p, fold = (x > 0).astype(int), np.ones((60, 2)), np.arange(60) % 2
    keys = np.stack([-x, x], axis=1)
    assert measures.measured("classes", y, p, p, fold)["ROC AUC"] == 0.5
    assert measures.measured("classes", y, p, keys, fold)["ROC AUC"] == 1.0
    assert measures.measured("classes", y, p, keys + 100 * fold[:, None], fold)["ROC AUC"] == 1.0
    labels = np.stack([y, 1 - y], axis=1)
    assert measures.measured("labels", labels, p, np.stack([x, -x], axis=1), fold)["ROC AUC"] == 1.0


@pytest.mark.parametrize(
    ("y", "balance", "name"),
    [
        (np.arange(20) % 2, False, "accuracy"),
        (np.arange(20) % 2, True, "balanced accuracy"),
        ((np.arange(20) > 15).astype(int), False, "ROC AUC"),
        (np.r_[np.zeros(16, int), 1, 1, 2, 2], False, "balanced accuracy"),
        (np.r_[np.zeros(14, int), np.ones(6, int)], False, "accuracy"),
        (np.arange(20) / 7, False, "R²"),
    ],
)
def test_which_score_decides(y, balance, name):
    measure = measures.deciding(data.read((RNG.normal(size=(20, 2)), y)), balance)
    assert measure.name == name
    if name == "ROC AUC":
        assert measure.reason.startswith("because 80% of the rows are '0', so that an accuracy of 0.800 takes no model")


def test_one_models_score_is_the_plain_one():
    y, p = RNG.integers(0, 2, 30), RNG.dirichlet(np.ones(2), 30)
    rows = data.read((np.zeros((30, 1)) + np.arange(30)[:, None], np.arange(30) % 2))
    assert measures.deciding(rows, False).once(y, p) == pytest.approx((p.argmax(axis=1) == y).mean())
