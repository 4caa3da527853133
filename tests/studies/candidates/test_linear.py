"""The linear candidate: scikit-learn's coefficients, as witness trained again, and classes without rows."""

import numpy as np
import pytest
from helpers.splits import PLAIN, fit, split_of
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss

from dragonet.studies import candidates
from dragonet.studies.candidates.split import balanced_weights

LINEAR = candidates.find("linear")
RNG = np.random.default_rng(1)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_of_classes_it_is_scikit_learns_logistic_regression(classes, weighted):
    y = ((PLAIN[:, 0] > 0.8).astype(np.int32) + (PLAIN[:, 1] > 0.5) * (classes > 2)).astype(np.int32)
    weights = balanced_weights(y[:180]) if weighted else None
    split = split_of(y, "classes", classes, weights)
    trained = fit(LINEAR, split)
    w = balanced_weights(y) if weighted else np.ones(len(y))  # all rows, once the penalty is chosen
    mean = (w @ PLAIN) / w.sum()
    sd = np.sqrt(w @ (PLAIN - mean) ** 2 / w.sum())
    strength = trained.chosen["strength"]
    witness = LogisticRegression(C=strength, max_iter=1000).fit((PLAIN - mean) / sd, y, sample_weight=w)
    p = witness.predict_proba((PLAIN[180:] - mean) / sd)
    np.testing.assert_allclose(LINEAR.predict(trained.model, split.x_validation), p, atol=2e-3)
    assert trained.hyperparameter == f"penalty: C = {strength:g}"


def test_the_penalty_is_that_with_the_least_loss_on_the_validation_rows():
    y = (PLAIN[:, 0] + np.random.default_rng(4).normal(size=len(PLAIN)) > 0).astype(np.int32)
    split = split_of(y, "classes", 2)
    mean, sd = PLAIN[:180].mean(axis=0), PLAIN[:180].std(axis=0)
    z, z_validation = (PLAIN[:180] - mean) / sd, (PLAIN[180:] - mean) / sd
    losses = {
        C: log_loss(y[180:], LogisticRegression(C=C, max_iter=300).fit(z, y[:180]).predict_proba(z_validation))
        for C in (1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0)
    }
    assert fit(LINEAR, split).chosen == {"strength": min(losses, key=losses.get)}


def test_of_all_rows_it_takes_the_median_penalty():
    y = (PLAIN[:, 0] > 0.3).astype(np.int32)
    split = split_of(y, "classes", 2).together()
    assert len(split.x) == len(PLAIN) and len(split.x_validation) == 0
    chosen = [{"strength": strength} for strength in (100.0, 0.01, 1.0)]
    assert LINEAR.refit(split, 0, candidates.Settings(), chosen).hyperparameter == "penalty: C = 1"


def test_of_numbers_it_is_scikit_learns_ridge_in_their_own_units():
    y = np.stack([1000 + 50 * PLAIN[:, 0] + RNG.normal(size=len(PLAIN)), PLAIN[:, 1] - 3], 1)
    split = split_of(y, "numbers", 2)
    trained = fit(LINEAR, split)
    z, z_new = ((part - PLAIN.mean(0)) / PLAIN.std(0) for part in (PLAIN, PLAIN[180:]))
    scaled = (y - y.mean(0)) / y.std(0)
    witness = Ridge(alpha=float(trained.hyperparameter.removeprefix("penalty: α = "))).fit(z, scaled)
    want = witness.predict(z_new) * y.std(0) + y.mean(0)
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
