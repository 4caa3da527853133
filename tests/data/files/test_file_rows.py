"""File rows: the rows of a table are numbered as a spreadsheet numbers them, whatever was left out on the way."""

import numpy as np
import pytest

from dragonet.data import read, read_table
from dragonet.data.files import file_rows

PLAIN = "a,b,y\n1,2,u\n3,4,v\n"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (PLAIN, [2, 3]),
        (PLAIN.rstrip("\n"), [2, 3]),
        (PLAIN.replace("\n", "\r\n"), [2, 3]),
        ("\n\na,b,y\n\n1,2,u\n   \n\n3,4,v\n\n", [5, 8]),
        ('a,b,y\n1,"two\n\nlines",u\n\n3,"x",v\n', [2, 4]),  # a quoted cell over three lines is one row
        ("1,2,7\n3,4,8\n", [1, 2]),  # no header
        ("a\tb\ty\n1\t2\tu\n\t\t\n3\t4\tv\n", [2, 3, 4]),  # a row of empty cells is a row
        ("a b y\n1 2 u\n\n3 4 v\n", [2, 4]),
        ("a,b,y\r1,2,u\r\r3,4,v\r", [2, 4]),
    ],
)
def test_rows_are_numbered_as_in_the_file(tmp_path, text, numbers):
    (tmp_path / "t.csv").write_bytes(text.encode())
    table = read_table(tmp_path / "t.csv")
    assert file_rows.of(table).tolist() == numbers and len(table) == len(numbers)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings_do_not_matter(tmp_path, encoding):
    (tmp_path / "t.csv").write_text("größe,y\n1,ü\n\n3,v\n", encoding=encoding)
    assert file_rows.of(read_table(tmp_path / "t.csv")).tolist() == [2, 4]


def test_rows_that_are_left_out_are_counted(tmp_path):
    (tmp_path / "t.csv").write_text("a,y\n1,u\n,\n2,\n\n3,v\n4,u\n5,v\n", encoding="utf-8")
    data = read(tmp_path / "t.csv", target="y")
    assert data.row_numbers.tolist() == [2, 6, 7, 8] and data.x["a"].tolist() == [1, 3, 4, 5]


def test_arrays_count_from_one():
    x = np.arange(12.0).reshape(6, 2)
    x[2, 0] = np.nan
    assert read((x, [0, 1, 0, 1, 0, 1])).row_numbers.tolist() == [1, 2, 4, 5, 6]
