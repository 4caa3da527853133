"""Text tables: a CSV file as a raw DataFrame, whatever its separator, encoding, header and decimal sign."""

import csv
import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dragonet.core import errors, spreadsheet
from dragonet.data import column_names, file_forms
from dragonet.data.columns import cell_text, number_text
from dragonet.data.files import csv_parser, file_rows, table_lines

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".dat")
_SAMPLE = 2**20  # bytes that are examined before a file is read
_LINES = 200  # of the sample
_SEPARATORS = (",", ";", "\t", "|", r"\s+")
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def read_frame(
    path: str | os.PathLike[str], *, words: tuple[str, ...] = (), names: tuple[str, ...] = ()
) -> "pd.DataFrame":
    """The raw DataFrame in a CSV or TSV file: names and cells as they are written; columns have no kinds yet.

    Separator (comma, semicolon, tab, |, spaces), encoding (UTF-8, UTF-16, Windows-1252), header and decimal commas are detected;
    what is unusual about them is in attrs['noticed']. words: columns whose numbers are left as text, such
    as 00123; names: columns that the file should have, by which a header of numbers is recognized.
    Raises ValueError, in a sentence, for what is no table.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.csv").write_text("name;size\\nAnn;1,5\\nBob;2")
    ...     read_frame(Path(folder, "a.csv"))["size"].tolist()
    [1.5, 2.0]
    """
    path = Path(path)
    check_exists(path)
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    file_forms.refuse_others(path, head)
    encoding = _encoding(path, head)
    lines = _lines(head, encoding, path.stat().st_size > len(head))
    first, declared, notes = _skip_preamble(path, lines)
    lines = [line for line in lines[first:] if line.strip()]
    if not lines:
        raise errors.value_error(f"{path.name}", "a table", "an empty file")
    sep, rows, titles = _split_cells(lines, (declared,) if declared else _SEPARATORS)
    arguments, header_notes = _pandas_arguments(rows, sep, words, names)
    if titles:
        notes.insert(0, table_lines.describe_titles(path.name, lines[:titles]))
    first += _place_of_line(_lines(head, encoding, False)[first:], titles)
    if first:
        arguments["skiprows"] = first
    frame, encoding = csv_parser.parse(path, sep, encoding, arguments)
    notes += header_notes
    if encoding == "cp1252":
        notes.append(f"{path.name} is not in UTF-8 and was read as Windows-1252 (Latin-1).")
    if sep not in (",", "\t") and sep != declared:
        notes.insert(
            0, f"The columns of {path.name} are separated by {csv_parser.SEPARATOR_NAMES.get(sep, repr(sep))}."
        )
    frame = csv_parser.with_row_names(path, frame)
    frame.attrs |= file_rows.find_rows(path, encoding, sep, len(frame))
    _restore_cells(frame)
    frame, line_notes = table_lines.drop_extra_lines(frame, path.name)
    frame.attrs["noticed"] = notes + line_notes
    frame.attrs["decimal"] = arguments.get("decimal", "")
    return frame


def _restore_cells(frame: "pd.DataFrame") -> None:
    """Undo, in place, what dragonet writes before names and cells that a spreadsheet would run as formulas."""
    frame.columns = [spreadsheet.original(str(name).strip()) for name in frame.columns]
    for i in range(len(frame.columns)):
        column = frame.iloc[:, i]
        if column.dtype.kind not in "biuf" and any(isinstance(cell, str) and cell[:1] == "'" for cell in column):
            frame.isetitem(i, column.map(spreadsheet.original, na_action="ignore"))


def _skip_preamble(path: Path, lines: list[str]) -> tuple[int, str, list[str]]:
    """How many lines stand before the table (the separator, comments), the separator that they declare, and sentences."""
    first = _place_of_line(lines, 0)
    declared = table_lines.separator(lines[first]) if first < len(lines) else ""
    notes = []
    if declared:
        first += 1
        notes.append(f"The first line of {path.name} names the separator {declared!r} and was left out.")
    filled = [line for line in lines[first:] if line.strip()]
    comments = table_lines.count_comments(filled)
    if comments:
        first += _place_of_line(lines[first:], comments)
        were = "1 line of comments was" if comments == 1 else f"{comments:,} lines of comments were"
        notes.append(f"{were} left out of {path.name} ({errors.short_repr(filled[0].strip(), 40)}).")
    return first if notes else 0, declared, notes


def _place_of_line(lines: list[str], n: int) -> int:
    """The place of the line that is filled after n filled ones."""
    filled = [i for i, line in enumerate(lines) if line.strip()]
    return filled[n] if n < len(filled) else len(lines)


