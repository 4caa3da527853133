"""Encoding: numbers by hand, learned on the training rows alone, and what a stranger's rows or file may bring."""

import copy
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet.core import errors
from dragonet.data import Encoder, read

TABLE = pd.DataFrame(
    {
        "age": [20.0, 30.0, None, 50.0, 40.0, 25.0],
        "color": ["red", "blue", "red", None, "green", "red"],
        "smoker": ["yes", "no", "no", "yes", "no", "no"],
        "day": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-01-08", "2024-03-05", "2024-01-15", "2024-02-02"]),
    }
)


def encoded(encoder, frame):
    """The numbers, and what was said."""
    sentences = []
    return encoder.encode(frame, sentences.append), sentences


def in_units(encoder, x, name):
    """Numbers as they were before they were scaled."""
    fitted = next(column for column in encoder.columns if name in column.names)
    return (np.array(column(encoder, x, name), float) * fitted.scale + fitted.offset).tolist()


def column(encoder, x, name):
    return x[:, encoder.names.index(name)].tolist()


def test_numbers_by_hand():
    encoder = Encoder.fit(TABLE)
    x, sentences = encoded(encoder, TABLE)
    assert encoder.names == (
        "age",
        "age is missing",
        "color=blue",
        "color=green",
        "color=red",
        "color is missing",
        "smoker",
        "day in days",
        "day month sin",
        "day month cos",
        "day weekday sin",
        "day weekday cos",
    )
    assert x.dtype == np.float32 and x.flags.c_contiguous and sentences == []
    ages = np.array([20, 30, 30, 50, 40, 25])  # the median of five in place of the one that is missing
    known = np.delete(ages, 2)
    np.testing.assert_allclose(column(encoder, x, "age"), (ages - 30) / known.std(), rtol=1e-6)
    assert column(encoder, x, "age is missing") == [0, 0, 1, 0, 0, 0]
    assert column(encoder, x, "color=red") == [1, 0, 1, 0, 0, 1]
    assert column(encoder, x, "color is missing") == [0, 0, 0, 1, 0, 0]
    assert column(encoder, x, "smoker") == [1, 0, 0, 1, 0, 0]
    np.testing.assert_allclose(in_units(encoder, x, "day in days"), [0, 31, 7, 64, 14, 32], atol=1e-5)
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
    x, sentences = encoded(encoder, pd.DataFrame({"w": ["w00", "w59", "never seen"]}))
    assert x[:, -1].tolist() == [0, 1, 1] and x.sum(1).tolist() == [1, 1, 1] and sentences == []


def test_raw_rows_get_what_a_user_expects():
    encoder = Encoder.fit(TABLE)
    x, _ = encoded(encoder, TABLE)
    raw = TABLE[["day", "color", "smoker", "age"]].assign(extra=1)
    raw["age"] = ["20", "30.0", "?", " 50", "4e1", "25"]
    raw["day"] = raw["day"].dt.strftime("%Y-%m-%d")
    raw["smoker"] = [True, False, False, True, False, False]
    again, sentences = encoded(encoder, raw)
    np.testing.assert_array_equal(again, x)
    assert sentences == []


def test_what_the_training_rows_did_not_have_is_said():
    encoder = Encoder.fit(TABLE.dropna())
    new = pd.DataFrame(
        {"age": ["old", None, 40], "color": ["pink", "red", None], "smoker": ["no", None, "no"], "Day": ["x"] * 3}
    )
    x, sentences = encoded(encoder, new)
    assert sentences[0] == "There is no column 'day': taken as missing in all rows. Did you mean 'Day'?"
    assert "'age' has 1 cell that is no number and was taken as missing (such as 'old')." in sentences
    assert "2 of 3 rows have no 'age', but all training rows had one: it was filled with 27.5." in sentences
    assert (
        "1 of 3 rows have a 'color' that no training row had ('pink'): it counts as none of the known ones: 'blue', 'green', "
        "'red'."
    ) in sentences
    assert any("1 of 3 rows have no 'color'" in sentence for sentence in sentences)
    assert "1 of 3 rows have no 'smoker', but all training rows had one: it was filled with no." in sentences
    np.testing.assert_allclose(in_units(encoder, x, "age"), [27.5, 27.5, 40], rtol=1e-6)
    assert x[0, 1:4].tolist() == [0, 0, 0]
    assert in_units(encoder, x, "day in days") == [22.5] * 3  # the median of the four days


def test_it_is_said_as_a_warning_where_nobody_listens():
    with pytest.warns(errors.DragonetWarning, match="no column 'age'"):
        Encoder.fit(TABLE).encode(TABLE.drop(columns="age"))


def test_many_sentences_are_cut():
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 30)), columns=[f"c{i}" for i in range(30)])
    holes = wide.copy()
    holes.iloc[0] = np.nan
    _, sentences = encoded(Encoder.fit(wide), holes)
    assert len(sentences) == 7 and sentences[-1] == "The like holds for 24 more columns."


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame({"other": [1]}), "the columns 'age', 'color', 'smoker' and 'day', but got 'other'"),
        (TABLE.iloc[:0], "at least one row"),
        (pd.concat([TABLE, TABLE], axis=1), "one column of each name, but got several called 'age'"),
    ],
)
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
    encoder = Encoder.fit(data)
    x, _ = encoded(encoder, pd.DataFrame({"day": ["3/4/2024"]}))
    assert encoder.columns[0].first == "2024-01-01"
    np.testing.assert_allclose(in_units(encoder, x, "day in days")[0], 93, rtol=1e-6)  # 3 April


