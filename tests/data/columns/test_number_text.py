"""Numbers as people write them are read as numbers, the same in new rows; or left out for the real reason."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet.data import Encoder, read
from dragonet.data.columns import number_text
from dragonet.data.columns.number_format import NumberFormat

NAN = float("nan")


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["$1,200", "($50)", "-$3.50", "$-7"], [1200, -50, -3.5, -7]),
        (["1.200,50 €", "€ 7", "3,5€"], [1200.5, 7, 3.5]),
        (["USD 5", "USD 1,250.5"], [5, 1250.5]),
        (["£1.2M", "£300k", "£80"], [1.2e6, 3e5, 80]),
        (["1.5 million", "20 thousand"], [1.5e6, 2e4]),
        (["(1,200)", "1200-", "+7"], [-1200, -1200, 7]),
        (["\u22125", "\u20132.5", "3"], [-5, -2.5, 3]),
        (["1.2x10^3", "1.2 × 10³", "3*10^-2", "10⁻³", "4.5D+02", "2x10-1"], [1200, 1200, 0.03, 0.001, 450, 0.2]),
        (["12 %", "3.5%", "7"], [12, 3.5, 7]),
        (["1,5", "2,25", "1.234,5"], [1.5, 2.25, 1234.5]),
        (["1\u202f234,5", "1 000", "1\u00a0234\u00a0567"], [1234.5, 1000, 1234567]),
        (["1'234.5", "1\u2019234"], [1234.5, 1234]),
        (["12,34,567", "1,00,000.5"], [1234567, 100000.5]),
        (["1,234,567", "1,234"], [1234567, 1234]),
        (["0,123", "1,234"], [0.123, 1.234]),
        (["14:30", "9:15 PM", "12:00 am", "3 pm", "00:00:36"], [14.5, 21.25, 0, 15, 0.01]),
        (["1:20", "1:40", "1:160"], [20, 40, 160]),
        (["5 kg", "300 g", "2kg"], [5, 0.3, 2]),
        (["2 weeks", "21 days", "14 d"], [2, 3, 2]),
        (["5.1 mg/dL", "4 mg/dl", "7"], [5.1, 4, 7]),
        (["37 °C", "36.5°C"], [37, 36.5]),
        (["5.2 x10^9/L", "4 x10^9/L"], [5.2e9, 4e9]),
        (["75 mL/min/1.73m²", "60 mL/min/1.73m²"], [75, 60]),
        (["<0.5", ">100", "≤2", "80+", "3", "4"], [0.25, 100, 1, 80, 3, 4]),
        (["5.1 ± 0.2", "~3", "ca. 4", "7.5*"], [5.1, 3, 4, 7.5]),
        (["1h30m", "2 h", "45 min", "1 h 30 min 36 s"], [1.5, 2, 0.75, 1.51]),
        (["5'6\"", "5 ft 3 in", "6'", '6"'], [5.5, 5.25, 6, 0.5]),
        (["(1,200) kg", "(3 kg)", "05.5 kg"], [-1200, -3, 5.5]),
        (["7/10", "8.5/10", "10/10"], [7, 8.5, 10]),
        (["$(1,200)", "$7"], [-1200, 7]),
        (["2½", "¼", "'12"], [2.5, 0.25, 12]),
        (["ND<0.5", "nd < 2", "3"], [0.25, 1, 3]),
        (["1st", "2nd", "23rd", "4th"], [1, 2, 23, 4]),
        (["１２", "٣٫٥"], [12, 3.5]),
        (["0:10", "1:20", "2:59", "23:00"], [1 / 6, 4 / 3, 2 + 59 / 60, 23]),
        (["43/3", "17", "8/10"], [NAN, 17, 8]),
        (['="12.5"', '"3"', "[4.5]", '="-7"'], [12.5, 3, 4.5, -7]),
        (["5.1 (n=3)", "5.2 [4.1-6.3]", "4 (0.2)", "7(2)", "12 (34%)"], [5.1, 5.2, 4, 7, 12]),
        (["5.4 H", "3.1 L", "4.2", "9 HH"], [5.4, 3.1, 4.2, 9]),
        (["5.4 (H)", "3.1 [low]", "4.2 ↑", "3"], [5.4, 3.1, 4.2, 3]),
        (["2.5-fold", "3-fold", "10-fold"], [2.5, 3, 10]),
        (["6-year", "3-years"], [6, 3]),
        (["less than 5", "over 90", ">> 80", "At least 70", "3"], [2.5, 90, 80, 70, 3]),
        (["1 (low)", "2 (high risk)", "5-HT", "[1, 2]", '"a"', "=5"], [1, NAN, NAN, NAN, NAN, NAN]),
        (["blue", "1.2.2024", "A1", "12-34", "0x1F", "1_000", ""], [NAN] * 7),
    ],
)
def test_words_and_their_numbers(words, values):
    np.testing.assert_allclose(number_text.numbers(words).values, values, rtol=1e-12)


@pytest.mark.parametrize(
    "words",
    [
        ["1A", "2B", "3C"],
        ["<=50K", ">50K"],
        ["0-9", "10-19"],
        ["00123", "00456", "7"],
        ["chr1", "chr2"],
        ["2021-01-02", "2021-02-03"],
        ["12p", "12q", "13p"],
    ],
)
def test_codes_and_classes_are_no_numbers(words):
    counts = np.full(len(words), 5)
    assert not number_text.are_numbers(number_text.numbers(words, counts), words, counts)


def test_units_that_do_not_convert_are_named():
    assert number_text.numbers(["5 kg", "3 cm"]).mixed_units == ("kg", "cm")
    assert number_text.numbers(["$5", "€3"]).mixed_units == ("$", "€")


@pytest.mark.parametrize(
    ("words", "trained", "values"),
    [
        (["1.234"], NumberFormat(","), [1234]),
        (["1,234"], NumberFormat(","), [1.234]),
        (["1,234"], NumberFormat("."), [1234]),
        (["14:30", "3"], NumberFormat(style="clock"), [14.5, NAN]),
        (["14:30", "3"], NumberFormat(), [NAN, 3]),
        (["500 g", "3", "2 kg", "1 h"], NumberFormat(unit="kg"), [0.5, 3, 2, NAN]),
        (["$3K", "5"], NumberFormat(unit="$", multipliers=True), [3000, 5]),
        (["1:100"], NumberFormat(style="ratio"), [100]),
    ],
)
def test_new_rows_are_read_as_the_training_rows_were(words, trained, values):
    np.testing.assert_allclose(number_text.numbers(words, trained=trained).values, values)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("0123456789.,'-+()$€%<>~ xe^:kgM/²³¹±*st\u2009", max_size=12), min_size=1, max_size=4))
def test_no_text_is_too_strange(words):
    words = list(dict.fromkeys(words))
    assert number_text.numbers(words).values.shape == (len(words),)


@settings(max_examples=100, deadline=None)
@given(st.integers(-(10**9), 10**9), st.sampled_from([",", " ", "'", "\u202f", "."]))
def test_grouped_digits_are_the_number(n, sep):
    text = f"{n:,}".replace(",", sep)
    decimal = "," if sep == "." else "."
    assert number_text.numbers([text], decimal=decimal).values.tolist() == [n]


# --- in a table ------------------------------------------------------------------------------------------------------

SEX = ["f", "m"] * 30
DRAW = np.random.default_rng(0)
AGES = [f"{v:.1f}" for v in DRAW.normal(50, 10, 60)]


def table(values, target=SEX):
    return pd.DataFrame({"a": values, "b": DRAW.normal(size=60), "sex": target})


def is_noticed(data, text):
    return [sentence for sentence in data.noticed if text in sentence]


def test_what_was_read_as_numbers_is_said():
    data = read(table([f"${1000 + 7 * i:,}.50" for i in range(60)]), target="sex")
    assert data.x["a"].tolist()[:2] == [1000.5, 1007.5]
    assert is_noticed(data, "Read as numbers: 'a' ($1,000.50 as 1000.5).")


@pytest.mark.parametrize("word", ["unknown", "none", "n.d.", "<LOD", "not done", "see note", "pending", "x"])
def test_numbers_with_many_words_are_numbers_with_missing_cells(word):
    data = read(table([word if i % 3 == 0 else age for i, age in enumerate(AGES)]), target="sex")
    assert data.columns[0].kind == "number" and data.x["a"].isna().sum() == 20
    assert is_noticed(data, f"'a' has 20 cells that are no number and were taken as missing (such as '{word}')")


def test_limits_of_detection_are_said():
    data = read(
        table(["<0.5" if i % 3 == 0 else "> 90" if i % 10 == 1 else age for i, age in enumerate(AGES)]), target="sex"
    )
    assert data.x["a"][0] == 0.25 and data.x["a"][1] == 90
    assert is_noticed(
        data, "'a' has 24 values beyond a limit of detection (such as '<0.5'): half the limit was taken below it"
    )


def test_few_numbers_among_words_stay_categories():
    data = read(table(["none", "1", "2", "many", "some", "few"] * 10), target="sex")
    assert data.columns[0].kind == "category"


def test_ambiguity_is_said():
    data = read(table([f"{1 + i % 9},{100 + i}" for i in range(60)]), target="sex")
    assert data.x["a"][0] == 1100
    assert is_noticed(
        data, "'a' has numbers such as '1,100', whose comma could be a decimal sign; it was read as the sign between"
    )
    clear = read(table([f"{1 + i % 9},{100 + i}.5" for i in range(60)]), target="sex")
    assert not is_noticed(clear, "could be")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([f"{100 + i}/{60 + i}" for i in range(60)], "'a' holds several numbers in each cell (such as '100/60')"),
        ([f"{50 + i / 7:.3f}, {i / 9:.2f}" for i in range(60)], "'a' holds several numbers in each cell"),
        ([f"{i}-{i + 5}" for i in range(60)], "'a' holds ranges of numbers (such as '0-5')"),
        (
            [f"{i}°{i}'N" for i in range(60)],
            "'a' differs in nearly every row, and its cells are no numbers that can be read (such as",
        ),
        (
            [f"{100 + i} {'mmHg' if i % 2 else 'kPa'}" for i in range(60)],
            "'a' holds numbers in different units (kPa, mmHg)",
        ),
    ],
)
def test_what_is_left_out_is_left_out_for_the_real_reason(values, reason):
    data = read(table(values), target="sex")
    assert data.columns[0].role == "left out" and is_noticed(data, reason)


def test_numbers_in_disguise_are_a_target():
    data = read(table(AGES, [f"{1 + i % 50},{i % 10}5 €" for i in range(60)]), target="sex")
    assert data.task == "numbers" and data.y[0] == 1.05
    assert is_noticed(data, "Read as numbers: 'sex' (1,05 € as 1.05)")
    doses = read(table(AGES, ["5 mg", "10 mg", "20 mg"] * 20), target="sex")
    assert doses.classes == ("5 mg", "10 mg", "20 mg")
    unknown = read(table(AGES, ["1", "2", "3", "n.d."] * 15), target="sex")
    assert unknown.classes == ("1", "2", "3") and len(unknown) == 45
    adult = read(table(AGES, ["<=50K", ">50K"] * 30), target="sex")
    assert adult.task == "classes" and len(adult.classes) == 2


def test_dates_with_am_and_pm():
    data = read(
        table([f"{1 + i % 12}/{1 + i % 28}/2021 {1 + i % 12}:05 {'PM' if i % 2 else 'AM'}" for i in range(60)]),
        target="sex",
    )
    assert data.columns[0].kind == "date" and str(data.x["a"][1]) == "2021-02-02 14:05:00"
    named = read(table([f"Mon, {1 + i % 28}-Mar-21" for i in range(60)]), target="sex")
    assert str(named.x["a"][1].date()) == "2021-03-02"


# --- in new rows ------------------------------------------------------------------------------------------------------


def encoded(encoder, frame):
    sentences = []
    return Encoder.from_json(json.loads(json.dumps(encoder.to_json()))).encode(frame, sentences.append), sentences


def test_the_format_is_kept_with_the_encoder():
    values = [f"{1 + i % 9}.{100 + i},5 €" for i in range(60)]
    data = read(table(values), target="sex")
    encoder = Encoder.fit(data)
    fresh = Encoder.fit(table(values).drop(columns="sex"))
    new = pd.DataFrame({"a": ["1.234", "2,5 €", "3"], "b": [0.0, 0.0, 0.0]})
    for trained in (encoder, fresh):
        x, sentences = encoded(trained, new)
        plain, _ = encoded(trained, new.assign(a=[1234.0, 2.5, 3.0]))
        np.testing.assert_array_equal(x, plain)
        assert not sentences


def test_a_file_without_formats_is_still_read():
    plain = Encoder.fit(table(AGES).drop(columns="sex")).to_json()
    assert all("number_format" not in column and "missing_codes" not in column for column in plain["columns"])
    assert Encoder.from_json(plain).encode(table(AGES)).shape == (60, 2)


@pytest.mark.parametrize(
    "change", [{"decimal": "x"}, {"style": "evil"}, {"unit": 5}, {"multipliers": 1}, {"unit": "k" * 101}, {"write": 1}]
)
def test_a_strangers_format_is_checked(change):
    config = Encoder.fit(table([f"{i} kg" for i in range(60)])[["a"]]).to_json()
    config["columns"][0]["number_format"] |= change
    with pytest.raises(ValueError, match="An encoder needs"):
        Encoder.from_json(config)


def test_a_unit_that_training_did_not_have_is_said():
    encoder = Encoder.fit(table(AGES)[["a"]])
    _, sentences = encoded(encoder, pd.DataFrame({"a": ["50 kg"]}))
    assert sentences == ["Read as numbers: 'a' (50 kg as 50). The training rows were written in another way."]