def check_exists(path: Path) -> None:
    """Raises ValueError, with the nearest name in the folder, where there is no such file or folder."""
    if not path.exists():
        names = sorted(file.name for file in path.parent.iterdir()) if path.parent.is_dir() else []
        hint = errors.did_you_mean(path.name, names[:1000]) if names else ""
        raise errors.value_error(
            "read",
            "a file or folder that is there",
            f"{str(path)!r}, which is not",
            hint if hint.startswith("Did") else "",
        )


def _encoding(path: Path, head: bytes) -> str:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if b"\0" not in head:
        return "utf-8"
    half = len(head) // 2
    for name, zeros in (("utf-16-le", head[1::2].count(0)), ("utf-16-be", head[0::2].count(0))):
        if zeros > 0.4 * half:
            return name
    raise errors.value_error(f"{path.name}", "a table as text", "something else, with zero bytes in it")


def _lines(head: bytes, encoding: str, is_cut: bool) -> list[str]:
    text = head.decode(encoding, errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n", _LINES)[:_LINES]
    if is_cut and len(lines) > 1 and len(lines) <= text.count("\n") + 1 < _LINES:
        lines = lines[:-1]  # the last line may be incomplete
    return lines


def _split_cells(lines: list[str], separators: tuple[str, ...]) -> tuple[str, list[list[str]], int]:
    """The separator by which most lines have as many cells as the first below the titles, these cells, and the number of titles."""
    best_score, best = (0.0, 0), (separators[0], _cells(lines, separators[0]), 0)
    for sep in separators:
        rows = _cells(lines, sep)
        titles = table_lines.count_titles(rows) if sep != r"\s+" else 0
        rows = rows[titles:]
        width = len(rows[0]) if rows else 0
        agreement = sum(len(row) in (width, width + 1) for row in rows) / max(1, len(rows))
        score = (round(agreement, 1), width)
        may_be_spaces = sep != r"\s+" or (agreement == 1 and not best_score[1] and len(rows) > 1)
        if width > 1 and may_be_spaces and score > best_score:
            best_score, best = score, (sep, rows, titles)
    return best


def _cells(lines: list[str], sep: str) -> list[list[str]]:
    if sep == r"\s+":
        return [re.findall(r'"[^"]*"|\S+', line) for line in lines]
    try:
        return [row for row in csv.reader(lines, delimiter=sep, skipinitialspace=True) if row]
    except csv.Error:  # a cell of more than 131,072 letters
        return [line.split(sep) for line in lines]


def _pandas_arguments(
    rows: list[list[str]], sep: str, words: tuple[str, ...], names: tuple[str, ...]
) -> tuple[dict[str, Any], list[str]]:
    """Arguments of pandas.read_csv: the header, the decimal sign, the columns of codes; and sentences about them."""
    header, body, notes = [name.strip() for name in rows[0]], rows[1:], []
    arguments: dict[str, Any] = {}
    if _is_row_of_numbers(header) and not set(names) & set(header):
        header, body = [f"column {i + 1}" for i in range(len(header))], rows
        arguments = {"header": None, "names": header}
        notes.append(f"The first row holds numbers, so the columns are called 'column 1' to 'column {len(header)}'.")
    repeated = [name for name, count in Counter(header).items() if count > 1 and name]
    if repeated:
        notes.append(column_names.describe_repeated(repeated, ", ".join(map(repr, repeated[:5]))))
    if sep != "," and _has_decimal_commas(body):
        arguments["decimal"] = ","
        notes.append("Commas within numbers were read as decimal signs: 1,5 is one and a half.")
    has_row_names = bool(body) and all(len(row) == len(header) + 1 for row in body)
    if has_row_names and all(not row[-1].strip() for row in body):
        arguments["index_col"], has_row_names = False, False  # each row ends in a separator
    columns = ["row name", *header] if has_row_names else header
    codes = {
        columns[i]: str
        for row in body
        for i, cell in enumerate(row[: len(header)])
        if re.fullmatch(r"0\d+", cell.strip()) and i >= has_row_names and columns[i] not in repeated
    }
    arguments["dtype"] = codes | {name: str for name in header if spreadsheet.original(name) in words}
    return arguments, notes


def _is_row_of_numbers(header: list[str]) -> bool:
    """Whether a first row holds numbers that are no names; columns may be named 0, 1, 2, ... or 1, 2, 3, ...."""
    n = len(header)
    are_counts = header in ([str(i) for i in range(n)], [str(i + 1) for i in range(n)])
    return all(map(cell_text.is_number, header)) and not are_counts


def _has_decimal_commas(rows: list[list[str]]) -> bool:
    cells = [cell.strip() for row in rows for cell in row if "," in cell or "." in cell]
    signs = set(map(number_text.decimal_sign, cells))
    return "," in signs and "." not in signs