@pytest.mark.parametrize(
    ("offset", "factor"), [(1.7e9, 1.0), (1.6e12, 1e3), (0, 3e-39), (0, 1e-300), (0, 1e30), (0, 1e290)]
)
def test_numbers_of_any_size_keep_their_differences(offset, factor):
    z = np.random.default_rng(0).normal(size=100)
    x, _ = encoded(Encoder.fit(pd.DataFrame({"t": offset + factor * z})), pd.DataFrame({"t": offset + factor * z}))
    np.testing.assert_allclose(x[:, 0], (z - np.median(z)) / z.std(), rtol=1e-3, atol=1e-6)


@settings(deadline=None, max_examples=50, derandomize=True)
@given(exponents=st.lists(st.integers(-30, 30), min_size=4, max_size=4), offset=st.sampled_from([0.0, 1.6e12]))
def test_units_change_no_number_that_the_network_takes(exponents, offset):
    """Each column times a power of ten, plus a time in milliseconds where float64 still holds the differences."""
    rng = np.random.default_rng(0)
    plain = rng.normal(size=(60, 4)) * [1, 5, 1e3, 1e4] + [0, 3, 0, 1e5]
    units = 10.0 ** np.array(exponents)
    moved = plain * units + np.where(units * plain.std(axis=0) > 100, offset, 0)
    names = list("abcd")
    plain, moved = (pd.DataFrame(values, columns=names) for values in (plain, moved))
    np.testing.assert_allclose(Encoder.fit(moved).encode(moved), Encoder.fit(plain).encode(plain), rtol=1e-4, atol=1e-4)


def test_a_few_numbers_far_away_do_not_press_the_others_together():
    z = np.random.default_rng(0).normal(size=200)
    far = np.r_[z, 1e9, -1e15]
    x, _ = encoded(Encoder.fit(pd.DataFrame({"t": far})), pd.DataFrame({"t": far}))
    assert 0.5 < x[:200, 0].std() < 2
    twice = 2 * np.abs(x[:200, 0]).max()  # as far out as the next ones
    np.testing.assert_allclose(x[200:, 0], [twice, -twice], rtol=1e-6)


def test_yes_no_and_rare_values_stay_in_reach():
    table = pd.DataFrame({"mostly": [0.0] * 97 + [3.0, 5.0, 4.0], "same": [7.0] * 100, "yes": ["yes", "no"] * 50})
    encoder = Encoder.fit(table)
    x, _ = encoded(encoder, table)
    assert np.abs(x).max() < 10 and set(column(encoder, x, "yes")) == {0, 1}
    assert x[97, 0] > 1 and set(
        encoder.encode(pd.DataFrame({"mostly": [0.0], "same": [7.0], "yes": ["no"]})).ravel()
    ) == {0}


def test_a_file_of_format_1_is_read_and_gives_the_numbers_that_it_gave():
    number = {"kind": "number", "name": "t", "fill": 3.0, "indicator": True, "origin": 1.5}
    date = {
        "kind": "date",
        "name": "day",
        "first": "2024-01-01",
        "fill": 2.0,
        "indicator": False,
        "month": False,
        "weekday": False,
        "day_first": None,
    }
    encoder = Encoder.from_json({"format": 1, "columns": [number, date]})
    x, _ = encoded(encoder, pd.DataFrame({"t": [2.0, None, 1e20], "day": ["2024-01-05", None, "2024-02-01"]}))
    assert x.tolist() == [[0.5, 0, 4], [1.5, 1, 2], [np.float32(1e15), 0, 31]]
    assert Encoder.from_json(encoder.to_json()) == encoder


# --- JSON -------------------------------------------------------------------------------------------------------------


def test_json_holds_all_of_it():
    encoder = Encoder.fit(TABLE)
    config = encoder.to_json()
    assert json.loads(json.dumps(config)) == config
    assert Encoder.from_json(config) == encoder


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda config: config.update(format=3), "format 1 or 2, but got 3. Update dragonet."),
        (lambda config: config["columns"][0].update(scale=0.0), "a scale and a limit above 0 for 'age'"),
        (lambda config: config["columns"][3].update(fill=1e300), "a date within 100,000,000 days"),
        (lambda config: config.update(columns=[]), "a list of 1 to 1,000,000 columns"),
        (lambda config: config["columns"].append(config["columns"][0]), "a different name for each column"),
        (lambda config: config["columns"].append(5), "columns of the kinds number, yes/no, category, date"),
        (lambda config: config["columns"][0].update(kind="evil"), "but got 'evil'"),
        (lambda config: config["columns"][0].update(kind=["number"]), "columns of the kinds"),
        (
            lambda config: config["columns"][0].pop("fill"),
            "the fields name, fill, indicator, offset, scale, limit for a number",
        ),
        (lambda config: config["columns"][0].update(write="os.system"), "but got 'write'"),
        (lambda config: config["columns"][0].update(fill=float("nan")), "a finite number, but got nan"),
        (lambda config: config["columns"][0].update(fill="1"), "'fill' of a number that is a finite number"),
        (lambda config: config["columns"][0].update(indicator=1), "true or false, but got 1"),
        (lambda config: config["columns"][1].update(words=["a"] * 2), "at most 50 different words"),
        (lambda config: config["columns"][1].update(words=[f"{i}" for i in range(51)]), "at most 50 different words"),
        (lambda config: config["columns"][3].update(first="yesterday"), "a first date such as 2024-03-01"),
    ],
)
def test_a_strangers_json_is_checked(change, words):
    config = copy.deepcopy(Encoder.fit(TABLE).to_json())
    change(config)
    with pytest.raises(ValueError) as caught:
        Encoder.from_json(config)
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
    x, _ = encoded(
        Encoder.from_json(json.loads(json.dumps(encoder.to_json()))),
        pd.DataFrame({"a": pd.Series(new, dtype=object), "b": 1.0}),
    )
    assert x.shape == (len(new), len(encoder.names)) and np.isfinite(x).all()
