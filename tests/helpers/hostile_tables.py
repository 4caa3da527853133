"""Hostile tables: thirty files that a user may really have, and what each must end in."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

N = 60  # rows of a table that can be learned from


@dataclass(frozen=True)
class Hostile:
    """A file, the target to ask for, and its end: 'trains', or words of the sentence that it is refused with.

    `says`: words of what must be noticed where it trains.
    """

    path: Path
    target: str
    end: str
    says: str = ""


def hostile_tables(folder):
    """Write all of them into a folder; the list of what they are."""
    return [_written(Path(folder), *case) for case in _cases()]


def _written(folder, name, content, end, says="", target="sex"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Hostile(path, target, end, says)


def _rows(n=N):
    draw = np.random.default_rng(0)
    return [(f"{draw.normal():.2f}", f"{draw.normal():.2f}", "f" if i % 2 else "m") for i in range(n)]


def _text(rows, header=("a", "b", "sex"), sep=",", end="\n"):
    return end.join(sep.join(row) for row in [header, *rows]) + end


def _with(column, values):
    """The table with another first column."""
    return _text([(value, b, sex) for value, (_, b, sex) in zip(values, _rows(), strict=True)], (column, "b", "sex"))


def _cases():
    rows = _rows()
    a = [row[0] for row in rows]
    yield "empty.csv", "", "an empty file"
    yield "blank_lines.csv", "\n\n   \n\n", "an empty file"
    yield "header_only.csv", "a,b,sex\n", "a header only"
    yield "one_row.csv", "a,b,sex\n1,2,f\n", "at least two different values to predict in 'sex', but got 'f'"
    yield "one_class.csv", _text([(a, b, "f") for a, b, _ in rows]), "at least two different values to predict in 'sex'"
    yield "all_missing.csv", _text([("", "NA", sex) for _, _, sex in rows]), "a column to learn from besides the target"
    yield "target_missing.csv", _text([(a, b, "?") for a, b, _ in rows]), "a row in which 'sex' is known"
    yield "target_not_there.csv", _text(rows), "no column 'sexe' to predict. Did you mean 'sex'?", "", "sexe"
    yield "only_the_target.csv", "sex\nf\nm\nf\n", "a column to learn from besides the target"
    wide = np.random.default_rng(1).normal(size=(N, 10_000)).round(2).astype(str).tolist()
    yield (
        "ten_thousand_columns.csv",
        _text(
            [(*row, sex) for row, (_, _, sex) in zip(wide, rows, strict=True)],
            (*(f"gene{i}" for i in range(10_000)), "sex"),
        ),
        "trains",
    )
    yield (
        "wide_target_not_there.csv",
        _text(
            [(*row, sex) for row, (_, _, sex) in zip(wide[:5], rows, strict=False)],
            (*(f"gene{i}" for i in range(10_000)), "sex"),
        ),
        "and 9,991 more",
        "",
        "label",
    )
    mixed = ["heavy" if i == 7 else value for i, value in enumerate(a)]
    yield "mixed_types.csv", _with("weight", mixed), "trains", "'weight' has 1 cell that is no number"
    half = ["much" if i % 3 else value for i, value in enumerate(a)]
    yield "half_words.csv", _with("amount", half), "trains"
    yield (
        "byte_order_mark.csv",
        b"\xef\xbb\xbf" + _text([(s, x, y) for x, y, s in rows], ("sex", "a", "b")).encode(),
        "trains",
    )
    latin = _text([("Süd" if i % 3 else "Öst", b, sex) for i, (_, b, sex) in enumerate(rows)], ("größe", "b", "sex"))
    yield "latin_1.csv", latin.encode("latin-1"), "trains", "Windows-1252"
    yield "utf_16.csv", _text(rows).encode("utf-16"), "trains"
    yield "semicolons_and_decimal_commas.csv", _text(rows, sep=";").replace(".", ","), "trains", "decimal signs"
    yield "tabs.csv", _text(rows, sep="\t"), "trains"
    thousands = [f'"{i % 7 + 1},{100 + i}.5"' for i in range(N)]
    yield "thousands.csv", _with("income", thousands), "trains"
    quoted = [f'"a ""quoted"" word, {"one" if i % 3 else "two"}"' for i in range(N)]
    yield "quotes.csv", _with("said", quoted), "trains"
    yield (
        "open_quote.csv",
        _with("a", ['"' + value if i == 50 else value for i, value in enumerate(a)]),
        "quotes that are closed",
    )
    yield "duplicate_names.csv", _text(rows, ("a", "a", "sex")), "trains", "Several columns are called 'a'"
    yield "ragged.csv", _text(rows) + "1,2,3,4,5,6\n", "3 cells in each row, but got 6 in line 62"
    yield "windows_lines.csv", _text(rows, end="\r\n") + "\r\n\r\n", "trains"
    yield (
        "no_header.csv",
        "\n".join(f"{x},{y},{i % 2}" for i, (x, y, _) in enumerate(rows)),
        "trains",
        "'column 1'",
        "column 3",
    )
    yield (
        "missing_words.csv",
        _with("a", [("NA", "n/a", "-", "?", "")[i] if i < 5 else v for i, v in enumerate(a)]),
        "trains",
    )
    yield "infinities.csv", _with("a", ["inf", "-inf", "1e400", *a[3:]]), "trains", "infinite numbers"
    yield "huge_and_tiny.csv", _with("a", ["1e300", "-1e300", "1e-300", *a[3:]]), "trains"
    yield "iso_dates.csv", _with("day", [f"2024-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(N)]), "trains"
    yield (
        "ambiguous_dates.csv",
        _with("day", [f"{i % 12 + 1}/{i % 11 + 1}/2024" for i in range(N)]),
        "trains",
        "in two ways",
    )
    yield "one_long_line.csv", "a" * 50_000_000, "no column 'sex' to predict. There is 'aaa"
    long = ["x" * 50_000_000 if i == 30 else f"note {i}" for i in range(N)]
    yield "long_cell.csv", _with("note", long), "trains"
    yield (
        "copy_of_the_target.csv",
        _with("code", ["2" if sex == "f" else "1" for _, _, sex in rows]),
        "trains",
        "--drop code",
    )
    yield "identifier.csv", _with("id", [str(1000 + i) for i in range(N)]), "trains", "tells rows apart"
    yield "spreadsheet.csv", b"PK\x03\x04\x14\x00\x00\x00" * 100, "let its name end in .xlsx"
    yield "binary.csv", bytes(range(256)) * 20, "a table as text"
