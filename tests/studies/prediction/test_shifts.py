"""Shifts: distances by hand and by scipy, no alarm for rows of the same source, and the most sentences."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from dragonet import data
from dragonet.studies.prediction import shifts

RNG = np.random.default_rng(0)


def table(n, shift=0.0, sites="xyz", seed=0):
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {"dose": draw.normal(shift, 1, n), "age": draw.normal(50, 9, n), "site": draw.choice(list(sites), n)}
    )


@pytest.fixture(scope="module")
def encoder():
    rows = data.read(table(300).assign(y=np.arange(300) % 2), target="y")
    return data.Encoder.fit(rows, np.arange(300))


def test_a_number_and_a_category_that_moved_are_named_the_furthest_first(encoder):
    train, x = encoder.encode(table(300)), encoder.encode(table(200, shift=2.0, sites="xxxxyz", seed=1))
    first, second = shifts.describe(encoder, train, x)
    distance = ks_2samp(train[:, 0], x[:, 0]).statistic
    assert first == (
        f"'dose' is not distributed as in training: the distance is {distance:.2f}, where 0 is alike, 1 nothing in common."
    )
    assert second.startswith("'site' is not distributed as in training: the distance is 0.")


def test_rows_of_the_same_source_raise_no_alarm(encoder):
    train = encoder.encode(table(300))
    alarms = [bool(shifts.describe(encoder, train, encoder.encode(table(150, seed=seed)))) for seed in range(1, 41)]
    assert sum(alarms) <= 4


def test_the_distance_of_categories_is_half_the_sum_of_the_differences_of_their_shares():
    train = np.eye(2)[[0, 0, 0, 1]]
    x = np.array([[1.0, 0], [0, 1], [0, 1], [0, 0]])  # the last is a category that was not there
    distance, _ = shifts._distance(train, x)
    assert distance == pytest.approx((0.5 + 0.25 + 0.25) / 2)


def test_of_very_many_columns_ten_are_named():
    wide = pd.DataFrame(RNG.normal(size=(60, 14))).add_prefix("c").assign(y=np.arange(60) % 2)
    encoder = data.Encoder.fit(data.read(wide, target="y"), np.arange(60))
    x = encoder.encode(wide)
    sentences = shifts.describe(encoder, x, x + 5)
    assert len(sentences) == 11 and sentences[-1] == "So are 4 more columns."
    assert shifts.describe(None, x, x) == []
