"""Wilson's interval: values from the literature, its defining equation, its bounds."""

import math

import pytest

from dragonet.inspect import Rate, wilson


# Newcombe, Statistics in Medicine 17 (1998), table I, method 3 (score, without continuity correction).
@pytest.mark.parametrize(
    "successes, n, low, high",
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_published_values_of_newcombe(successes, n, low, high):
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("level, z", [(0.95, 1.959963984540054), (0.9, 1.6448536269514722)])
def test_bounds_are_z_standard_errors_from_the_proportion(level, z):
    p, n = 0.3, 40
    for bound in wilson(12, n, level):
        assert abs(p - bound) == pytest.approx(z * math.sqrt(bound * (1 - bound) / n), rel=1e-12)


@pytest.mark.parametrize("n", [1, 3, 7, 192, 10_000])
def test_zero_and_all_successes_have_a_bound_at_zero_and_one(n):
    low, high = wilson(0, n)
    assert low == 0.0 < high < 1
    assert wilson(n, n) == pytest.approx((1 - high, 1.0))
    assert wilson(n, n)[1] <= 1


def test_without_trials_the_interval_is_zero_to_one():
    assert wilson(0, 0) == (0.0, 1.0)
    assert math.isnan(Rate(0, 0).value)


def test_a_rate_shows_value_interval_and_counts():
    rate = Rate(191, 192)
    assert float(rate) == rate.value == 191 / 192
    assert rate.interval == wilson(191, 192)
    assert str(rate) == "0.995 [0.971, 0.999] (191 of 192)"


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((5, 4), "wilson needs no more successes than trials, but got 5 of 4"),
        ((-1, 4), "wilson needs successes to be a whole number of at least 0, but got -1"),
        ((1, 4, 95), r"wilson needs a level between 0 and 1, but got 95\. 0\.95 is usual"),
    ],
)
def test_mistakes_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        wilson(*arguments)
