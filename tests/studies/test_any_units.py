"""Units change no verdict: columns, arrays and targets times powers of ten, and times in milliseconds, are learned from alike."""

import numpy as np
import pandas as pd
import pytest

from dragonet import data, models
from dragonet.sklearn import NetClassifier, NetRegressor
from dragonet.studies import train_ladder

RNG = np.random.default_rng(0)
Z = RNG.normal(size=(160, 3))
WORDS = np.where(Z[:, 0] + Z[:, 1] + 0.5 * RNG.normal(size=160) > 0, "case", "control")
UNITS = {
    "mol per litre beside cells per litre": ([0, 0, 0], [1e-9, 1e9, 1]),
    "smaller and larger than float32": ([0, 0, 0], [3e-39, 1e30, 1e-30]),
    "times in milliseconds": ([1.6e12, 1.6e12, 0], [1e3, 1e4, 1]),
}


@pytest.fixture(scope="module")
def plain():
    table = pd.DataFrame(Z, columns=list("abc")).assign(y=WORDS)
    return train_ladder(data.read(table, target="y"), seeds=1, epochs=15)


@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("kind", ["table", "arrays"])
def test_a_ladder_in_other_units_says_the_same(plain, units, kind, tmp_path):
    offset, factor = map(np.array, UNITS[units])
    x = offset + factor * Z
    rows = (
        data.read(pd.DataFrame(x, columns=list("abc")).assign(y=WORDS), target="y")
        if kind == "table"
        else data.read(x, y=WORDS)
    )
    ladder = train_ladder(rows, seeds=1, epochs=15)
    np.testing.assert_allclose(ladder.scores, plain.scores, atol=0.04)  # one row of 32 may fall on the other side
    assert ladder.verdict.split(",")[0] == plain.verdict.split(",")[0]
    raw = pd.DataFrame(x, columns=list("abc")) if kind == "table" else x
    ladder.model.save(tmp_path / "model.keras")
    again = models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(raw), ladder.model.predict(raw))


@pytest.mark.parametrize(("offset", "factor"), [(0, 1e-40), (1.6e12, 1e3), (0, 1e60)])
def test_targets_that_float32_cannot_hold_are_predicted_in_their_units(offset, factor, tmp_path):
    y = offset + factor * (Z[:, 0] - Z[:, 1])
    ladder = train_ladder(data.read(pd.DataFrame(Z, columns=list("abc")).assign(y=y), target="y"), seeds=1, epochs=15)
    assert ladder.scores[1].min() > 0.9
    ladder.model.save(tmp_path / "model.keras")
    table = pd.DataFrame(Z, columns=list("abc"))
    answers = models.load_model(tmp_path / "model.keras").predict(table)
    assert answers.dtype == np.float64
    assert np.corrcoef(answers[:, 0] - offset, y - offset)[0, 1] > 0.95


@pytest.mark.parametrize("units", UNITS)
def test_estimators_take_any_units(units):
    offset, factor = map(np.array, UNITS[units])
    truth = WORDS == "case"
    x = offset + factor * Z
    plain, scaled = (NetClassifier("logistic", random_state=0, max_iter=40).fit(each, truth) for each in (Z, x))
    assert abs(plain.score(Z, truth) - scaled.score(x, truth)) < 0.03 and plain.score(Z, truth) > 0.8
    np.testing.assert_array_equal(scaled.model_.predict(x), scaled.predict_proba(x)[:, 1:].astype(np.float32))
    y = offset[0] + factor[0] * Z[:, 0]
    model = NetRegressor("linear", random_state=0, max_iter=100).fit(Z, y)
    assert np.corrcoef(model.predict(Z), y)[0, 1] > 0.99


def test_a_number_too_large_for_float32_is_still_refused_where_the_training_had_none():
    model = NetClassifier("logistic", random_state=0, max_iter=2).fit(Z, WORDS)
    with pytest.raises(ValueError, match="too large for dtype"):
        model.predict(Z * 1e40)
