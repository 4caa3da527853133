"""The linear candidate: scikit-learn's coefficients, as witness trained again, and classes without rows."""

import numpy as np
import pytest
from helpers.splits import PLAIN, fit, split_of
from sklearn.linear_model import LogisticRegression, Ridge

from dragonet.studies import candidates

LINEAR = candidates.find("linear")
RNG = np.random.default_rng(1)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_of_classes_it_is_scikit_learns_logistic_regression(classes, weighted):
    y = ((PLAIN[:, 0] > 0.8).astype(np.int32) + (PLAIN[:, 1] > 0.5) * (classes > 2)).astype(np.int32)
    weights = (1 + y[:180]).astype(np.float32) if weighted else None
    split = split_of(y, "classes", classes, weights)
    trained = fit(LINEAR, split)
    strength = float(trained.hyperparameter.removeprefix("penalty: C = "))
    w = np.ones(180) if weights is None else weights
    mean = (w @ PLAIN[:180]) / w.sum()
    sd = np.sqrt(w @ (PLAIN[:180] - mean) ** 2 / w.sum())
    witness = LogisticRegression(C=strength, max_iter=1000).fit(
        (PLAIN[:180] - mean) / sd, y[:180], sample_weight=weights
    )
    p = witness.predict_proba((PLAIN[180:] - mean) / sd)
    np.testing.assert_allclose(LINEAR.predict(trained.model, split.x_validation), p, atol=2e-3)


def test_of_numbers_it_is_scikit_learns_ridge_in_their_own_units():
    y = np.stack([1000 + 50 * PLAIN[:, 0] + RNG.normal(size=len(PLAIN)), PLAIN[:, 1] - 3], 1)
    split = split_of(y, "numbers", 2)
    trained = fit(LINEAR, split)
    z, z_new = ((part - PLAIN[:180].mean(0)) / PLAIN[:180].std(0) for part in (PLAIN[:180], PLAIN[180:]))
    scaled = (y[:180] - y[:180].mean(0)) / y[:180].std(0)
    witness = Ridge(alpha=float(trained.hyperparameter.removeprefix("penalty: α = "))).fit(z, scaled)
    want = witness.predict(z_new) * y[:180].std(0) + y[:180].mean(0)
    np.testing.assert_allclose(LINEAR.predict(trained.model, split.x_validation), want, rtol=2e-3, atol=2e-3)


def test_a_class_without_rows_to_learn_from_is_never_the_answer():
    y = np.where(PLAIN[:, 0] > 0, 2, 0).astype(np.int32)
    model = fit(LINEAR, split_of(y, "classes", 4)).model
    assert LINEAR.predict(model, PLAIN[:5].astype(np.float32))[:, [1, 3]].max() < 1e-6


def test_a_saved_model_answers_the_same_and_gives_the_same_bytes():
    y = (PLAIN[:, 0] > 0).astype(np.int32)
    model, x = fit(LINEAR, split_of(y, "classes", 2)).model, PLAIN[:5].astype(np.float32)
    again = LINEAR.load(LINEAR.save(model))
    np.testing.assert_array_equal(LINEAR.predict(again, x), LINEAR.predict(model, x))


def test_its_recommendation_names_the_others():
    assert LINEAR.recommendation(["the network"]).startswith("Take the linear model: it is as good as the network, it")
