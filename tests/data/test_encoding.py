"""Encoding: numbers by hand, learned on the training rows alone, and what a stranger's rows or file may bring."""

import copy
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet import errors
from dragonet.data import Encoder, read

TABLE = pd.DataFrame({
    "age": [20.0, 30.0, None, 50.0, 40.0, 25.0],
    "color": ["red", "blue", "red", None, "green", "red"],
    "smoker": ["yes", "no", "no", "yes", "no", "no"],
    "day": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-01-08", "2024-03-05", "2024-01-15", "2024-02-02"]),
})


def encoded(encoder, frame):
    """The numbers, and what was said."""
    said = []
    return encoder.encode(frame, said.append), said


def column(encoder, x, name):
    return x[:, encoder.names.index(name)].tolist()


def test_numbers_by_hand():
    encoder = Encoder.fit(TABLE)
    x, said = encoded(encoder, TABLE)
    assert encoder.names == (
        "age", "age is missing", "color=blue", "color=green", "color=red", "color is missing", "smoker", "day in days",
        "day month sin", "day month cos", "day weekday sin", "day weekday cos")
    assert x.dtype == np.float32 and x.flags.c_contiguous and said == []
    assert column(encoder, x, "age") == [20, 30, 30, 50, 40, 25]  # the median of five
    assert column(encoder, x, "age is missing") == [0, 0, 1, 0, 0, 0]
    assert column(encoder, x, "color=red") == [1, 0, 1, 0, 0, 1]
    assert column(encoder, x, "color is missing") == [0, 0, 0, 1, 0, 0]
    assert column(encoder, x, "smoker") == [1, 0, 0, 1, 0, 0]
    assert column(encoder, x, "day in days") == [0, 31, 7, 64, 14, 32]
    np.testing.assert_allclose(column(encoder, x, "day month sin")[:2], [0, 0.5], atol=1e-7)
    np.testing.assert_allclose(column(encoder, x, "day weekday cos")[0], 1, atol=1e-7)  # a Monday


def test_only_the_given_rows_are_learned_from():
    changed = TABLE.copy()
    changed.loc[[3, 4, 5], "age"] = [1e6, -1e6, 1e9]
    changed.loc[[3, 4, 5], "color"] = ["pink", "lilac", "mauve"]
    assert Encoder.fit(TABLE, [0, 1, 2]) == Encoder.fit(changed, [0, 1, 2]) != Encoder.fit(changed)
    assert Encoder.fit(TABLE, [0, 1, 2]).names[:4] == ("age", "age is missing", "color=blue", "color=red")


def test_month_and_weekday_only_where_they_vary():
    weekly = pd.DataFrame({"day": pd.to_datetime(["2024-01-01", "2024-01-08", "2024-01-15"])})
    assert Encoder.fit(weekly).names == ("day in days",)


def test_rare_words_share_other():
    words = [f"w{i:02}" for i in range(60)]
    frame = pd.DataFrame({"w": [word for i, word in enumerate(words) for _ in range(60 - i)]})
    encoder = Encoder.fit(frame)
    assert len(encoder.names) == 51 and encoder.names[-1] == "w is other" and "w=w49" in encoder.names
    x, said = encoded(encoder, pd.DataFrame({"w": ["w00", "w59", "never seen"]}))
    assert x[:, -1].tolist() == [0, 1, 1] and x.sum(1).tolist() == [1, 1, 1] and said == []


def test_raw_rows_get_what_a_user_expects():
    encoder = Encoder.fit(TABLE)
    x, _ = encoded(encoder, TABLE)
    raw = TABLE[["day", "color", "smoker", "age"]].assign(extra=1)
    raw["age"] = ["20", "30.0", "?", " 50", "4e1", "25"]
    raw["day"] = raw["day"].dt.strftime("%Y-%m-%d")
    raw["smoker"] = [True, False, False, True, False, False]
    again, said = encoded(encoder, raw)
    np.testing.assert_array_equal(again, x)
    assert said == []


def test_what_the_training_rows_did_not_have_is_said():
    encoder = Encoder.fit(TABLE.dropna())
    new = pd.DataFrame({"age": ["old", None, 40], "color": ["pink", "red", None], "smoker": ["no", None, "no"], "Day": ["x"] * 3})
    x, said = encoded(encoder, new)
    assert said[0] == "There is no column 'day': taken as missing in all rows. Did you mean 'Day'?"
    assert "'age' has 1 cell that is no number and was taken as missing (such as 'old')." in said
    assert "2 of 3 rows have no 'age', which no training row lacked: 27.5 was put in." in said
    assert "1 of 3 rows have a 'color' that no training row had ('pink'): it counts as none of the known ones." in said
    assert any("1 of 3 rows have no 'color'" in one for one in said)
    assert "1 of 3 rows have no 'smoker', which no training row lacked: no was put in." in said
    assert column(encoder, x, "age") == [27.5, 27.5, 40] and x[0, 1:4].tolist() == [0, 0, 0]
    assert column(encoder, x, "day in days") == [22.5] * 3  # the median of the four days


def test_it_is_said_as_a_warning_where_nobody_listens():
    with pytest.warns(errors.DragonetWarning, match="no column 'age'"):
        Encoder.fit(TABLE).encode(TABLE.drop(columns="age"))


