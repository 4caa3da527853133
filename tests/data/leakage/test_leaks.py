"""Leaks: columns that tell the answer alone are named, honest ones are not; and rows that repeat, counted in both ways."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets as honest

from dragonet import datasets
from dragonet.data import parts, read

N = 300


def rows(task="classes", k=2, seed=0, **columns):
    """A table with a column of noise and a target, and columns that are made from (draw, target)."""
    draw = np.random.default_rng(seed)
    y = draw.permutation(np.arange(N) % k) if task == "classes" else draw.normal(size=N)
    leaking = {name: make(draw, y) for name, make in columns.items()}
    return pd.DataFrame(
        {"noise": draw.normal(size=N), **leaking, "y": np.array(list("abcde"))[y] if task == "classes" else y}
    )


def wrong(y, k, cells=4):
    """A copy with some cells wrong."""
    copy = y.astype(float)
    copy[:cells] = (copy[:cells] + 1) % k
    return copy


def lacking(y, cells=6):
    copy = y.astype(float)
    copy[:cells] = np.nan
    return copy


def codes(draw, y, k, each=15):
    """Codes without an order, each of which belongs to one class."""
    return draw.permutation(each * k)[draw.integers(0, each, len(y)) * k + y]


def words(codes):
    return np.array([f"code {i}" for i in range(200)])[codes]


CLASSES = {
    "wrong_cells": lambda draw, y: wrong(y, 2),
    "missing_cells": lambda draw, y: lacking(y),
    "words_missing": lambda draw, y: np.where(np.arange(N) < 6, None, np.array(["sick", "fine"], dtype=object)[y]),
    "codes": lambda draw, y: codes(draw, y, 2),
    "many_code_words": lambda draw, y: words(codes(draw, y, 2, each=90)),
    "code_words": lambda draw, y: words(codes(draw, y, 2)),
    "score_with_a_cut": lambda draw, y: np.where(y == 1, draw.uniform(50, 100, N), draw.uniform(0, 50, N)),
    "two_cuts": lambda draw, y: np.where(
        y == 1, draw.uniform(40, 60, N), draw.uniform(0, 40, N) + 60 * draw.integers(0, 2, N)
    ),
    "probability": lambda draw, y: 1 / (1 + np.exp(-(8 * y - 4 + draw.normal(size=N)))),
    "missing_tells": lambda draw, y: np.where(y == 1, draw.normal(size=N), np.nan),
    "missing_word": lambda draw, y: np.where(y == 1, None, draw.choice(["x", "y", "z"], N)),
    "tiny": lambda draw, y: 1e-300 * (y + 0.1 * draw.random(N)),
    "stamps": lambda draw, y: 1.6e12 + 1000 * y + draw.integers(0, 900, N),
    "days": lambda draw, y: pd.Timestamp("2024-01-01") + pd.to_timedelta(draw.integers(0, 40, N) + 50 * y, "D"),
}


@pytest.mark.parametrize("name", CLASSES)
def test_a_column_that_tells_two_classes_is_named_and_kept(name):
    data = read(rows(**{name: CLASSES[name]}), target="y")
    assert data.leaks == (name,) and name in data.x
    sentences = [sentence for sentence in data.noticed if repr(name) in sentence and f"--drop {name}" in sentence]
    assert len(sentences) == 1
    assert (
        "alone tells 'y' almost completely" in sentences[0] or f"Whether {name!r} is missing tells 'y'" in sentences[0]
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda draw, y: wrong(y, 5),
        lambda draw, y: lacking(y),
        lambda draw, y: codes(draw, y, 5),
        lambda draw, y: words(codes(draw, y, 5)),
        lambda draw, y: 10 * y + draw.uniform(0, 9, N),
        lambda draw, y: 1.6e12 + 10 * y + draw.uniform(0, 9, N),
        lambda draw, y: np.where(y == 3, np.nan, draw.normal(size=N)),
    ],
)
def test_a_column_that_tells_five_classes_is_named(make):
    assert read(rows(k=5, given=make), target="y").leaks == ("given",)


@pytest.mark.parametrize(
    "make",
    [
        lambda draw, y: y + 0.1 * draw.normal(size=N),
        lambda draw, y: y.round(1),
        lambda draw, y: 100 - 7 * lacking(y.round(2), 9),
        lambda draw, y: np.exp(2 * y) + 0.01 * draw.random(N),
        lambda draw, y: np.abs(y) + (y < 0) * 100 + 0.01 * draw.normal(size=N),
        lambda draw, y: pd.Series(y.round(1)).astype(str).radd("at ").to_numpy(),
        lambda draw, y: np.where(y < 0, np.nan, draw.normal(size=N)),
    ],
)
def test_a_column_that_tells_a_number_is_named(make):
    data = read(rows("numbers", given=make), target="y")
    assert data.leaks == ("given",) and any("'given'" in sentence for sentence in data.noticed)


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "digits", "diabetes"])
def test_honest_data_are_not_suspected(name):
    x, y = getattr(honest, f"load_{name}")(return_X_y=True)
    assert read((pd.DataFrame(x).add_prefix("x"), y)).leaks == ()


def test_the_dragons_are_not_suspected():
    for target in ("color", "breathesFire", "testScore"):
        assert read(datasets.dragons._FILE, target=target).leaks == ()


def test_what_a_weaker_column_tells_is_no_leak():
    tables = rows(
        wrong_often=lambda draw, y: wrong(y, 2, 30),
        overlap=lambda draw, y: 2 * y + draw.normal(size=N),
        few_missing=lambda draw, y: np.where(draw.random(N) < 0.1 + 0.5 * y, np.nan, 1.5),
    )
    assert read(tables, target="y").leaks == ()
    number = rows("numbers", near=lambda draw, y: y + 0.3 * draw.normal(size=N), rough=lambda draw, y: y.round(0))
    assert read(number, target="y").leaks == ()


def test_chance_among_very_many_columns_is_no_leak():
    draw = np.random.default_rng(3)
    x, y = draw.normal(size=(12, 20_000)).round(6), np.array(["a", "b"] * 6)
    assert any(x[y == "a", j].max() < x[y == "b", j].min() for j in range(20_000))  # some separate the classes by luck
    assert read((x, y)).leaks == ()


def test_a_leak_among_thousands_of_columns_is_found():
    draw = np.random.default_rng(4)
    x, y = draw.normal(size=(200, 5000)), np.arange(200) % 2
    x[:, 4321] = y + 0.1 * draw.normal(size=200)
    data = read((x, y))
    assert data.leaks == ("column 4322",) and any("leave it out of x" in sentence for sentence in data.noticed)


def test_hundreds_of_leaks_are_all_found():
    draw = np.random.default_rng(9)
    x, y = draw.normal(size=(200, 600)), np.arange(200) % 2
    x[:, :300] += 8 * y[:, None]
    data = read((x, y))
    assert set(data.leaks) == {f"column {i + 1}" for i in range(300)}


def test_twenty_classes_are_told_by_a_number_near_them():
    draw = np.random.default_rng(12)
    y = draw.integers(0, 15, 2 * N)
    table = pd.DataFrame({"s": y + 0.05 * draw.normal(size=2 * N), "z": draw.normal(size=2 * N), "y": y})
    assert read(table, target="y").leaks == ("s",)


def test_a_cut_is_named_in_the_columns_own_terms():
    data = read(rows(days=CLASSES["days"]), target="y")
    assert "; a cut at 2024-02-1" in " ".join(data.noticed)
    cut = float(
        re.search(r"; a cut at (\S+) does it", read(rows(score=CLASSES["score_with_a_cut"]), target="y").noticed[0])[1]
    )
    assert 49 < cut < 51
    words_of_codes = read(rows(icd=CLASSES["code_words"]), target="y").noticed[0]
    assert "; each of its 30 values goes with one class" in words_of_codes


def test_dates_may_be_split_by():
    walk = np.cumsum(np.random.default_rng(10).normal(size=N))
    table = pd.DataFrame(
        {"day": pd.date_range("2020-01-01", periods=N), "noise": np.random.default_rng(0).normal(size=N), "price": walk}
    )
    data = read(table, target="price")
    assert data.leaks == ("day",) and any(
        "test with the last ones: --time day" in sentence for sentence in data.noticed
    )
    assert read(table, target="price", time="day").leaks == ()


def test_rare_classes_are_looked_at():
    draw = np.random.default_rng(5)
    y = (np.arange(20_000) < 40).astype(int)
    table = pd.DataFrame(
        {"code": np.where(y == 1, 7, draw.integers(0, 7, 20_000)), "noise": draw.normal(size=20_000), "y": y}
    )
    assert read(table, target="y").leaks == ("code",)


def test_what_only_says_whose_row_it_is_is_no_leak_where_groups_are_told():
    draw = np.random.default_rng(6)
    subject = np.repeat(np.arange(30), 10)
    height = draw.permutation(np.linspace(150, 190, 30).round(1))[subject]  # one a subject, as is the answer
    table = pd.DataFrame(
        {"height": height, "noise": draw.normal(size=N), "who": subject, "y": (draw.permutation(30) % 2)[subject]}
    )
    assert read(table.drop(columns="who"), target="y").leaks == ("height",)
    assert read(table, target="y", groups="who").leaks == ()


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e150, 1.7e308])
def test_numbers_of_any_size_are_looked_at(scale):
    table = rows(
        "numbers",
        near=lambda draw, y: (y + 0.05 * draw.normal(size=N)) / 5 * scale,
        far=lambda draw, y: draw.normal(size=N) / 5 * scale,
    )
    assert read(table.assign(y=table["y"] / 5 * scale), target="y").leaks == ("near",)


def test_several_targets_and_many_leaks():
    table = rows("numbers", **{f"near_{i}": lambda draw, y: y + 0.05 * draw.normal(size=N) for i in range(12)})
    data = read(table, target="y")
    assert len(data.leaks) == 12 and sum("alone tells" in sentence for sentence in data.noticed) == 6
    assert any(sentence.startswith("So do 6 more columns: 'near_6', ") for sentence in data.noticed)
    table = rows("numbers", near=lambda draw, y: y.round(1)).assign(z=np.random.default_rng(8).normal(size=N))
    both = read(table, target=["y", "z"])
    assert both.leaks == ("near",)


def test_rows_without_leaks_are_the_same_rows():
    data = read(rows(codes=CLASSES["codes"]), target="y")
    rest = data.without(data.leaks)
    assert (
        list(rest.x) == ["noise"] and rest.feature_names == ("noise",) and rest.leaks == () and (rest.y == data.y).all()
    )
    array = read((np.stack([data.x["noise"], data.y], axis=1), data.y))
    assert (
        array.leaks == ("column 2",) and array.without(array.leaks).x.tolist() == data.x[["noise"]].to_numpy().tolist()
    )


# --- rows that repeat -------------------------------------------------------------------------------------------------


def test_rows_are_counted_with_and_without_their_answer():
    draw = np.random.default_rng(0)
    table = pd.DataFrame({"a": draw.normal(size=40), "b": draw.normal(size=40), "y": ["u", "v"] * 20})
    again, other = table.iloc[:3], table.iloc[10:17].assign(y=lambda rows: rows["y"].map({"u": "v", "v": "u"}))
    data = read(pd.concat([table, again, other]), target="y")
    assert "3 of 50 rows repeat another one, in all features and in 'y'." in data.noticed
    assert (
        "7 of 50 rows repeat another one in all features, but with another 'y': no model can tell these apart."
        in data.noticed
    )
    x, y = table[["a", "b"]].to_numpy(), np.arange(40.0) / 7
    number = read((np.concatenate([x, x[:5], x[:4]]), np.concatenate([y, y[:5], y[:4] + 1])))
    assert number.noticed[0].startswith("5 of 49 rows repeat") and number.noticed[1].startswith("4 of 49 rows repeat")
    assert not any("repeat" in sentence for sentence in read((x, y)).noticed)


def test_a_test_row_is_only_called_known_where_its_answer_is_too():
    x = np.repeat(np.arange(50.0), 2).reshape(-1, 1)
    apart = parts(read((x, [0, 1] * 50)))  # each x once with each answer
    assert not any("equal to a training row" in sentence for sentence in apart.noticed)
    same = parts(read((x, np.repeat([0, 1] * 25, 2))))
    assert any(
        "equal to a training row in all features and in what is to be predicted" in sentence
        for sentence in same.noticed
    )


def test_each_of_several_copies_has_its_option():
    data = read(rows(first=lambda draw, y: y * 2, second=lambda draw, y: -y), target="y")
    assert any("Leave them out: --drop first --drop second." in sentence for sentence in data.noticed), data.noticed
    many = rows(**{f"c{i}": lambda draw, y, i=i: y * (i + 2) for i in range(9)})
    assert any("--drop c4 --drop c5 ..." in sentence for sentence in read(many, target="y").noticed)
