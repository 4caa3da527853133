"""Outliers: a code such as 9999, or a slip, does not make the other numbers of a column as good as equal."""

import numpy as np
import pandas as pd
import pytest

from dragonet import data
from dragonet.data.columns import scaling
from dragonet.studies import train_ladder

RNG = np.random.default_rng(0)
PLAIN = RNG.normal(size=300)


def encoded(values):
    table = pd.DataFrame({"a": values})
    return data.Encoder.fit(table).encode(table)[:, 0]


@pytest.mark.parametrize("far", [9999.0, -999.0, 1e30, -1e300])
def test_a_few_numbers_far_away_leave_the_others_their_differences(far):
    values = PLAIN.copy()
    values[:5] = far
    x = encoded(values)
    assert np.isfinite(x).all()
    rest = x[5:]
    assert x.std() < 3 * rest.std()
    np.testing.assert_allclose(
        (rest - rest.mean()) / rest.std(), (PLAIN[5:] - PLAIN[5:].mean()) / PLAIN[5:].std(), atol=1e-4
    )
    assert np.sign(x[0]) == np.sign(far) and abs(x[0]) > abs(rest).max()


@pytest.mark.parametrize(
    "values",
    [
        PLAIN,
        np.exp(2 * PLAIN),
        np.repeat([0.0, 1.0, 100.0], 100),
        np.r_[np.zeros(295), 1, 2, 3, 4, 9],
        np.full(300, 7.0),
        10.0 ** RNG.integers(-9, 0, 300),
        np.where(PLAIN > 0, 1e9, 0.0),
    ],
    ids=["normal", "lognormal", "three levels", "mostly zero", "constant", "doses", "two levels"],
)
def test_other_columns_stay_straight_lines(values):
    offset, scale = scaling.offset_and_scale(values)
    assert scaling.limit_of(values, offset, scale) == scaling.LIMIT
    if 0 < np.abs(values - offset).max() < scaling.LIMIT * scale:
        np.testing.assert_allclose(encoded(values), (values - offset) / scale, rtol=1e-5, atol=1e-6)


def test_the_verdict_survives_a_code():
    x, y = PLAIN.copy(), np.where(PLAIN + 0.3 * RNG.normal(size=300) > 0, "yes", "no")
    x[::60] = 9999
    study = train_ladder(data.read(pd.DataFrame({"a": x, "y": y}), target="y"), seeds=2, model="logistic")
    assert study.figures["ROC AUC"][1].mean() > 0.93
