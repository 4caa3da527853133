"""Perceptrons: the very bits of their rules written out plainly, 001's accuracies, and scikit-learn's conventions."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from dragonet.datasets import dragons
from dragonet.perceptrons import Hebb, MulticlassPerceptron, Oja, Perceptron

SEEDS = range(10)


def plain_perceptron(x, y, max_iter, lim):
    """001's loop, number by number: the weights after each sweep, the bias last."""
    w, b, path = [0.0] * x.shape[1], 0.0, []
    for i in range(max_iter):
        change = 0.0
        for row, right in zip(x.tolist(), y.tolist(), strict=True):
            z = 0.0
            for weight, feature in zip(w, row, strict=True):
                z += weight * feature
            miss = right - (1 if z + b > 0 else 0)
            if miss:
                for j, feature in enumerate(row):
                    step = 1 / (i + 1) * miss * feature
                    w[j] += step
                    change += abs(step)
                b += 1 / (i + 1) * miss
        path.append([*w, b])
        if change < lim:
            break
    return np.array(path)


def plain_multiclass(x, y, classes, max_iter, lim):
    """001's loop over one-hot rows: the weights of each class after each sweep, the bias last."""
    w, path = [[0.0] * (x.shape[1] + 1) for _ in range(classes)], []
    for i in range(max_iter):
        change = 0.0
        for row, right in zip(x.tolist(), y.tolist(), strict=True):
            z = []
            for weights in w:
                z.append(0.0)
                for weight, feature in zip(weights, [*row, 1.0], strict=True):
                    z[-1] += weight * feature
            predicted = z.index(max(z))
            for c, weights in enumerate(w):
                miss = int(c == right) - int(c == predicted)
                if miss:
                    for j, feature in enumerate([*row, 1.0]):
                        step = 1 / (i + 1) * miss * feature
                        weights[j] += step
                        change += abs(step) if j < len(row) else 0.0
        path.append([weights[:] for weights in w])
        if change < lim:
            break
    return np.array(path)


@pytest.fixture(scope="module")
def fire():
    return dragons.load_data("breathesFire")


@pytest.fixture(scope="module")
def color():
    return dragons.load_data("color")


# --- B1 and B2: the rules ---------------------------------------------------------------------------------------------


def test_one_mistake_worked_by_hand():
    # Sweep 0: (2, 1), y = 1: 0 > 0 is no, so w = (2, 1), b = 1. (1, 3), y = 0: 2 + 3 + 1 > 0, so w = (1, -2), b = 0.
    model = Perceptron(max_iter=1).fit([[2, 1], [1, 3]], [1, 0])
    assert (model.coef_.tolist(), model.intercept_.tolist(), model.n_iter_) == ([[1, -2]], [0], 1)


def test_the_dragons_perceptron_is_the_plain_rules_bit_for_bit(fire):
    (x, y), _ = fire
    model = Perceptron(max_iter=60, record=True).fit(x, y)
    np.testing.assert_array_equal(model.path_, plain_perceptron(x, y, 60, 0.1))
    standard = StandardScaler().fit_transform(x)
    model = Perceptron(record=True).fit(standard, y)
    np.testing.assert_array_equal(model.path_, plain_perceptron(standard, y, 1000, 0.1))
    assert model.n_iter_ < 1000


def test_the_dragons_multiclass_perceptron_is_the_plain_rules_bit_for_bit(color):
    (x, y), _ = color
    model = MulticlassPerceptron(max_iter=40, record=True).fit(x, y)
    np.testing.assert_array_equal(model.path_, plain_multiclass(x, y, 3, 40, 0.1))
    standard = StandardScaler().fit_transform(x)
    model = MulticlassPerceptron(max_iter=60, weight_change_lim=30, record=True).fit(standard, y)
    np.testing.assert_array_equal(model.path_, plain_multiclass(standard, y, 3, 60, 30))
    assert 1 < model.n_iter_ < 60


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 90),
    st.integers(1, 40),
    st.integers(2, 4),
    st.integers(0, 10**6),
    st.sampled_from(["any numbers", "whole numbers", "sums that depend on their order"]),
)
def test_any_data_gives_the_plain_rules_bits(n, features, classes, seed, kind):
    rng = np.random.default_rng(seed)
    x = {
        "any numbers": rng.normal(size=(n, features)),
        "whole numbers": rng.integers(-2, 3, (n, features)) * 1.0,
        "sums that depend on their order": rng.choice([1e16, -1e16, 1, -1], (n, features)),
    }[kind]
    y = np.concatenate([np.arange(classes), rng.integers(0, classes, n)])[:n]
    model = Perceptron(6, record=True).fit(x, y > 0)
    np.testing.assert_array_equal(model.path_, plain_perceptron(x, y > 0, 6, 0.1))
    k = len(np.unique(y))
    model = MulticlassPerceptron(6, record=True).fit(x, y)
    np.testing.assert_array_equal(model.path_, plain_multiclass(x, y, k, 6, 0.1))


