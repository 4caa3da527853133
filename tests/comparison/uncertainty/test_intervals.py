"""Intervals of scores: Wilson's where rows are independent, symmetric on their own scales, and what has no bound."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dragonet.comparison.uncertainty.intervals import p_value, quantile, score_interval
from dragonet.inspect import wilson

SCALES = ("share", "loss", "R²", "difference")


@pytest.mark.parametrize("hits", [1, 30, 99])
def test_a_share_of_independent_rows_has_wilsons_interval(hits):
    p = hits / 100
    assert score_interval(p, p * (1 - p) / 100, 1e9, "share") == pytest.approx(wilson(hits, 100), abs=1e-6)


def test_all_right_has_wilsons_interval_of_so_many_groups():
    assert score_interval(1.0, 0.001, 1e9, "share")[1] == 1
    q = stats.t.ppf(0.975, 19)
    assert score_interval(1.0, 0.001, 19, "share")[0] == pytest.approx(20 / (20 + q**2))


def test_values_worked_by_hand():
    q = stats.t.ppf(0.975, 10)
    assert score_interval(0.2, 0.01, 10, "difference") == pytest.approx((0.2 - q * 0.1, 0.2 + q * 0.1))
    assert score_interval(2.0, 0.01, 10, "loss") == pytest.approx((2 * np.exp(-q / 20), 2 * np.exp(q / 20)))
    low, high = score_interval(0.5, 0.01, 10, "R²")
    assert (low, high) == pytest.approx((1 - 0.5 * np.exp(q / 5), 1 - 0.5 * np.exp(-q / 5)))


@settings(max_examples=80, deadline=None)
@given(
    value=st.floats(0.001, 0.999), variance=st.floats(1e-8, 1), freedom=st.floats(1, 1e6), scale=st.sampled_from(SCALES)
)
def test_intervals_hold_the_value_and_grow_with_the_level(value, variance, freedom, scale):
    low, high = score_interval(value, variance, freedom, scale)
    wide = score_interval(value, variance, freedom, scale, 0.99)
    assert low <= value <= high
    assert wide[0] <= low
    assert high <= wide[1]
    if scale == "share":
        assert 0 <= wide[0] <= wide[1] <= 1
    if scale == "loss":
        assert wide[0] >= 0
    if scale == "R²":
        assert wide[1] <= 1


@pytest.mark.parametrize(
    ("scale", "expected"),
    [("share", (0, 1)), ("loss", (0, math.inf)), ("R²", (-math.inf, 1)), ("difference", (-math.inf, math.inf))],
)
def test_an_infinite_variance_leaves_everything_open(scale, expected):
    assert score_interval(0.5, math.inf, 5, scale) == expected
    assert p_value(0.5, math.inf, 5) == 1


def test_no_variance_leaves_nothing_open():
    for scale in SCALES:
        assert score_interval(0.5, 0.0, 5, scale) == (0.5, 0.5)
    assert score_interval(0.0, 0.0, 5, "loss") == (0, 0)
    assert score_interval(1.0, 0.0, 5, "R²") == (1, 1)


def test_what_is_no_number_has_no_interval():
    assert all(map(math.isnan, score_interval(math.nan, math.inf, 5, "R²")))
    assert p_value(math.nan, 1.0, 5) == 1


def test_p_values_are_those_of_students_t():
    assert p_value(0.3, 0.04, 7) == pytest.approx(2 * stats.t.sf(1.5, 7))
    assert p_value(-0.3, 0.04, 7) == p_value(0.3, 0.04, 7)
    assert p_value(0.0, 0.0, 7) == 1
    assert p_value(0.1, 0.0, 7) == 0
    edge = quantile(0.95, 7) * 0.2
    assert p_value(edge, 0.04, 7) == pytest.approx(0.05)
