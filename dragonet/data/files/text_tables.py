"""Text tables: a CSV file as a raw DataFrame, whatever its separator, encoding, header and decimal sign are."""

import csv
import os
import re
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

from dragonet.core import errors, spreadsheet
from dragonet.data import file_forms
from dragonet.data.columns import cell_text, number_text
from dragonet.data.files import file_rows, table_lines

_SAMPLE = 2**20  # bytes that are looked at before a file is read
_LINES = 200
_SEPARATORS = (",", ";", "\t", "|", r"\s+")
_CALLED = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright strokes", r"\s+": "spaces"}
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def table(path: str | os.PathLike, *, words: tuple[str, ...] = (), names: tuple[str, ...] = ()) -> Any:
    """The raw DataFrame in a CSV or TSV file: names and cells as they are written, before any kind is given to a column.

    Separator (comma, semicolon, tab, |, spaces), encoding (UTF-8, UTF-16, Windows-1252), header and decimal commas are found;
    what is unusual about them is in its attrs['noticed']. words: columns whose numbers are kept as they are written, such
    as 00123; names: columns that there should be, by which a header of numbers is known.
    Raises ValueError, in a sentence, for what is no table.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.csv").write_text("name;size\\nAnn;1,5\\nBob;2")
    ...     table(Path(folder, "a.csv"))["size"].tolist()
    [1.5, 2.0]
    """
    path = Path(path)
    present(path)
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    file_forms.refuse_others(path, head)
    encoding = _encoding(path, head)
    lines = _lines(head, encoding, path.stat().st_size > len(head))
    first, declared, above = _leading(path, lines)
    lines = [line for line in lines[first:] if line.strip()]
    if not lines:
        raise errors.value_error(f"{path.name}", "a table", "an empty file")
    sep, rows, titles = _separated(lines, (declared,) if declared else _SEPARATORS)
    how = _how(rows, sep, words, names)
    noticed = above + how.pop("noticed")
    if titles:
        noticed.insert(0, table_lines.said_of_titles(path.name, lines[:titles]))
    first += _place(_lines(head, encoding, False)[first:], titles)
    if first:
        how["skiprows"] = first
    held, encoding = _parsed(path, sep, encoding, how)
    if encoding == "cp1252":
        noticed.append(f"{path.name} is not in UTF-8 and was read as Windows-1252 (Latin-1).")
    if sep not in (",", "\t") and sep != declared:
        noticed.insert(0, f"The columns of {path.name} are separated by {_CALLED.get(sep, repr(sep))}.")
    held = _with_row_names(path, held)
    held.attrs |= file_rows.places(path, encoding, sep, len(held))
    held.columns = [spreadsheet.original(str(name).strip()) for name in held.columns]
    for i in range(len(held.columns)):
        column = held.iloc[:, i]
        if column.dtype.kind not in "biuf" and any(isinstance(cell, str) and cell[:1] == "'" for cell in column):
            held.isetitem(i, column.map(spreadsheet.original, na_action="ignore"))
    held, said = table_lines.without_extra(held, path.name)
    held.attrs["noticed"] = noticed + said
    held.attrs["decimal"] = how.get("decimal", "")
    return held


def _leading(path: Path, lines: list[str]) -> tuple[int, str, list[str]]:
    """How many lines at the beginning are no part of the table, the separator that they name, and sentences about them."""
    first = _place(lines, 0)
    declared = table_lines.separator(lines[first]) if first < len(lines) else ""
    said = []
    if declared:
        first += 1
        said.append(f"The first line of {path.name} names the separator {declared!r} and was left out.")
    filled = [line for line in lines[first:] if line.strip()]
    comments = table_lines.comments(filled)
    if comments:
        first += _place(lines[first:], comments)
        were = "1 line of comments was" if comments == 1 else f"{comments:,} lines of comments were"
        said.append(f"{were} left out of {path.name} ({errors.short_repr(filled[0].strip(), 40)}).")
    return first if said else 0, declared, said


def _place(lines: list[str], n: int) -> int:
    """The place of the line that is filled after n filled ones."""
    filled = [i for i, line in enumerate(lines) if line.strip()]
    return filled[n] if n < len(filled) else len(lines)


def present(path: Path) -> None:
    """Raises a sentence where there is no file, or folder, to read."""
    if not path.exists():
        there = sorted(file.name for file in path.parent.iterdir()) if path.parent.is_dir() else []
        hint = errors.did_you_mean(path.name, there[:1000]) if there else ""
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


