"""ROC AUC: pairs counted one by one within folds, moves as leaving each group out says, DeLong's variance."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from dragonet.comparison.uncertainty.auc import roc_auc


def case(seed, n=30, many=2):
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.arange(many), np.arange(many), rng.integers(many, size=n - 2 * many)])
    return y, rng.integers(8, size=(n, many)) + (np.arange(many) == y[:, None]), rng  # with ties


def by_pairs(is_class, key, fold):
    won = [
        (key[i] > key[j]) + (key[i] == key[j]) / 2
        for i, j in itertools.product(np.flatnonzero(is_class), np.flatnonzero(~is_class))
        if fold[i] == fold[j]
    ]
    return np.mean(won)


@pytest.mark.parametrize("many", [2, 4])
def test_pairs_count_within_folds(many):
    y, keys, rng = case(0, many=many)
    fold = rng.integers(3, size=30)
    which = [1] if many == 2 else range(many)
    expected = np.mean([by_pairs(y == c, keys[:, c], fold) for c in which])
    assert roc_auc(y, keys, fold, np.arange(30)).value == pytest.approx(expected)


def test_one_fold_is_scikit_learns():
    y, keys, _ = case(1, many=3)
    p = keys / keys.sum(axis=1, keepdims=True)
    fold, group = np.zeros(30), np.arange(30)
    assert roc_auc(y, p, fold, group).value == pytest.approx(roc_auc_score(y, p, multi_class="ovr"))
    assert roc_auc((y == 1).astype(int), p[:, 1], fold, group).value == pytest.approx(roc_auc_score(y == 1, p[:, 1]))


@pytest.mark.parametrize("many", [2, 3])
@pytest.mark.parametrize("grouped", [False, True])
def test_moves_are_those_of_leaving_each_group_out(many, grouped):
    y, keys, rng = case(2, many=many)
    group = np.unique(rng.integers(8, size=30), return_inverse=True)[1] if grouped else np.arange(30)
    groups, fold = group.max() + 1, np.zeros(30)
    result = roc_auc(y, keys, fold, group)
    for g in range(groups):
        rest = group != g
        left = np.unique(group[rest], return_inverse=True)[1]
        without = roc_auc(y[rest], keys[rest], fold[rest], left).value
        assert result.moves[g] == pytest.approx(np.sqrt((groups - 1) / groups) * (result.value - without))


def test_the_sum_of_squared_moves_is_de_longs_variance():
    y, keys, _ = case(3, n=400)
    key = keys[:, 1]
    moves = roc_auc(y, keys, np.zeros(400), np.arange(400)).moves
    above = (key[y == 1][:, None] > key[y == 0]) + (key[y == 1][:, None] == key[y == 0]) / 2
    n1, n0 = above.shape
    de_long = above.mean(axis=1).var(ddof=1) / n1 + above.mean(axis=0).var(ddof=1) / n0
    assert (moves**2).sum() == pytest.approx(de_long, rel=0.01)


def test_rows_hold_placements_less_one_half():
    y, key = np.array([1, 0, 1, 0]), np.array([0.9, 0.1, 0.5, 0.7])
    rows = roc_auc(y, key, np.zeros(4), np.arange(4)).rows
    assert rows == pytest.approx([0.5, 0.5, 0.0, 0.0])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 99), groups=st.integers(2, 30), many=st.integers(2, 4))
def test_neither_the_order_of_rows_nor_the_scale_of_answers_matters(seed, groups, many):
    y, keys, rng = case(seed, many=many)
    group, order = np.arange(30) % groups, rng.permutation(30)
    a = roc_auc(y, keys, group, group)
    b = roc_auc(y[order], np.exp(keys[order] / 3), group[order], group[order])
    assert a.value == pytest.approx(b.value)
    np.testing.assert_allclose(a.moves, b.moves, atol=1e-12)


def test_answers_that_are_constant_in_each_fold_have_one_half_without_error():
    y, fold = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    result = roc_auc(y, np.array([0.4, 0.4, 0.6, 0.6]), fold, np.arange(4))
    assert result.value == 0.5
    assert result.is_exact


def test_folds_of_one_class_each_have_no_pairs():
    result = roc_auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 0, 1, 1]), np.arange(4))
    assert result.value == 0.5
