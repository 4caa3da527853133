"""Jackknife: scores by hand and as scikit-learn has them, moves as leaving each group out says, and what changes nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from dragonet.comparison.uncertainty import jackknife

NUMBERS = (jackknife.r_squared, jackknife.mean_absolute_error)
CLASSES = (jackknife.accuracy, jackknife.balanced_accuracy, jackknife.log_loss)


def numbers(rng, n=30, columns=1):
    y = rng.normal(size=(n, columns)) + 3
    return y, y + rng.normal(size=(n, columns))


def classes(rng, n=30, many=3):
    p = rng.dirichlet(np.ones(many), size=n)
    return np.concatenate([np.arange(many), np.arange(many), rng.integers(many, size=n - 2 * many)]), p


def case(formula, rng, n=30):
    return numbers(rng, n) if formula in NUMBERS else classes(rng, n)


def test_values_worked_by_hand():
    y, answers, fold, group = np.array([0.0, 2.0]), np.array([1.0, 2.0]), np.zeros(2), np.arange(2)
    # MSE 1/2, variance 2: R² = 3/4. Errors 1 and 0; without the first row 0, without the second 1.
    assert jackknife.r_squared(y, answers, fold, group).value == pytest.approx(0.75)
    mae = jackknife.mean_absolute_error(y, answers, fold, group)
    assert mae.value == 0.5
    assert mae.moves == pytest.approx(np.sqrt(1 / 2) * np.array([0.5, -0.5]))
    y, p = np.array([0, 0, 1]), np.array([[0.8, 0.2], [0.4, 0.6], [0.1, 0.9]])
    assert jackknife.accuracy(y, p, np.zeros(3), np.arange(3)).value == pytest.approx(2 / 3)
    assert jackknife.balanced_accuracy(y, p, np.zeros(3), np.arange(3)).value == pytest.approx(3 / 4)
    assert jackknife.log_loss(y, p, np.zeros(3), np.arange(3)).value == pytest.approx(-np.log(0.8 * 0.4 * 0.9) / 3)


def test_values_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    fold, group = np.zeros(40), np.arange(40)
    y, answers = numbers(rng, 40, 2)
    # scikit-learn divides Σ (y − ȳ)² by n and not by n − 1
    expected = 1 - (1 - metrics.r2_score(y, answers)) * 39 / 40
    assert jackknife.r_squared(y, answers, fold, group).value == pytest.approx(expected)
    assert jackknife.mean_absolute_error(y, answers, fold, group).value == pytest.approx(
        metrics.mean_absolute_error(y, answers)
    )
    y, p = classes(rng, 40)
    best = p.argmax(axis=1)
    assert jackknife.accuracy(y, p, fold, group).value == pytest.approx(metrics.accuracy_score(y, best))
    assert jackknife.balanced_accuracy(y, p, fold, group).value == pytest.approx(
        metrics.balanced_accuracy_score(y, best)
    )
    assert jackknife.log_loss(y, p, fold, group).value == pytest.approx(metrics.log_loss(y, p))


@pytest.mark.parametrize("formula", NUMBERS + CLASSES)
@pytest.mark.parametrize("grouped", [False, True])
def test_moves_are_those_of_leaving_each_group_out(formula, grouped):
    rng = np.random.default_rng(1)
    y, answers = case(formula, rng)
    group = np.unique(rng.integers(8, size=30), return_inverse=True)[1] if grouped else np.arange(30)
    fold = group % 3
    many = group.max() + 1
    result = formula(y, answers, fold, group)
    for g in range(many):
        rest = group != g
        left = np.unique(group[rest], return_inverse=True)[1]
        without = formula(y[rest], answers[rest], fold[rest], left).value
        assert result.moves[g] == pytest.approx(np.sqrt((many - 1) / many) * (result.value - without))


def test_r_squared_of_groups_is_measured_against_the_variance_for_a_new_group():
    rng = np.random.default_rng(2)
    y, group = rng.normal(size=12), np.repeat(np.arange(4), 3)
    answers = y + 0.5
    pairs = [(y[i] - y[j]) ** 2 / 2 for i in range(12) for j in range(12) if group[i] != group[j]]
    value = jackknife.r_squared(y, answers, np.zeros(12), group).value
    assert value == pytest.approx(1 - 0.25 / np.mean(pairs))


@settings(max_examples=40, deadline=None)
@given(which=st.sampled_from(NUMBERS + CLASSES), seed=st.integers(0, 99), groups=st.integers(2, 30))
def test_the_order_of_rows_does_not_matter(which, seed, groups):
    rng = np.random.default_rng(seed)
    y, answers = case(which, rng)
    group = np.arange(30) % groups
    order = rng.permutation(30)
    a = which(y, answers, group, group)
    b = which(y[order], answers[order], group[order], group[order])
    assert a.value == pytest.approx(b.value)
    np.testing.assert_allclose(a.moves, b.moves, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(scale=st.floats(1e-6, 1e6), shift=st.floats(-1e3, 1e3), seed=st.integers(0, 99))
def test_the_unit_of_y_does_not_matter_to_r_squared(scale, shift, seed):
    y, answers = numbers(np.random.default_rng(seed))
    a = jackknife.r_squared(y, answers, np.zeros(30), np.arange(30))
    b = jackknife.r_squared(scale * (y + shift), scale * (answers + shift), np.zeros(30), np.arange(30))
    assert a.value == pytest.approx(b.value, rel=1e-6)
    np.testing.assert_allclose(a.moves, b.moves, rtol=1e-5, atol=1e-9)


def test_columns_without_spread_are_left_out():
    y, answers = numbers(np.random.default_rng(3), columns=2)
    both = np.column_stack([y, np.ones(30)]), np.column_stack([answers, np.zeros(30)])
    a = jackknife.r_squared(y, answers, np.zeros(30), np.arange(30))
    b = jackknife.r_squared(*both, np.zeros(30), np.arange(30))
    assert a.value == b.value
    assert np.isnan(jackknife.r_squared(np.ones(5), np.ones(5), np.zeros(5), np.arange(5)).value)


def test_without_the_only_row_that_differs_r_squared_is_unknown():
    y = np.array([0.0, 0, 0, 0, 1])
    result = jackknife.r_squared(y, y / 2, np.zeros(5), np.arange(5))
    assert np.isfinite(result.value)
    assert np.isnan(result.moves[4])


def test_a_simplest_guess_has_a_balanced_accuracy_without_error():
    y, fold = np.array([0, 1, 0, 1, 1, 1]), np.array([0, 0, 0, 1, 1, 1])
    p = np.where(fold[:, None] == 0, [0.6, 0.4], [0.3, 0.7])
    result = jackknife.balanced_accuracy(y, p, fold, np.arange(6))
    assert result.value == 0.5
    assert result.is_exact
    assert not result.moves.any()


def test_a_class_of_two_rows_moves_by_each_and_a_class_of_one_by_none():
    y, right = np.array([0, 0, 1, 2, 2]), np.array([1, 0, 1, 1, 1])
    p = np.eye(3)[np.where(right == 1, y, (y + 1) % 3)]
    result = jackknife.balanced_accuracy(y, p, np.zeros(5), np.arange(5))
    assert result.value == pytest.approx((1 / 2 + 1 + 1) / 3)
    assert result.moves == pytest.approx(np.sqrt(4 / 5) * np.array([1 / 2, -1 / 2, 0, 0, 0]) / 3)


def test_probabilities_of_class_1_alone_are_enough():
    y, p = np.array([0, 1, 1]), np.array([0.2, 0.4, 0.9])
    for formula in CLASSES:
        one, both = (formula(y, a, np.arange(3), np.arange(3)) for a in (p, np.column_stack([1 - p, p])))
        assert one.value == both.value


def test_a_probability_of_0_does_not_make_the_loss_infinite():
    loss = jackknife.log_loss(np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]]), np.arange(2), np.arange(2))
    assert loss.value == pytest.approx(-np.log(1e-7) / 2)
