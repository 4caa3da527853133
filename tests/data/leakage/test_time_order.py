"""Time order: columns of dates, years and time stamps are named with --time, and ordinary numbers are not."""

import numpy as np
import pandas as pd
import pytest

from dragonet.data import read

N = 120
DRAW = np.random.default_rng(0)
DAYS = pd.date_range("2020-01-01", periods=N).to_numpy()
YEARS = DRAW.integers(1990, 2020, N)


def read_with(name, values, **options):
    y = np.random.default_rng(1).choice(["a", "b"], N)
    table = pd.DataFrame({"x": np.random.default_rng(2).normal(size=N), name: values, "y": y})
    return [line for line in read(table, target="y", **options).noticed if "when a row was recorded" in line]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("sampled", DRAW.permutation(DAYS)),
        ("year", YEARS),
        ("survey_year", YEARS),
        ("timestamp", np.arange(N) // 2 + 1.6e9),
    ],
)
def test_columns_of_times_are_named(name, values):
    assert read_with(name, values) == [
        f"'{name}' may say when a row was recorded. If rows near in time are alike, or later rows are to be predicted, "
        f"test with the last ones: --time {name}."
    ]
    assert not read_with(name, values, time=name)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("year", DRAW.integers(1, 8, N)),
        ("year", DRAW.integers(2018, 2021, N)),
        ("year", DRAW.normal(2000, 5, N)),
        ("years_of_school", YEARS),
        ("year_built", YEARS),
        ("birth_date", DRAW.permutation(DAYS)),
        ("birth year", YEARS),
        ("count", YEARS),
        ("id", np.arange(N)),
        ("dose", np.sort(DRAW.integers(0, 50, N))),
        ("timestamp", DRAW.permutation(N)),
        ("time", DRAW.integers(0, 90, N)),
    ],
)
def test_ordinary_numbers_are_not(name, values):
    assert not read_with(name, values)
