"""Conformal prediction: quantiles by hand, coverage of new rows and new groups, and levels that few groups cannot give."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet.comparison.uncertainty import conformal
from dragonet.comparison.uncertainty.conformal import class_quantiles, highest_level, prediction_sets, residual_quantile


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 80), level=st.floats(0.05, 0.99), seed=st.integers(0, 99))
def test_of_independent_rows_it_is_an_order_statistic(n, level, seed):
    residuals = np.random.default_rng(seed).random(n)
    rank = math.ceil(level * (n + 1) - 1e-6)
    if rank <= n:
        assert residual_quantile(residuals, np.arange(n), level) == np.sort(residuals)[rank - 1]
    else:
        with pytest.raises(ValueError, match="groups or independent rows at least"):
            residual_quantile(residuals, np.arange(n), level)


def test_groups_count_alike_whatever_their_size():
    residuals, group = np.array([1.0, 1, 1, 1, 1, 1, 5, 9]), np.array([0, 0, 0, 0, 0, 0, 1, 2])
    # weights 1/4 for the first six rows together, 1/4, 1/4, and 1/4 beyond all
    assert residual_quantile(residuals, group, 0.25) == 1
    assert residual_quantile(residuals, group, 0.5) == 5
    assert residual_quantile(residuals, group, 0.75) == 9


@pytest.mark.parametrize(("groups", "level"), [(9, 0.9), (19, 0.95), (1, 0.5)])
def test_the_highest_level_is_given_and_no_higher_one(groups, level):
    assert highest_level(groups) == pytest.approx(level)
    residuals = np.arange(groups) / 7
    assert residual_quantile(residuals, np.arange(groups), level) == residuals.max()
    sentence = rf"A level of \d+% for predictions needs \d+ groups or independent rows at least, but got {groups}\."
    with pytest.raises(ValueError, match=sentence):
        residual_quantile(residuals, np.arange(groups), level + 0.02)


def test_new_rows_are_covered_as_often_as_the_level_says():
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(400):
        quantile = residual_quantile(np.abs(rng.normal(size=40)), np.arange(40), 0.9)
        low, high = conformal.prediction_intervals(np.zeros(50), quantile)
        new = rng.normal(size=50)
        inside.append(((low <= new) & (new <= high)).mean())
    assert np.mean(inside) == pytest.approx(37 / 41, abs=0.01)  # ⌈.9 · 41⌉ = 37


def test_new_groups_are_covered_at_least_as_often():
    rng = np.random.default_rng(1)
    inside = []
    for _ in range(400):
        sizes = rng.integers(1, 20, size=12)
        group = np.repeat(np.arange(12), sizes)
        residuals = np.abs(rng.normal(size=12)[group] + rng.normal(size=len(group)))
        inside.append((np.abs(rng.normal() + rng.normal(size=20)) <= residual_quantile(residuals, group, 0.9)).mean())
    assert 0.9 < np.mean(inside) < 0.99


def test_sets_of_classes():
    p = np.array([[0.7, 0.2, 0.1], [0.4, 0.35, 0.25]])
    assert prediction_sets(p, 0.65).tolist() == [[True, False, False], [True, True, False]]
    assert prediction_sets(p, np.array([0.1, 0.9, 1.0])).tolist() == [[False, True, True], [False, True, True]]
    assert not prediction_sets(p, 0.2).any()


def test_sets_hold_the_true_class_as_often_for_each_class():
    rng = np.random.default_rng(2)

    def draw(n):
        y = (rng.random(n) < 0.15).astype(int)
        logit = 1.5 * (2 * y - 1) + 1.5 * rng.normal(size=n) - 1
        p = 1 / (1 + np.exp(-logit))
        return y, np.column_stack([1 - p, p])

    held = []
    for _ in range(200):
        y, p = draw(300)
        new_y, new_p = draw(200)
        sets = prediction_sets(new_p, class_quantiles(y, p, np.arange(300)))
        covered = sets[np.arange(200), new_y]
        held.append([covered[new_y == c].mean() for c in (0, 1)])
    assert np.nanmean(held, axis=0) == pytest.approx([0.9, 0.9], abs=0.02)


def test_a_class_of_few_rows_is_in_every_set():
    y = np.r_[np.zeros(30, int), 1, 1]
    p = np.random.default_rng(0).dirichlet([1, 1, 1], size=32)
    quantiles = class_quantiles(y, p, np.arange(32))
    assert quantiles[1] == quantiles[2] == 1
    assert prediction_sets(p, quantiles)[:, 1:].all()


def test_a_level_is_between_0_and_1():
    with pytest.raises(ValueError, match=r"a level between 0 and 1, but got 90"):
        residual_quantile(np.arange(5.0), np.arange(5), 90)
