"""Excel: the first sheet of an .xlsx file as a raw DataFrame; formulas count by the values that were saved with them."""

import importlib.util
import zipfile
from pathlib import Path
from typing import Any

from dragonet.core import errors
from dragonet.data.columns import cell_text
from dragonet.data.files import table_lines

ENDINGS = (".xlsx", ".xlsm")
_MOST_BYTES = 2**30  # that the members of a file may unpack to
_FREE, _RATIO = 2**27, 100  # bytes that they may unpack to in any case, or so many times the file's size
_MOST_CELLS = 50_000_000
_PROLOG = 1000  # bytes of a member in which a document type would stand


def table(path: Path) -> Any:
    """The raw DataFrame in the first sheet that holds anything; what is unusual about it is in its attrs['noticed'].

    Raises ImportError, naming the extra, where openpyxl is not installed, and ValueError, in a sentence, for what is no table.
    """
    if importlib.util.find_spec("openpyxl") is None:
        raise ImportError(
            f"{path.name} is read by openpyxl, which is not installed. Write: pip install 'dragonet[excel]'."
        )
    _check(path)
    rows, first, noticed = _rows(path)
    n = table_lines.titles(rows)
    if n:
        noticed.append(table_lines.said_of_titles(path.name, rows[:n]))
        rows = rows[n:]
    frame = _frame(path, rows)
    frame.attrs["first_row"] = first + n + 1  # below the header
    frame, said = table_lines.without_extra(frame, path.name)
    frame.attrs["noticed"] = noticed + said
    return frame


def _check(path: Path) -> None:
    """Raises a sentence for a file that is no Excel workbook, or one that would unpack into too much."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise errors.value_error(
            path.name,
            "an Excel workbook without a password",
            "one with a password, or of the old .xls format",
            "Save it as .xlsx without a password, or as CSV.",
        )
    try:
        with zipfile.ZipFile(path) as members:
            size = sum(member.file_size for member in members.infolist())
            if size > _MOST_BYTES or size > max(_FREE, _RATIO * path.stat().st_size):
                raise errors.value_error(
                    path.name,
                    "a workbook of a size that fits the memory",
                    f"one that unpacks to {size:,} bytes",
                    "Save the sheet as CSV.",
                )
            for member in members.infolist():
                if member.filename.endswith((".xml", ".rels")):
                    with members.open(member) as content:
                        prolog = content.read(_PROLOG)
                    if b"<!" in prolog.replace(b"\0", b"").replace(b"<!--", b""):  # entities can unfold without bounds
                        raise _damaged(path, "a document type in it")
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as failure:
        if isinstance(failure, PermissionError | FileNotFoundError):
            raise
        raise _damaged(path, errors.reason(failure)) from None
    except zipfile.zlib.error as failure:
        raise _damaged(path, errors.reason(failure)) from None


def _damaged(path: Path, got: str) -> ValueError:
    return errors.value_error(path.name, "an Excel workbook", f"something else ({got})")


def _rows(path: Path) -> tuple[list[list[Any]], int, list[str]]:
    """The cells of the first sheet that holds any, the number of their first row, and sentences about other sheets and formulas
    without values."""
    import openpyxl

    try:
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            names = book.sheetnames
            chosen, rows = None, []
            for sheet in book.worksheets:
                rows, first = _cells(path, sheet)
                if rows:
                    chosen = sheet.title
                    break
        if chosen is None:
            formulas = _formulas(path, names)
            raise errors.value_error(
                path.name, "a table", "no cell with a value" + (f", and {formulas}" if formulas else "")
            )
        noticed = []
        others = [name for name in names if name != chosen]
        if others:
            noticed.append(
                f"{path.name} has {len(names)} sheets; {chosen!r} was read. To read {others[0]!r}, save it as a file of "
                "its own."
                if len(others) == 1
                else f"{path.name} has {len(names)} sheets; {chosen!r} was read, and not "
                f"{', '.join(map(repr, others[:5]))}{', ...' if len(others) > 5 else ''}."
            )
        formulas = _formulas(path, [chosen])
        if formulas:
            noticed.append(f"{path.name} has {formulas}: these cells are missing. Open it in Excel and save it.")
        return rows, first, noticed
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as failure:  # of openpyxl, of the XML parser, of zlib
        if errors.is_sentence(failure):
            raise
        raise _damaged(path, errors.reason(failure)) from None


def _cells(path: Path, sheet: Any) -> tuple[list[list[Any]], int]:
    """The rows of a sheet from the first to the last that holds anything, all of one width, and the number of the first one."""
    sheet.reset_dimensions()  # the file may claim any
    rows, held = [], 0
    for row in sheet.iter_rows(values_only=True):
        row = list(row)
        while row and (row[-1] is None or (isinstance(row[-1], str) and not row[-1].strip())):
            row.pop()
        held += len(row) + 1
        if held > _MOST_CELLS:
            raise errors.value_error(path.name, f"at most {_MOST_CELLS:,} cells", "more", "Save the sheet as CSV.")
        rows.append(row)
    while rows and not rows[-1]:
        rows.pop()
    first = 1
    while rows and not rows[0]:
        rows.pop(0)
        first += 1
    width = max(map(len, rows), default=0)
    if width * len(rows) > _MOST_CELLS:
        raise errors.value_error(path.name, f"at most {_MOST_CELLS:,} cells", "more", "Save the sheet as CSV.")
    return [row + [None] * (width - len(row)) for row in rows], first


def _formulas(path: Path, names: list[str]) -> str:
    """How many formulas in these sheets have no saved value, as words; '' for none."""
    import openpyxl

    count = 0
    with path.open("rb") as first, path.open("rb") as second:
        values = openpyxl.load_workbook(first, read_only=True, data_only=True)
        formulas = openpyxl.load_workbook(second, read_only=True, data_only=False)
        for name in names:
            pairs = zip(values[name].iter_rows(values_only=True), formulas[name].iter_rows(), strict=False)
            count += sum(
                cell.data_type == "f" and value is None
                for row, own in pairs
                for value, cell in zip(row, own, strict=False)
            )
    return f"{count:,} {'formula' if count == 1 else 'formulas'} without a saved value" if count else ""


def _frame(path: Path, rows: list[list[Any]]) -> Any:
    """The table below its header; columns that are called and filled by nothing are no columns."""
    import pandas as pd

    header, body = rows[0], rows[1:]
    kept = [i for i, name in enumerate(header) if name is not None or any(row[i] is not None for row in body)]
    names = [str(header[i]).strip() if header[i] is not None else f"Unnamed: {i}" for i in kept]
    if not kept:
        raise errors.value_error(path.name, "a table", "an empty sheet")
    columns = [[_cell(row[i]) for row in body] for i in kept]
    frame = pd.concat(
        [pd.Series(column, dtype=object, name=name) for name, column in zip(names, columns, strict=True)], axis=1
    )
    return frame.infer_objects()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
        return None if value in cell_text.MISSING else value
    return value
