"""Excel: the first sheet of a workbook as a table; a workbook that is damaged, or made to do harm, ends in a sentence."""

import datetime
import zipfile

import numpy as np
import openpyxl
import pytest

from dragonet.data import read, read_table
from dragonet.data.files import excel

ROWS = [
    (
        i % 7 + 0.5,
        datetime.datetime(2021, 1 + i % 12, 3),
        f"$1,{100 + i}",
        datetime.time(i % 24, 30),
        i % 3 == 0,
        "fm"[i % 2],
    )
    for i in range(60)
]
HEADER = ("a", "day", "money", "clock", "ok", "sex")


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def changed(source, path, name, content):
    """The workbook with another content in one of its members."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return path


@pytest.fixture
def plain(tmp_path):
    return workbook(tmp_path / "plain.xlsx", one=[HEADER, *ROWS])


def test_cells_have_their_kinds(plain):
    data = read(plain, target="sex")
    assert [column.kind for column in data.columns] == ["number", "date", "number", "number", "yes/no", "category"]
    assert data.x["a"].tolist() == [row[0] for row in ROWS] and data.x["money"][1] == 1101 and data.x["clock"][1] == 1.5
    assert str(data.x["day"][1].date()) == "2021-02-03" and len(data) == 60
    assert read_table(plain)["a"].tolist() == [row[0] for row in ROWS]


def test_sheets_titles_and_totals_are_said(tmp_path, plain):
    path = workbook(
        tmp_path / "t.xlsx", cover=[], first=[("My survey",), (), HEADER, *ROWS, ("Total", None, 3)], second=[("x",)]
    )
    data = read(path, target="sex")
    assert data.x.equals(read(plain, target="sex").x)
    text = "\n".join(data.noticed)
    assert "t.xlsx has 3 sheets; 'first' was read, and not 'cover', 'second'." in text
    assert "2 lines above the header were left out of t.xlsx ('My survey')." in text
    assert "The last line of t.xlsx ('Total') is no row of data" in text


def test_formulas_count_by_their_saved_values(tmp_path, plain):
    path = workbook(
        tmp_path / "f.xlsx", one=[("a", "b", "sex"), *((f"=B{i + 2}*2", i / 2, "fm"[i % 2]) for i in range(20))]
    )
    data = read(path, target="sex")
    assert (
        "f.xlsx has 20 formulas without a saved value: these cells are missing. Open it in Excel and save it."
        in data.noticed
    )
    with zipfile.ZipFile(path) as members:
        sheet = members.read("xl/worksheets/sheet1.xml").decode()
    for i in range(20):
        sheet = sheet.replace(f"<f>B{i + 2}*2</f><v />", f"<f>B{i + 2}*2</f><v>{i}</v>").replace(
            f"<f>B{i + 2}*2</f><v></v>", f"<f>B{i + 2}*2</f><v>{i}</v>"
        )
    saved = changed(path, tmp_path / "g.xlsx", "xl/worksheets/sheet1.xml", sheet)
    data = read(saved, target="sex", columns={"a": "number"})
    assert data.x["a"].tolist() == list(range(20)) and not any("formula" in sentence for sentence in data.noticed)


def refused(path, words):
    with pytest.raises(ValueError) as caught:
        read(path, target="sex")
    assert words in str(caught.value) and "\n" not in str(caught.value), caught.value


def test_damage_ends_in_a_sentence(tmp_path, plain):
    content = plain.read_bytes()
    for name, damaged in (
        ("empty.xlsx", b""),
        ("text.xlsx", b"hello"),
        ("cut.xlsx", content[:3000]),
        ("zip.xlsx", b"PK\x03\x04"),
    ):
        (tmp_path / name).write_bytes(damaged)
        refused(tmp_path / name, f"{name} needs an Excel workbook, but got something else")
    (tmp_path / "old.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100)
    refused(tmp_path / "old.xlsx", "one with a password, or of the old .xls format")
    refused(
        changed(plain, tmp_path / "x.xlsx", "xl/worksheets/sheet1.xml", b"<worksheet><row"),
        "an Excel workbook, but got",
    )
    refused(workbook(tmp_path / "none.xlsx", one=[]), "none.xlsx needs a table, but got no cell with a value")
    for place in np.linspace(0, len(content) - 1, 60).astype(int):
        flipped = bytearray(content)
        flipped[place] ^= 0xFF
        (tmp_path / "flipped.xlsx").write_bytes(flipped)
        try:
            read(tmp_path / "flipped.xlsx", target="sex")
        except ValueError as failure:
            assert str(failure).startswith("flipped.xlsx needs"), failure


def test_what_would_unfold_is_refused_before_it_does(tmp_path, plain):
    bomb = changed(plain, tmp_path / "bomb.xlsx", "xl/worksheets/sheet1.xml", b" " * 200_000_000)
    refused(bomb, "a workbook of a size that fits the memory, but got one that unpacks to 200,0")
    entity = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><worksheet/>'
    refused(changed(plain, tmp_path / "entity.xlsx", "xl/worksheets/sheet1.xml", entity), "a document type in it")
    refused(
        changed(plain, tmp_path / "utf16.xlsx", "xl/worksheets/sheet1.xml", entity.decode().encode("utf-16")),
        "a document type in it",
    )


def test_a_false_size_is_not_believed(tmp_path, plain):
    with zipfile.ZipFile(plain) as members:
        sheet = members.read("xl/worksheets/sheet1.xml").decode()
    assert '<dimension ref="A1:F61"' in sheet
    wide = changed(
        plain,
        tmp_path / "w.xlsx",
        "xl/worksheets/sheet1.xml",
        sheet.replace('<dimension ref="A1:F61"', '<dimension ref="A1:XFD1048576"'),
    )
    assert len(read(wide, target="sex")) == 60


def test_openpyxl_is_named_where_it_is_missing(plain, monkeypatch):
    monkeypatch.setattr(excel.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ImportError, match=r"plain.xlsx is read by openpyxl, .* Write: pip install 'dragonet\[excel\]'."
    ):
        read(plain, target="sex")
