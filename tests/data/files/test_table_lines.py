"""Lines that are no rows of data are left out, each kind with its own sentence; rows that look a little like them stay."""

import numpy as np
import pytest

from dragonet.data import Encoder, read, read_table

DRAW = np.random.default_rng(0)
ROWS = [(f"{DRAW.normal(50, 10):.1f}", str(i % 7), "f" if i % 2 else "m") for i in range(60)]
HEADER = ("a", "b", "sex")


def text(*parts, sep=","):
    return "\n".join(part if isinstance(part, str) else sep.join(part) for part in parts) + "\n"


PLAIN = text(HEADER, *ROWS)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (text("sep=;", *(";".join(row) for row in (HEADER, *ROWS))), "The first line of t.csv names the separator ';'"),
        (text("sep=\\t", *("\t".join(row) for row in (HEADER, *ROWS))), "The first line of t.csv names the separator"),
        (text("# made on 1 May, by X", "# twice", HEADER, *ROWS), "2 lines of comments were left out of t.csv"),
        (text("%comment", "", HEADER, *ROWS), "1 line of comments was left out of t.csv ('%comment')"),
        (
            text("Survey of 2020", "Made: 2021-01-01", "", HEADER, *ROWS),
            "2 lines above the header were left out of t.csv ('Survey",
        ),
        (text("Survey,,", ",,", HEADER, *ROWS), "lines above the header were left out"),
        (text('"A title, with a comma"', HEADER, *ROWS), "1 line above the header was left out"),
        (text(HEADER, "kg,years,", *ROWS), "The line under the header of t.csv holds units ('kg') and was left out."),
        (text(HEADER, *ROWS, "Total,180,"), "The last line of t.csv ('Total') is no row of data and was left out."),
        (
            text(HEADER, *ROWS, "Mean:,3,", "SD,1.2,"),
            "The last 2 lines of t.csv ('Mean:') are no rows of data and were left out.",
        ),
        (text(HEADER, *ROWS, "", "Source: the survey"), "The last line of t.csv ('Source: the survey')"),
        (text(HEADER, ("---", ":---:", "----"), *ROWS), "1 line of t.csv holds nothing but dashes and was left out."),
        (
            text(HEADER, ("===", "===", "==="), *ROWS, ("---", "---", "---")),
            "2 lines of t.csv hold nothing but dashes and were",
        ),
        (text(HEADER, *ROWS, HEADER), "1 line of t.csv repeats the header and was left out."),
        (text(HEADER, *ROWS[:30], HEADER, *ROWS[30:]), "1 line of t.csv repeats the header and was left out."),
    ],
)
def test_each_has_its_sentence(tmp_path, content, sentence):
    (tmp_path / "plain.csv").write_text(PLAIN, encoding="utf-8")
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    plain, data = read(tmp_path / "plain.csv", target="sex"), read(tmp_path / "t.csv", target="sex")
    assert any(sentence in note for note in data.noticed), data.noticed
    assert data.x["a"].tolist() == plain.x["a"].tolist() and data.y.tolist() == plain.y.tolist()
    assert [column.kind for column in data.columns] == [column.kind for column in plain.columns]
    assert len(read_table(tmp_path / "t.csv")) == 60
    np.testing.assert_array_equal(
        Encoder.fit(data).encode(read_table(tmp_path / "t.csv")), Encoder.fit(plain).encode(plain.x)
    )


def test_rows_keep_the_numbers_that_they_have_in_the_file(tmp_path):
    (tmp_path / "t.csv").write_text(text(HEADER, *ROWS[:30], HEADER, *ROWS[30:], "Total,9,"), encoding="utf-8")
    numbers = read(tmp_path / "t.csv", target="sex").row_numbers
    assert len(numbers) == 60 and (np.diff(numbers) == [2 if i == 29 else 1 for i in range(59)]).all()


def test_a_row_of_sums_is_a_total(tmp_path):
    rows = [("k" + str(i), str(i % 5), f"{i / 4}", "f" if i % 2 else "m") for i in range(40)]
    total = f",{sum(i % 5 for i in range(40))},{sum(i / 4 for i in range(40))},"
    (tmp_path / "t.csv").write_text(text(("name", "a", "b", "sex"), *rows, total), encoding="utf-8")
    data = read(tmp_path / "t.csv", target="sex")
    assert len(data) == 40 and any("no row of data" in note for note in data.noticed)


@pytest.mark.parametrize(
    "content",
    [
        text(("#a", "b", "sex"), *ROWS),  # a header that begins like a comment
        text(("", "b", "sex"), *ROWS),  # a column without a name
        text(
            HEADER, *((("total", "mean", "x")[i % 3], *row[1:]) for i, row in enumerate(ROWS))
        ),  # categories that sound like totals
        text(HEADER, *ROWS, ",,f"),  # a row without values
        text(("a", "sex"), *((row[0], row[2]) for row in ROWS)),
        text(("b", "sex"), *((f"r{i}", row[1], row[2]) for i, row in enumerate(ROWS))),  # as R writes row names
        text(("sex", "2019", "2020"), *((row[2], row[0], row[1]) for row in ROWS)),
    ],
)
def test_what_looks_a_little_like_it_stays(tmp_path, content):
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    data = read(tmp_path / "t.csv", target="sex")
    assert len(data) == content.count("\n") - 1
    assert not any("left out of" in note or "no row" in note or "units" in note for note in data.noticed), data.noticed


def test_a_header_behind_comments_may_begin_with_their_sign(tmp_path):
    (tmp_path / "t.tsv").write_text("##version 4\n#a\tb\tsex\n" + text(*ROWS, sep="\t"), encoding="utf-8")
    data = read(tmp_path / "t.tsv", target="sex")
    assert [column.name for column in data.columns] == ["#a", "b", "sex"] and len(data) == 60


def test_years_may_be_names_below_a_title(tmp_path):
    (tmp_path / "t.csv").write_text(
        text("Data of the bank,", "", ("sex", "2019", "2020"), *((c, a, b) for a, b, c in ROWS)), encoding="utf-8"
    )
    assert [column.name for column in read(tmp_path / "t.csv", target="sex").columns] == ["sex", "2019", "2020"]


def test_points_between_thousands_in_a_file_with_decimal_commas(tmp_path):
    rows = [(f"{1 + i % 9}.{100 + i}", f"{i},5", "f" if i % 2 else "m") for i in range(60)]
    (tmp_path / "t.csv").write_text(text(HEADER, *rows, sep=";"), encoding="utf-8")
    data = read(tmp_path / "t.csv", target="sex")
    assert data.x["a"][0] == 1100 and data.x["b"][0] == 0.5
    assert any(
        "'1.100', whose point could be a decimal sign; it was read as the sign between" in note for note in data.noticed
    )
    encoder = Encoder.fit(data)
    (tmp_path / "new.csv").write_text("a;b\n1.100;1,234\n", encoding="utf-8")  # one row shows no decimal comma
    new = encoder.encode(read_table(tmp_path / "new.csv", words=encoder.words))
    (tmp_path / "clear.csv").write_text("a;b\n1100;1,2340\n", encoding="utf-8")
    np.testing.assert_allclose(new, encoder.encode(read_table(tmp_path / "clear.csv", words=encoder.words)), rtol=1e-6)
