"""Excel: the first sheet of an .xlsx file as a raw DataFrame; a formula counts as the value that was saved with it."""

import importlib.util
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dragonet.core import errors
from dragonet.data.columns import cell_text
from dragonet.data.files import table_lines

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".xlsx", ".xlsm")
_MOST_BYTES = 2**30  # to which the members of a file may unpack
_ALLOWED_BYTES, _ALLOWED_RATIO = 2**27, 100  # to which they may unpack in any case, or so many times the file's size
_MOST_CELLS = 50_000_000
_PROLOG = 1000  # bytes at the beginning of a member: a document type would be in them


def read_frame(path: Path) -> "pd.DataFrame":
    """The raw DataFrame in the first sheet that holds anything; what is unusual about it is in attrs['noticed'].

    Raises ImportError, naming the extra, where openpyxl is not installed, and ValueError, in a sentence, for what is no table.
    """
    if importlib.util.find_spec("openpyxl") is None:
        raise ImportError(
            f"{path.name} is read by openpyxl, which is not installed. Write: pip install 'dragonet[excel]'."
        )
    _check(path)
    rows, first, notes = _read_rows(path)
    titles = table_lines.count_titles(rows)
    if titles:
        notes.append(table_lines.describe_titles(path.name, rows[:titles]))
        rows = rows[titles:]
    frame = _frame(path, rows)
    frame.attrs["first_row"] = first + titles + 1  # below the header
    frame, line_notes = table_lines.drop_extra_lines(frame, path.name)
    frame.attrs["noticed"] = notes + line_notes
    return frame


def _check(path: Path) -> None:
    """Raises ValueError for a file that is no Excel workbook, and for one that would unpack into too much."""
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
            _check_members(path, members)
    except (PermissionError, FileNotFoundError):
        raise
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError) as failure:
        raise _damaged_error(path, errors.reason(failure)) from None


def _check_members(path: Path, members: zipfile.ZipFile) -> None:
    """Raises ValueError for members that would unpack into too much, and for XML with entities, which can unfold without end."""
    size = sum(member.file_size for member in members.infolist())
    if size > min(_MOST_BYTES, max(_ALLOWED_BYTES, _ALLOWED_RATIO * path.stat().st_size)):
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
            if b"<!" in prolog.replace(b"\0", b"").replace(b"<!--", b""):
                raise _damaged_error(path, "a document type in it")


def _damaged_error(path: Path, got: str) -> ValueError:
    return errors.value_error(path.name, "an Excel workbook", f"something else ({got})")


def _read_rows(path: Path) -> tuple[list[list[Any]], int, list[str]]:
    """The cells of the first sheet that holds any, the number of their first row, and sentences about other sheets and formulas
    without values."""
    import openpyxl

    try:
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            names = book.sheetnames
            sheets = ((sheet.title, *_cells(path, sheet)) for sheet in book.worksheets)
            title, rows, first = next((sheet for sheet in sheets if sheet[1]), (None, [], 1))
        if title is None:
            formulas = _describe_formulas(path, names)
            raise errors.value_error(
                path.name, "a table", "no cell with a value" + (f", and {formulas}" if formulas else "")
            )
        notes = _describe_other_sheets(path, title, names)
        formulas = _describe_formulas(path, [title])
        if formulas:
            notes.append(f"{path.name} has {formulas}: these cells are missing. Open it in Excel and save it.")
        return rows, first, notes
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as failure:  # of openpyxl, of the XML parser, of zlib
        if errors.is_sentence(failure):
            raise
        raise _damaged_error(path, errors.reason(failure)) from None


def _describe_other_sheets(path: Path, title: str, names: list[str]) -> list[str]:
    others = [name for name in names if name != title]
    beginning = f"{path.name} has {len(names)} sheets; {title!r} was read"
    if not others:
        return []
    if len(others) == 1:
        return [f"{beginning}. To read {others[0]!r}, save it as a file of its own."]
    return [f"{beginning}, and not {', '.join(map(repr, others[:5]))}{', ...' if len(others) > 5 else ''}."]


def _cells(path: Path, sheet: Any) -> tuple[list[list[Any]], int]:
    """The rows of a sheet from the first to the last that holds anything, all of one width, and the number of the first one."""
    sheet.reset_dimensions()  # the file may claim any
    rows, count = [], 0
    for values in sheet.iter_rows(values_only=True):
        row = list(values)
        while row and (row[-1] is None or (isinstance(row[-1], str) and not row[-1].strip())):
            row.pop()
        count += len(row) + 1
        if count > _MOST_CELLS:
            raise _too_large_error(path)
        rows.append(row)
    filled = [i for i, row in enumerate(rows) if row]
    if not filled:
        return [], 1
    rows = rows[filled[0] : filled[-1] + 1]
    width = max(map(len, rows))
    if width * len(rows) > _MOST_CELLS:
        raise _too_large_error(path)
    return [row + [None] * (width - len(row)) for row in rows], filled[0] + 1


def _too_large_error(path: Path) -> ValueError:
    return errors.value_error(path.name, f"at most {_MOST_CELLS:,} cells", "more", "Save the sheet as CSV.")


def _describe_formulas(path: Path, names: list[str]) -> str:
    """'2 formulas without a saved value' in these sheets; '' for none."""
    import openpyxl

    count = 0
    with path.open("rb") as first, path.open("rb") as second:
        values = openpyxl.load_workbook(first, read_only=True, data_only=True)
        formulas = openpyxl.load_workbook(second, read_only=True, data_only=False)
        for name in names:
            pairs = zip(values[name].iter_rows(values_only=True), formulas[name].iter_rows(), strict=False)
            count += sum(
                cell.data_type == "f" and value is None
                for row, cells in pairs
                for value, cell in zip(row, cells, strict=False)
            )
    return f"{count:,} {'formula' if count == 1 else 'formulas'} without a saved value" if count else ""


def _frame(path: Path, rows: list[list[Any]]) -> "pd.DataFrame":
    """The table below its header; columns without a name and without values are dropped."""
    import pandas as pd

    header, body = rows[0], rows[1:]
    places = [i for i, name in enumerate(header) if name is not None or any(row[i] is not None for row in body)]
    if not places:
        raise errors.value_error(path.name, "a table", "an empty sheet")
    names = [str(header[i]).strip() if header[i] is not None else f"Unnamed: {i}" for i in places]
    columns = [
        pd.Series([_cell(row[i]) for row in body], dtype=object, name=name)
        for i, name in zip(places, names, strict=True)
    ]
    return pd.concat(columns, axis=1).infer_objects()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
        return None if value in cell_text.MISSING else value
    return value
