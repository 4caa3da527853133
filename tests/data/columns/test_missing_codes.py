"""Codes such as -999: named where they stand out, taken as missing on request, in training and in new rows."""

import json

import numpy as np
import pandas as pd
import pytest

from dragonet.data import Encoder, read
from dragonet.data.columns import missing_codes

AGES = np.random.default_rng(0).normal(50, 10, 60).round(1)


def table(code, other="red"):
    ages = AGES.copy()
    ages[[3, 7]] = code
    return pd.DataFrame(
        {"my age": ages, "b": np.arange(60) / 7, "color": ["red", "blue", other] * 20, "sex": ["f", "m"] * 30}
    )


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([18, 40, 90, -999, -999], [(-999, 2)]),
        ([1, 2, 3, 4, 5, 99], [(99, 1)]),
        ([0.5, 0.7, 0.9, 9999], [(9999, 1)]),
        ([1, 2, 3, 98, 99], [(98, 1), (99, 1)]),
        ([18, 60, 99], []),
        ([0, 500, 900, 999], []),
        ([-90, -50, -99], []),
        ([5, 5, 5, 99], []),
        ([1, 2, 3, 1000], []),
        ([36.5, 37.1, 38, -99.99], [(-99.99, 1)]),
        ([1.5, 2, 3, 999.999], [(999.999, 1)]),
        ([1, 2, 2.5, 3.4e38], [(3.4e38, 1)]),
        ([0, 1, 0, 1, 9, 9, 9], [(9, 3)]),
        ([1, 2, 3, 4, 5, 9, 9, 9, 8, 8, 8], [(8, 3), (9, 3)]),
        ([1, 2, 3, 4, 5, 9], []),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9], []),
        ([0, 1, 2, 3, 7, 8, 9, 9, 9, 30], []),
        (list(range(10)) * 5, []),
        ([*range(8), 9] * 5, []),
        ([*range(17, 60), -1, -1, -1], [(-1, 3)]),
        ([-1, -1, -1, 0, 1, 2, 3], []),
        ([*range(-3, 20), -1, -1, -1], []),
        ([*np.linspace(36, 39, 20), 0, 0, 0], [(0, 3)]),
        ([*np.linspace(0, 39, 20), 0, 0, 0], []),
        ([*np.linspace(36, 39, 20), 0], []),
        ([5, 5, 5, 60, 61, 62], []),
        ([*np.linspace(36, 39, 20), 0, 0, 0, 80, 80, 80], []),
        ([*np.linspace(36, 39, 20), *[0] * 30], []),
    ],
)
def test_codes_that_stand_out(values, codes):
    assert missing_codes.find_suspicious(np.array(values, float)) == codes


def test_the_line_names_the_option():
    data = read(table(-999), target="sex")
    low, high = np.delete(AGES, [3, 7]).min(), np.delete(AGES, [3, 7]).max()
    assert (
        f"'my age' holds -999 2 times, far from the rest ({low:g} to {high:g}). If that stands for missing values, write "
        "--missing 'my age=-999'."
    ) in data.noticed


@pytest.mark.parametrize("missing", [-999, "-999", ["my age=-999"], {"my age": -999}, {"my age": ["-999.0", 5]}])
def test_a_code_is_taken_as_missing(missing):
    data = read(table(-999), target="sex", missing=missing)
    assert data.x["my age"].isna().sum() == 2 and data.columns[0].missing == 2
    assert any("'my age' has 2 cells of" in note and "taken as missing" in note for note in data.noticed)
    assert not any("far from the rest" in note for note in data.noticed)
    encoder = Encoder.from_json(json.loads(json.dumps(Encoder.fit(data).to_json())))
    x = encoder.encode(table(-999))
    empty = table(-999)
    empty.loc[[3, 7], "my age"] = np.nan
    np.testing.assert_array_equal(x, encoder.encode(empty))


def test_codes_in_very_many_rows_and_in_float32():
    values = np.random.default_rng(0).normal(50, 5, 250_001)
    assert missing_codes.find_suspicious(values) == []
    values[123] = -9999
    assert missing_codes.find_suspicious(values) == [(-9999, 1)]
    narrow = np.float32([36.5, 37, 38, -99.99]).astype(float)
    (sentence,) = missing_codes.describe_suspicious({"a": narrow})
    assert float(sentence.split("--missing a=")[1].rstrip(".")) == narrow[3]


def test_one_code_in_many_columns_has_one_option():
    sentences = missing_codes.describe_suspicious({f"c{i}": np.append(AGES, -999) for i in range(9)})
    assert (
        len(sentences) == 6 and sentences[-1] == "The like holds for 4 more columns. --missing=-999 is for all columns."
    )


@pytest.mark.parametrize(
    ("classes", "sentence"),
    [
        (
            [1, 2, 99],
            "'a class' holds 99 20 times, far from the rest (1 to 2). If that stands for missing values, write --missing 'a "
            "class=99'.",
        ),
        (
            ["red", "blue", "unknown"],
            "'unknown' is a class of 'a class', of 20 rows. If it stands for missing values, write --missing "
            "'a class=unknown'.",
        ),
        (["neg", "pos", "none"], ""),
        ([1, 2, 3], ""),
        (["yes", "no", "maybe"], ""),
        (["+", "-", "++"], ""),
    ],
)
def test_classes_that_may_stand_for_missing_answers_are_named(classes, sentence):
    frame = pd.DataFrame({"x": np.arange(60) / 7, "a class": classes * 20})
    mentioned = [note for note in read(frame, target="a class").noticed if "stands for missing" in note]
    assert mentioned == ([sentence] if sentence else [])
    if sentence:
        assert len(read(frame, target="a class", missing={"a class": classes[-1]}).classes) == 2


def test_words_and_targets_have_codes_too():
    data = read(table(-999, "9"), target="color", missing="color=9")
    assert data.classes == ("blue", "red") and len(data) == 40
    data = read(table(-999, "unknown"), target="my age", missing=["unknown", -999])
    assert len(data) == 58 and data.x["color"].isna().sum() == sum(i % 3 == 2 for i in range(60) if i not in (3, 7))


def test_a_target_whose_numbers_hold_a_code_is_named():
    assert any("'my age' holds -999" in note for note in read(table(-999), target="my age").noticed)


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"agee": 5}, "table has no column 'agee' with missing codes. Did you mean"),
        ("agee=5", "no column 'agee'"),
        ("my age=", "missing to be a number or word such as -999, or NAME=-999"),
    ],
)
def test_mistakes(missing, words):
    with pytest.raises(ValueError) as caught:
        read(table(-999), target="sex", missing=missing)
    assert words in str(caught.value)


def test_a_code_that_no_cell_holds_is_said():
    data = read(table(-999), target="sex", missing=77)
    assert "No cell holds 77, which was said to stand for a missing one." in data.noticed


def test_arrays_and_pictures_have_no_codes(tmp_path):
    with pytest.raises(ValueError, match="missing for the columns of a table"):
        read((np.zeros((4, 2)), ["a", "b"] * 2), missing=-999)
    with pytest.raises(ValueError, match="missing for the columns of a table, but got -999 for pictures"):
        read(tmp_path, missing=-999)


def test_a_large_file_has_codes(tmp_path, monkeypatch):
    from dragonet.data.files import array_files

    monkeypatch.setattr(array_files, "IN_MEMORY", 1)
    table(-999).to_parquet(tmp_path / "t.parquet")
    data = read(tmp_path / "t.parquet", target="sex", missing="my age=-999")
    assert data.streamed
    x = Encoder.fit(data).encode(data.x.read(0))
    assert np.abs(x).max() < 1000
