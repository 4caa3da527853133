"""File forms: files with the ending of a table of text that hold something else, recognized by their first bytes."""

import re
from pathlib import Path

from dragonet.core import errors

_FIRST_BYTES = (
    (b"PK\x03\x04", "an Excel sheet or another zip archive", "If it is a sheet, let its name end in .xlsx."),
    (b"\xd0\xcf\x11\xe0", "a sheet of an old Excel", "Save the sheet as .xlsx or as CSV."),
    (b"\x1f\x8b", "a file packed by gzip", "Unpack it first."),
    (b"BZh", "a file packed by bzip2", "Unpack it first."),
    (b"\xfd7zXZ", "a file packed by xz", "Unpack it first."),
    (b"PAR1", "a Parquet file", "Let its name end in .parquet."),
    (b"\x89HDF", "an HDF5 file", "If it holds cells, let its name end in .h5ad."),
    (b"\x93NUMPY", "a NumPy array", "Let its name end in .npy."),
    (b"SQLite format 3", "a database", "Save the table as CSV."),
    (b"%PDF-", "a PDF", "Save its table as CSV."),
    (b"{\\rtf", "a formatted text", "Save it as plain text."),
    (
        b"version https://git-lfs.github.com/spec",
        "a pointer of Git LFS and not the file itself",
        "Get the file by: git lfs pull.",
    ),
)
_PAGE = re.compile(rb"<(?:!doctype html|html|head|body|table|\?xml)\b", re.I)
_JSON = re.compile(rb"[\[{]\s*(?:[\[{]|\"[^\"\n]*\"\s*:)")


def refuse_others(path: Path, head: bytes) -> None:
    """Raises ValueError where the first bytes of a file are those of another format than a table of text."""
    for first, what, fix in _FIRST_BYTES:
        if head.startswith(first):
            raise errors.value_error(path.name, "a table as text", what, fix)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if _PAGE.match(text):
        raise errors.value_error(
            path.name, "a table as text", "a web page or XML", "Download the file itself, or save its table as CSV."
        )
    if _JSON.match(text):
        raise errors.value_error(
            path.name, "a table as text", "JSON", "Write it as CSV: pandas.read_json(...).to_csv(...)."
        )
