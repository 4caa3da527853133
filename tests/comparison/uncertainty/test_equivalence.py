"""Equivalence: three answers and their probabilities from one estimate, which never contradict each other."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dragonet.comparison.uncertainty import scores
from dragonet.comparison.uncertainty.equivalence import judge, least_difference, usual_margin
from dragonet.comparison.uncertainty.scores import Estimate


@settings(max_examples=100, deadline=None)
@given(
    value=st.floats(-0.5, 0.5),
    variance=st.just(0.0) | st.floats(1e-12, 0.2),
    freedom=st.floats(2, 1e4),
    margin=st.floats(1e-4, 0.2),
)
def test_probabilities_and_answers_agree(value, variance, freedom, margin):
    difference = Estimate(value, variance, freedom)
    result = judge(difference, margin)
    assert result.better + result.equal + result.worse == pytest.approx(1)
    assert min(result.better, result.equal, result.worse) >= 0
    assert (difference.p < 0.05 - 1e-9) <= (result.answer != "unknown")
    if result.answer == "practically equal":
        assert result.equal > 0.949
    if result.answer == "better":
        assert result.worse < 0.026
        assert result.better > result.worse
    if result.answer == "worse":
        assert result.better < 0.026


def test_values_worked_by_hand():
    result = judge(Estimate(0.03, 0.01**2, 20), 0.01)
    assert result.better == pytest.approx(stats.t.cdf(2, 20))
    assert result.worse == pytest.approx(stats.t.cdf(-4, 20))
    assert result.answer == "better"
    # (t for .975 + t for .8) standard errors
    assert result.least == pytest.approx(0.01 * (stats.t.ppf(0.975, 20) + stats.t.ppf(0.8, 20)))


def test_a_true_difference_of_the_least_size_is_shown_in_4_of_5_studies():
    least = least_difference(Estimate(0.0, 1.0, 1e6))
    assert stats.norm.sf(1.96 - least) == pytest.approx(0.8, abs=1e-3)


def test_a_stricter_level_says_less():
    difference = Estimate(0.022, 0.01**2, 100)
    assert judge(difference, 0.001).answer == "better"
    assert judge(difference, 0.001, level=0.99).answer == "unknown"


def test_two_equal_models_are_practically_equal_and_nothing_known_is_unknown():
    same = judge(Estimate(0.0, 0.0, 10), 0.01)
    assert (same.answer, same.equal) == ("practically equal", 1)
    nothing = judge(Estimate(0.3, math.inf, 10), 0.01)
    assert (nothing.answer, nothing.equal, nothing.least) == ("unknown", 0, math.inf)


def test_margins():
    assert usual_margin(scores.ACCURACY, 0.8) == 0.01
    assert usual_margin(scores.R_SQUARED, 0.8) == 0.01
    assert usual_margin(scores.MAE, 40.0) == pytest.approx(0.4)