def test_the_path_ends_in_the_weights(color):
    (x, y), _ = color
    two = Perceptron(max_iter=7, record=True).fit(x, y == 2)
    assert two.path_.shape == (7, 3) and two.n_iter_ == 7
    np.testing.assert_array_equal(two.path_[-1], [*two.coef_[0], *two.intercept_])
    three = MulticlassPerceptron(max_iter=7, record=True).fit(x, y)
    assert three.path_.shape == (7, 3, 3)
    np.testing.assert_array_equal(three.path_[-1], np.column_stack([three.coef_, three.intercept_]))
    assert not hasattr(Perceptron(max_iter=1).fit(x, y == 2), "path_")


def test_what_it_predicts_is_what_its_formula_says(color):
    (x, y), (x_test, _) = color
    two, three = Perceptron(20).fit(x, y == 0), MulticlassPerceptron(20).fit(x, y)
    np.testing.assert_allclose(two.decision_function(x_test), x_test @ two.coef_[0] + two.intercept_[0])
    np.testing.assert_array_equal(two.predict(x_test), two.decision_function(x_test) > 0)
    np.testing.assert_allclose(three.decision_function(x_test), x_test @ three.coef_.T + three.intercept_)
    np.testing.assert_array_equal(three.predict(x_test), three.decision_function(x_test).argmax(axis=1))


def test_fire_is_told_as_001_says():
    raw, standardised = [], []
    for seed in SEEDS:
        (x, y), (x_test, y_test) = dragons.load_data(seed=seed)
        raw.append(Perceptron(max_iter=1500).fit(x, y).score(x_test, y_test))
        standardised.append(make_pipeline(StandardScaler(), Perceptron()).fit(x, y).score(x_test, y_test))
    assert np.mean(raw) >= 0.96
    assert np.mean(standardised) >= 0.98


def test_color_is_told_as_001_says():
    scores = []
    for seed in SEEDS:
        (x, y), (x_test, y_test) = dragons.load_data("color", seed=seed)
        scores.append(MulticlassPerceptron(max_iter=200).fit(x, y).score(x_test, y_test))
    assert np.mean(scores) == pytest.approx(0.83, abs=0.05)


def test_1500_sweeps_over_the_dragons_take_less_than_a_second(fire):
    (x, y), _ = fire

    def seconds():
        began = time.process_time()
        assert Perceptron(max_iter=1500).fit(x, y).n_iter_ == 1500
        return time.process_time() - began

    assert any(seconds() < 1 for _ in range(4))  # others may be at work on the same processor


# --- B30: Hebb and Oja ------------------------------------------------------------------------------------------------


def cosine(a, b):
    return abs(a @ b) / np.linalg.norm(a) / np.linalg.norm(b)


def first_component(x):
    return np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][0]


def test_one_step_of_each_rule_by_hand():
    x = np.array([[1.0, 0.0], [-1.0, 0.0]])  # centred already, of length 1
    start = Hebb(learning_rate=0, max_iter=1).fit(x).coef_
    assert np.linalg.norm(start) == pytest.approx(1)
    a, b = start
    # y = a, w_0 = a + 0.5 a; the second row says the same again.
    np.testing.assert_allclose(Hebb(learning_rate=0.5, max_iter=1).fit(x).coef_, [a * 1.5**2, b])
    for sign in (1, -1):  # w += 0.5 y (x - y w)
        y = sign * a
        a, b = a + 0.5 * y * (sign - y * a), b + 0.5 * y * (0 - y * b)
    np.testing.assert_allclose(Oja(learning_rate=0.5, max_iter=1).fit(x).coef_, [a, b])