def _lines(head: bytes, encoding: str, cut: bool) -> list[str]:
    text = head.decode(encoding, errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n", _LINES)[:_LINES]
    if cut and len(lines) > 1 and len(lines) <= text.count("\n") + 1 < _LINES:
        lines = lines[:-1]  # which may be cut off
    return lines


def _separated(lines: list[str], separators: tuple[str, ...]) -> tuple[str, list[list[str]], int]:
    """The separator by which most lines have as many cells as the first below the titles, these cells, and how many titles."""
    sep = separators[0]
    best, found = (0.0, 0), (sep, _cells(lines, sep), 0)
    for sep in separators:
        rows = _cells(lines, sep)
        titles = table_lines.titles(rows) if sep != r"\s+" else 0
        rows = rows[titles:]
        width = len(rows[0]) if rows else 0
        agree = sum(len(row) in (width, width + 1) for row in rows) / max(1, len(rows))
        if (
            width > 1
            and (sep != r"\s+" or (agree == 1 and not best[1] and len(rows) > 1))
            and (round(agree, 1), width) > best
        ):
            best, found = (round(agree, 1), width), (sep, rows, titles)
    return found


def _cells(lines: list[str], sep: str) -> list[list[str]]:
    if sep == r"\s+":
        return [re.findall(r'"[^"]*"|\S+', line) for line in lines]
    try:
        return [row for row in csv.reader(lines, delimiter=sep, skipinitialspace=True) if row]
    except csv.Error:  # a cell of more than 131,072 letters
        return [line.split(sep) for line in lines]


def _how(rows: list[list[str]], sep: str, words: tuple[str, ...], names: tuple[str, ...]) -> dict[str, Any]:
    """What pandas is to be told: the header, the decimal sign, the columns of codes; and what is to be said."""
    first, body, noticed = [name.strip() for name in rows[0]], rows[1:], []
    how: dict[str, Any] = {"noticed": noticed}
    if (
        all(cell_text.is_number(cell) for cell in first)
        and not set(names) & set(first)
        and first not in ([str(i) for i in range(len(first))], [str(i + 1) for i in range(len(first))])
    ):
        how |= {"header": None, "names": [f"column {i + 1}" for i in range(len(first))]}
        first, body = how["names"], rows
        noticed.append(f"The first row holds numbers, so the columns are called 'column 1' to 'column {len(first)}'.")
    twice = [name for name, count in Counter(first).items() if count > 1 and name]
    if twice:
        noticed.append(
            f"Several columns are called {', '.join(map(repr, twice[:5]))}; the later ones became "
            f"{twice[0] + '.1'!r} and so on."
        )
    flat = [cell.strip() for row in body for cell in row]
    signs = {number_text.decimal_sign(cell) for cell in flat if "," in cell or "." in cell} if sep != "," else set()
    if "," in signs and "." not in signs:
        how["decimal"] = ","
        noticed.append("Commas within numbers were read as decimal signs: 1,5 is one and a half.")
    codes = {i for row in body for i, cell in enumerate(row) if re.fullmatch(r"0\d+", cell.strip()) and i < len(first)}
    shifted = 1 if body and all(len(row) == len(first) + 1 for row in body) else 0
    if shifted and all(not row[-1].strip() for row in body):
        how["index_col"], shifted = False, 0  # each row ends in a separator
    how["dtype"] = {first[i - shifted]: str for i in codes if i >= shifted and first[i - shifted] not in twice} | {
        name: str for name in first if spreadsheet.original(name) in words
    }
    return how


def _parsed(path: Path, sep: str, encoding: str, how: dict[str, Any]) -> tuple[Any, str]:
    import pandas as pd

    more = {
        "keep_default_na": False,
        "na_values": list(cell_text.MISSING),
        "low_memory": False,
        "skipinitialspace": True,
        "compression": None,
    }
    for attempt in (encoding, *(["cp1252", "latin-1"] if encoding == "utf-8" else [])):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", pd.errors.ParserWarning)  # of cells after the last separator
                return pd.read_csv(
                    path, sep=sep, encoding=attempt, **more, **how
                ), "cp1252" if attempt == "latin-1" else attempt
        except UnicodeError:
            continue
        except pd.errors.EmptyDataError:
            raise errors.value_error(f"{path.name}", "a table", "an empty file") from None
        except (pd.errors.ParserError, ValueError, OverflowError) as failure:
            raise _unparsed(path, str(failure), sep) from None
    raise errors.value_error(f"{path.name}", f"text in {encoding}", "bytes that are none", "Save it as UTF-8.")


def _unparsed(path: Path, said: str, sep: str) -> ValueError:
    counted = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", said)
    if counted:
        expected, line, saw = counted.groups()
        return errors.value_error(
            f"{path.name}",
            f"{expected} cells in each row",
            f"{saw} in line {line}",
            f"A cell that holds one of the {_CALLED.get(sep, repr(sep))} must stand in quotes.",
        )
    if "EOF inside string" in said or "unexpected end of data" in said:
        return errors.value_error(f"{path.name}", "quotes that are closed", "one that is open at the end of the file")
    return errors.value_error(f"{path.name}", "a table as text", f"something else ({said.splitlines()[0].rstrip('.')})")


def _with_row_names(path: Path, table: Any) -> Any:
    """Rows with one cell more than the header begin with their names, as R writes them."""
    import pandas as pd

    if table.index.equals(pd.RangeIndex(len(table))):
        return table
    if table.index.nlevels > 1:
        cells_a_row = len(table.columns) + table.index.nlevels
        raise errors.value_error(
            f"{path.name}", f"{len(table.columns)} cells in each row, as in its first line", f"{cells_a_row}"
        )
    return table.rename_axis("row name").reset_index()
