"""Folds: every row tested once a repeat, groups whole, classes even, time in order, and what cannot be split."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet.comparison.uncertainty import folds as module
from dragonet.comparison.uncertainty.folds import NEVER, expanding_folds, hold_out, repeated_folds, user_folds


@settings(max_examples=60, deadline=None)
@given(n=st.integers(2, 60), groups=st.integers(2, 20), seed=st.integers(0, 99))
def test_each_row_is_tested_once_and_groups_stay_whole(n, groups, seed):
    group = np.arange(n) % groups
    folds = repeated_folds(n, groups=group, repeats=2, seed=seed)
    assert folds.count == (5 if min(n, groups) >= 10 else min(3, n, groups))
    for repeat in range(2):
        tests = [(train, test) for r, train, test in folds.splits() if r == repeat]
        assert sorted(np.concatenate([test for _, test in tests])) == list(range(n))
        for train, test in tests:
            assert not set(group[train]) & set(group[test])
            assert len(train) + len(test) == n
    sizes = np.bincount(folds.of_groups[0])
    assert sizes.max() - sizes.min() <= 1


def test_classes_are_even_over_folds():
    classes = np.repeat(["a", "b"], [80, 20])
    folds = repeated_folds(100, classes=classes)
    for fold in folds.of_rows:
        assert [(classes[fold == j] == "b").sum() for j in range(5)] == [4] * 5


def test_groups_of_one_class_each_are_even_over_folds():
    group = np.repeat(np.arange(20), 3)
    classes = np.repeat(np.arange(20) % 2, 3)
    folds = repeated_folds(60, groups=group, classes=classes)
    assert all(classes[folds.of_rows[0] == j].mean() == 0.5 for j in range(5))


def test_repeats_differ_and_the_seed_decides():
    a, b, c = (repeated_folds(40, seed=seed) for seed in (1, 1, 2))
    assert (a.of_rows == b.of_rows).all()
    assert (a.of_rows[0] != a.of_rows[1]).any()
    assert (a.of_rows != c.of_rows).any()


def test_a_users_own_folds():
    folds = user_folds(np.array([2010, 2011, 2010, 2012]))
    assert folds.of_rows.tolist() == [[0, 1, 0, 2]]
    assert [test.tolist() for _, _, test in folds.splits()] == [[0, 2], [1], [3]]


def test_an_expanding_window_learns_from_the_past_only():
    time = np.random.default_rng(0).permutation(np.repeat(np.arange(30), 2))
    folds = expanding_folds(time, 5)
    seen = 0
    for _, train, test in folds.splits():
        assert time[train].max() < time[test].min()
        assert len(train) > seen
        seen = len(train)
    assert (folds.of_rows == NEVER).sum() == 10
    assert len(np.unique(folds.group)) == 24
    for g in np.unique(folds.group):  # groups are runs of time
        own = np.unique(time[folds.group == g])
        assert own.max() - own.min() + 1 == len(own)


def test_few_times_are_enough():
    folds = expanding_folds(np.array([3, 1, 2]), 2)
    assert folds.of_rows.tolist() == [[1, -1, 0]]


def test_a_large_first_moment_leaves_no_part_of_time_empty():
    assert module._cut(np.array([3, 1, 1, 1]), 4).tolist() == [0, 1, 2, 3]
    assert module._cut(np.array([9, 1, 1]), 2).tolist() == [0, 1, 1]


@settings(max_examples=50, deadline=None)
@given(sizes=st.lists(st.integers(1, 30), min_size=2, max_size=20), data=st.data())
def test_no_part_of_time_is_empty(sizes, data):
    parts = data.draw(st.integers(1, len(sizes)))
    part = module._cut(np.array(sizes), parts)
    assert (np.diff(part) >= 0).all()
    assert set(part) == set(range(parts))


def test_a_hold_out_is_one_model():
    folds = hold_out(1000, share=0.1)
    [(_, train, test)] = folds.splits()
    assert len(test) == 100
    assert len(train) == 900


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: repeated_folds(1),
            "Cross-validation needs 2 rows at least, one to test in each of 2 folds, but got 1.",
        ),
        (lambda: repeated_folds(9, groups=np.zeros(9)), "2 groups at least"),
        (lambda: repeated_folds(6, folds=7), "7 rows at least, .* but got 6. Gather more, or write fewer folds."),
        (lambda: repeated_folds(6, groups=np.zeros(5)), "a group for each of 6 rows, but got 5"),
        (lambda: user_folds(np.ones(5)), "two different values at least, but got only"),
        (lambda: user_folds(np.array([0, 1]), np.array(["x", "x"])), "each group in one fold, but got group 'x'"),
        (lambda: expanding_folds(np.array([1, 1, 2, 2, 3]), 3), "4 different times at least, .* but got 3"),
        (lambda: hold_out(100, share=1.5), "a share between 0 and 1, but got 1.5"),
    ],
)
def test_what_cannot_be_split(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