@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize("spread", [(3, 1), (2, 1, 1, 0.5), (1, 5, 1, 2, 1, 1, 1, 1)])
def test_oja_finds_the_first_principal_component_in_any_unit(spread, unit):
    rng = np.random.default_rng(3)
    mix = np.linalg.qr(rng.normal(size=(len(spread), len(spread))))[0]
    x = unit * (rng.normal(size=(300, len(spread))) * spread @ mix + 10)
    w = Oja().fit(x).coef_
    assert cosine(w, first_component(x)) > 0.99
    assert np.linalg.norm(w) == pytest.approx(1, abs=0.01)


def test_oja_finds_it_among_the_dragons(fire):
    (x, _), _ = fire
    model = Oja(record=True).fit(x)
    assert cosine(model.coef_, first_component(x)) > 0.99
    assert model.path_.shape == (model.n_iter_, 2) and model.n_iter_ < 200
    np.testing.assert_array_equal(model.path_[-1], model.coef_)
    np.testing.assert_allclose(model.transform(x), (x - x.mean(axis=0)) @ model.coef_[:, None])


def test_no_row_throws_oja_off():
    x = np.random.default_rng(0).normal(size=(200, 3))
    x[17] = [1e6, 0, 0]
    assert cosine(Oja(learning_rate=1).fit(x).coef_, np.array([1, 0, 0])) > 0.99


def test_hebb_grows_without_bound_along_the_same_direction(fire):
    (x, _), _ = fire
    free = Hebb(max_iter=30, norm_limit=1e300, record=True).fit(x)
    lengths = np.linalg.norm(free.path_, axis=1)
    assert (np.diff(lengths) > 0).all() and lengths[-1] > 1e8
    factors = lengths[11:] / lengths[10:-1]
    np.testing.assert_allclose(factors, factors[0], rtol=1e-3)  # exponentially
    assert cosine(free.coef_, first_component(x)) > 0.99
    model = Hebb(record=True).fit(x)
    assert model.n_iter_ == len(model.path_) < 100
    assert np.linalg.norm(model.path_[-2]) <= 1e6 < np.linalg.norm(model.coef_)


# --- scikit-learn's conventions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model",
    [Perceptron(50), MulticlassPerceptron(20), Hebb(max_iter=5), Oja(max_iter=20)],
    ids=lambda model: type(model).__name__,
)
def test_scikit_learns_own_checks_pass(model):
    check_estimator(model, on_skip=None)


def test_words_and_tables_are_taken(color):
    (x, y), (x_test, y_test) = color
    words, table = np.array(dragons.COLORS)[y], pd.DataFrame(x, columns=dragons.FEATURES)
    model = MulticlassPerceptron(50).fit(table, pd.Series(words))
    assert model.classes_.tolist() == list(dragons.COLORS)
    assert model.feature_names_in_.tolist() == list(dragons.FEATURES)
    assert set(model.predict(pd.DataFrame(x_test, columns=dragons.FEATURES))) <= set(dragons.COLORS)
    assert model.score(pd.DataFrame(x_test, columns=dragons.FEATURES), np.array(dragons.COLORS)[y_test]) > 0.5
    np.testing.assert_array_equal(model.coef_, MulticlassPerceptron(50).fit(x, y).coef_)


def test_a_search_over_its_arguments_runs(fire):
    (x, y), _ = fire
    search = GridSearchCV(Perceptron(), {"max_iter": [1, 40]}, cv=2).fit(StandardScaler().fit_transform(x), y)
    assert search.best_score_ > 0.9


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (
            lambda: Perceptron().fit([[0], [1], [2]], ["a", "b", "c"]),
            r"Perceptron needs two classes in y, but got 3 classes, \['a', 'b', 'c'\].*Use MulticlassPerceptron",
        ),
        (lambda: MulticlassPerceptron().fit([[0], [1]], [1, 1]), "two classes in y, but got one class, 1"),
        (lambda: Perceptron(max_iter=0).fit([[0], [1]], [0, 1]), "max_iter to be a whole number of at least 1.* got 0"),
        (lambda: Perceptron(weight_change_lim=-1).fit([[0], [1]], [0, 1]), "weight_change_lim .* from 0.* got -1"),
        (lambda: Oja().fit([[1, 2], [1, 2]]), "Oja needs rows that differ, but got 2 equal ones"),
        (lambda: Oja(learning_rate=2).fit([[1], [2]]), "learning_rate to be a number from 0 to 1, but got 2"),
        (lambda: Hebb(norm_limit=0).fit([[1], [2]]), "norm_limit to be a number above 0, but got 0"),
    ],
)
def test_mistakes_get_a_sentence(mistake, message):
    with pytest.raises(ValueError, match=message):
        mistake()
