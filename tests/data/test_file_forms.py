"""Files that end like a table and hold something else are named for what they are; tables that look a little like them are read."""

import gzip

import pytest

from dragonet.data import read, read_table

TABLE = "a,b,y\n" + "".join(f"{i}.5,{i % 7},{'uv'[i % 2]}\n" for i in range(30))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04\0\0", "an Excel sheet or another zip archive. If it is a sheet, let its name end in .xlsx."),
        (gzip.compress(TABLE.encode()), "a file packed by gzip. Unpack it first."),
        (b"%PDF-1.4\n%\xe2\xe3", "a PDF. Save its table as CSV."),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 123\n",
            "a pointer of Git LFS and not the file itself.",
        ),
        (b"<!DOCTYPE html>\n<html><body>Not found</body></html>", "a web page or XML."),
        (b"\xef\xbb\xbf\n <?xml version='1.0'?><Workbook/>", "a web page or XML."),
        (b'[{"a": 1, "y": "u"}, {"a": 2, "y": "v"}]', "JSON."),
        (b'{"a": [1, 2], "y": ["u", "v"]}', "JSON."),
        (b"PAR1\x15\x04", "a Parquet file. Let its name end in .parquet."),
    ],
)
def test_other_forms_are_named(tmp_path, content, what):
    (tmp_path / "t.csv").write_bytes(content)
    for reader in (lambda path: read(path, target="y"), read_table):
        with pytest.raises(ValueError, match="but got") as caught:
            reader(tmp_path / "t.csv")
        assert str(caught.value).startswith(f"t.csv needs a table as text, but got {what}")


@pytest.mark.parametrize("header", ["[a],[b],[y]", "<a>,b,y", "{a},b,y", "PK,b,y", "version,b,y", '"[a]",b,y'])
def test_headers_that_look_a_little_like_them_are_read(tmp_path, header):
    (tmp_path / "t.csv").write_text(TABLE.replace("a,b,y", header, 1), encoding="utf-8")
    assert read_table(tmp_path / "t.csv").shape == (30, 3)


def test_a_second_header_in_another_order_is_refused(tmp_path):
    lines = TABLE.splitlines()
    (tmp_path / "t.csv").write_text("\n".join([*lines[:10], "b,a,y", *lines[10:]]), encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"t\.csv needs its columns in one order, but got a second header with 'b' first"
    ):
        read(tmp_path / "t.csv", target="y")


def test_a_table_in_markdown_is_read_without_its_line_of_dashes(tmp_path):
    lines = [line.split(",") for line in TABLE.splitlines()]
    text = "\n".join(f"| {' | '.join(row)} |" for row in [lines[0], ["---"] * 3, *lines[1:]])
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    data = read(tmp_path / "t.csv", target="y")
    assert data.x["a"].tolist() == [i + 0.5 for i in range(30)] and data.classes == ("u", "v") and len(data) == 30
