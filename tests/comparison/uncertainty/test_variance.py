"""Variance: the three parts worked by hand, which of them counts when, least variances and degrees of freedom."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet.comparison.uncertainty.folds import NEVER, Folds, expanding_folds, hold_out, repeated_folds
from dragonet.comparison.uncertainty.variance import (
    Parts,
    freedom_of_moves,
    freedom_of_strata,
    least_variance,
    total_variance,
    variance_parts,
)

ALL = [
    {"is_smooth": s, "is_random": r, "is_grouped": g}
    for s in (True, False)
    for r in (True, False)
    for g in (True, False)
]


def test_parts_worked_by_hand():
    folds = Folds(np.array([[0, 0, 1, 1], [0, 1, 0, 1]]), np.arange(4))
    moves = np.array([[1.0, 2.0, -1.0, -2.0], [3.0, 1.0, -1.0, -3.0]])
    parts = variance_parts(moves, folds)
    assert parts.rows == 2**2 + 1.5**2 + 1 + 2.5**2
    c = (2 - 1 + 1 / 2) / 2  # Δ = −2, 1, 0, 1
    assert parts.training == pytest.approx(c * 6)
    # folds of the first repeat −1 and 1, of the second −2 and 2, what they share −2, 1, 0, 1
    assert parts.signed == pytest.approx(c * (2 + 8 - 2 * 6))
    assert parts.is_mutual


def test_of_more_repeats_the_mean_over_pairs_counts():
    rng = np.random.default_rng(0)
    folds = repeated_folds(20, repeats=3)
    moves = rng.normal(size=(3, 20))
    parts = variance_parts(moves, folds)
    c = (5 - 1 + 1 / 3) / 2
    pairs = [((moves[r] - moves[s]) ** 2).sum() for r, s in ((0, 1), (0, 2), (1, 2))]
    assert parts.training == pytest.approx(c * np.mean(pairs))


def test_the_signed_part_counts_pairs_that_meet_in_one_repeat_only():
    rng = np.random.default_rng(1)
    folds = repeated_folds(30)
    moves = rng.normal(size=(2, 30))
    change = moves[0] - moves[1]
    together = folds.of_rows[:, :, None] == folds.of_rows[:, None, :]
    weight = together.sum(axis=0) - 2.0 * together.all(axis=0)
    c = (5 - 1 + 1 / 2) / 2
    assert variance_parts(moves, folds).signed == pytest.approx(c * change @ weight @ change)


def test_repeats_that_agree_add_nothing():
    folds = repeated_folds(20)
    parts = variance_parts(np.tile(np.arange(20.0), (2, 1)), folds)
    assert parts.training == 0
    assert all(total_variance(parts, **kind) == parts.rows for kind in ALL)


@pytest.mark.parametrize(
    ("parts", "kind", "expected"),
    [
        (Parts(1, 5, 9), (True, False, False), 6),  # smooth: all of it
        (Parts(1, 5, 9), (False, False, True), 2),  # shares of groups: at most the variance of rows
        (Parts(1, 0.2, 9), (False, False, True), 1.2),
        (Parts(1, 5, -9), (False, False, False), 1.5),  # shares of rows: between one half of it and all, by the sign
        (Parts(1, 5, 0.7), (False, False, False), 1.7),
        (Parts(1, 5, 9), (False, False, False), 2),
        (Parts(1, 5, 0.7), (True, True, True), 1.7),  # random weights: likewise
        (Parts(1, 0.3, 0.7), (True, True, True), 1.3),
        (Parts(1, np.nan, np.nan), (True, False, False), 2),  # one repeat: the most that it can be
        (Parts(1, np.nan, np.nan, False), (True, False, False), 1),  # one hold-out: rows are independent
        (Parts(np.nan, 1, 1), (True, False, False), np.inf),
    ],
)
def test_what_training_adds(parts, kind, expected):
    smooth, random, grouped = kind
    total = total_variance(parts, is_smooth=smooth, is_random=random, is_grouped=grouped)
    assert total == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 999), repeats=st.integers(1, 4), kind=st.sampled_from(ALL))
def test_the_variance_is_never_below_that_of_rows(seed, repeats, kind):
    rng = np.random.default_rng(seed)
    moves = rng.normal(size=(repeats, 12)) * rng.choice([0, 1, 100], size=(repeats, 1))
    parts = variance_parts(moves, repeated_folds(12, repeats=repeats, seed=seed))
    assert total_variance(parts, **kind) >= parts.rows >= 0
    assert 0 < freedom_of_moves(moves) <= 11


def test_which_designs_train_on_their_test_rows():
    moves = np.ones((1, 40))
    assert not variance_parts(moves, hold_out(40)).is_mutual
    folds = expanding_folds(np.arange(40))
    assert not variance_parts(np.ones((1, 24)), folds).is_mutual
    assert variance_parts(moves, repeated_folds(40, repeats=1)).is_mutual
    twice = Folds(np.array([[0, NEVER], [NEVER, 0]]), np.arange(2))
    assert variance_parts(np.ones((2, 2)), twice).is_mutual
    assert np.isnan(variance_parts(np.ones((2, 2)), twice).training)


def test_least_variance_of_shares_is_agresti_and_coulls():
    n, right = 20, 17
    rows = np.arange(n) < right
    p = (right + 2) / (n + 4)
    least = least_variance(rows.astype(float), np.zeros(n, int), (0.0, 0.0, 1.0, 1.0))
    assert least == pytest.approx(p * (1 - p) / (n + 4))


def test_two_classes_share_the_made_up_rows():
    rows, stratum = np.array([1.0] * 6 + [1.0, 0.0]), np.array([0] * 6 + [1] * 2)
    first, second = (6 + 1) / (6 + 2), (1 + 1) / (2 + 2)
    expected = first * (1 - first) / 8 + second * (1 - second) / 4
    assert least_variance(rows, stratum, (0.0, 0.0, 1.0, 1.0)) == pytest.approx(expected)


def test_freedom_of_normal_moves_is_about_their_number_and_of_one_large_move_small():
    rng = np.random.default_rng(0)
    assert freedom_of_moves(rng.normal(size=(1, 4000))) == pytest.approx(4000, rel=0.1)
    assert freedom_of_moves(rng.standard_t(3, size=(1, 4000))) < 800
    assert freedom_of_moves(np.eye(1, 10)) == pytest.approx(2 / (1 - 1 / 10))
    assert freedom_of_moves(np.ones((2, 10))) == 9


def test_freedom_of_strata_is_welchs():
    rng = np.random.default_rng(0)
    rows, stratum = rng.normal(size=25), np.repeat([0, 1], [5, 20])
    v, w = rows[:5].var() / 5, rows[5:].var() / 20
    expected = (v + w) ** 2 / (v**2 / 4 + w**2 / 19)
    assert freedom_of_strata(rows, stratum, np.arange(25)) == pytest.approx(min(expected, 24))
    assert freedom_of_strata(rows, stratum, np.arange(25) % 3) <= 2
    assert freedom_of_strata(np.ones(25), stratum, np.arange(25)) == 4