def test_many_sentences_are_cut():
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 30)), columns=[f"c{i}" for i in range(30)])
    holes = wide.copy()
    holes.iloc[0] = np.nan
    _, said = encoded(Encoder.fit(wide), holes)
    assert len(said) == 7 and said[-1] == "The like holds for 24 more columns."


@pytest.mark.parametrize(("frame", "words"), [
    (pd.DataFrame({"other": [1]}), "the columns 'age', 'color', 'smoker' and 'day', but got 'other'"),
    (TABLE.iloc[:0], "at least one row"),
    (pd.concat([TABLE, TABLE], axis=1), "one column of each name, but got several called 'age'"),
])
def test_rows_that_cannot_be_encoded(frame, words):
    with pytest.raises(ValueError, match=words):
        Encoder.fit(TABLE).encode(frame)


def test_other_things_than_tables_are_refused():
    with pytest.raises(TypeError, match=r"Encoder.encode needs a DataFrame"):
        Encoder.fit(TABLE).encode([[1]])
    with pytest.raises(TypeError, match=r"Encoder.fit needs Data or a DataFrame"):
        Encoder.fit([[1]])
    with pytest.raises(ValueError, match="a table, but got arrays"):
        Encoder.fit(read((np.eye(4), [0, 1, 0, 1])))
    with pytest.raises(ValueError, match="a column of numbers, categories or dates"):
        Encoder.fit(pd.DataFrame({"same": [1, 1]}))


def test_the_order_of_day_and_month_is_that_of_the_training_rows():
    days = [f"{i % 28 + 1}/{i % 12 + 1}/2024" for i in range(60)]
    data = read(pd.DataFrame({"day": days, "y": [0, 1] * 30}), target="y")
    x, _ = encoded(Encoder.fit(data), pd.DataFrame({"day": ["3/4/2024"]}))
    first = Encoder.fit(data).columns[0].first
    assert first == "2024-01-01" and x[0, 0] == 93  # 3 April


def test_numbers_far_from_zero_keep_their_differences():
    stamps = pd.DataFrame({"t": 1.7e9 + np.arange(100.0) ** 2 / 7})
    x, _ = encoded(Encoder.fit(stamps), stamps)
    np.testing.assert_allclose(np.diff(x[:, 0]), np.diff(stamps["t"]), rtol=1e-4, atol=1e-3)
    huge, _ = encoded(Encoder.fit(pd.DataFrame({"t": [1e300, 1.0, -1e300]})), pd.DataFrame({"t": [1e300]}))
    assert huge.tolist() == [[np.float32(1e15)]]


# --- JSON -------------------------------------------------------------------------------------------------------------


def test_json_holds_all_of_it():
    encoder = Encoder.fit(TABLE)
    held = encoder.to_json()
    assert json.loads(json.dumps(held)) == held
    assert Encoder.from_json(held) == encoder


@pytest.mark.parametrize(("change", "words"), [
    (lambda held: held.update(format=2), "format 1, but got 2. Update dragonet."),
    (lambda held: held.update(columns=[]), "a list of 1 to 1,000,000 columns"),
    (lambda held: held["columns"].append(held["columns"][0]), "a different name for each column"),
    (lambda held: held["columns"].append(5), "columns of the kinds number, yes/no, category, date"),
    (lambda held: held["columns"][0].update(kind="evil"), "but got 'evil'"),
    (lambda held: held["columns"][0].update(kind=["number"]), "columns of the kinds"),
    (lambda held: held["columns"][0].pop("fill"), "the fields name, fill, indicator, origin for a number"),
    (lambda held: held["columns"][0].update(write="os.system"), "but got 'write'"),
    (lambda held: held["columns"][0].update(fill=float("nan")), "a finite number, but got nan"),
    (lambda held: held["columns"][0].update(fill="1"), "'fill' of a number that is a finite number"),
    (lambda held: held["columns"][0].update(indicator=1), "true or false, but got 1"),
    (lambda held: held["columns"][1].update(words=["a"] * 2), "at most 50 different words"),
    (lambda held: held["columns"][1].update(words=[f"{i}" for i in range(51)]), "at most 50 different words"),
    (lambda held: held["columns"][3].update(first="yesterday"), "a first date such as 2024-03-01"),
])
def test_a_strangers_json_is_checked(change, words):
    held = copy.deepcopy(Encoder.fit(TABLE).to_json())
    change(held)
    with pytest.raises(ValueError) as caught:
        Encoder.from_json(held)
    assert words in str(caught.value)


WORDS = st.one_of(st.text(max_size=8), st.sampled_from(["NA", "1,5", "2024-01-02", "yes"]))
CELLS = st.one_of(st.none(), st.floats(), st.integers(), st.booleans(), WORDS)


@settings(max_examples=40, deadline=None)
@given(st.lists(CELLS, min_size=2, max_size=12), st.lists(CELLS, min_size=1, max_size=5))
def test_any_cells_become_finite_numbers_or_a_sentence(trained, new):
    try:
        encoder = Encoder.fit(pd.DataFrame({"a": pd.Series(trained, dtype=object), "b": np.arange(len(trained)) / 7}))
    except ValueError as failure:
        assert str(failure).startswith("Encoder.fit needs")
        return
    x, _ = encoded(Encoder.from_json(json.loads(json.dumps(encoder.to_json()))),
                   pd.DataFrame({"a": pd.Series(new, dtype=object), "b": 1.0}))
    assert x.shape == (len(new), len(encoder.names)) and np.isfinite(x).all()
