"""CSV parser: a text table through pandas, whose errors become sentences."""

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dragonet.core import errors
from dragonet.data.columns import cell_text

if TYPE_CHECKING:
    import pandas as pd

SEPARATOR_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright strokes", r"\s+": "spaces"}


def parse(path: Path, sep: str, encoding: str, arguments: dict[str, Any]) -> "tuple[pd.DataFrame, str]":
    """The table as pandas reads it, and its encoding, which is another one where the file is not in UTF-8."""
    import pandas as pd

    for attempt in (encoding, *(["cp1252", "latin-1"] if encoding == "utf-8" else [])):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", pd.errors.ParserWarning)  # of cells after the last separator
                frame = pd.read_csv(
                    path,
                    sep=sep,
                    encoding=attempt,
                    keep_default_na=False,
                    na_values=list(cell_text.MISSING),
                    low_memory=False,
                    skipinitialspace=True,
                    compression=None,
                    **arguments,
                )
            return frame, "cp1252" if attempt == "latin-1" else attempt
        except UnicodeError:
            continue
        except pd.errors.EmptyDataError:
            raise errors.value_error(f"{path.name}", "a table", "an empty file") from None
        except (pd.errors.ParserError, ValueError, OverflowError) as failure:
            raise _parse_error(path, str(failure), sep) from None
    raise errors.value_error(f"{path.name}", f"text in {encoding}", "bytes that are none", "Save it as UTF-8.")


def _parse_error(path: Path, message: str, sep: str) -> ValueError:
    """The sentence for a message of pandas."""
    counts = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", message)
    if counts:
        expected, line, count = counts.groups()
        return errors.value_error(
            f"{path.name}",
            f"{expected} cells in each row",
            f"{count} in line {line}",
            f"A cell that holds one of the {SEPARATOR_NAMES.get(sep, repr(sep))} must stand in quotes.",
        )
    if "EOF inside string" in message or "unexpected end of data" in message:
        return errors.value_error(f"{path.name}", "quotes that are closed", "one that is open at the end of the file")
    reason = message.splitlines()[0].rstrip(".")
    return errors.value_error(f"{path.name}", "a table as text", f"something else ({reason})")


def with_row_names(path: Path, table: "pd.DataFrame") -> "pd.DataFrame":
    """The table with a column of row names, where rows have one cell more than the header, as R writes them."""
    import pandas as pd

    if table.index.equals(pd.RangeIndex(len(table))):
        return table
    if table.index.nlevels > 1:
        cells_a_row = len(table.columns) + table.index.nlevels
        raise errors.value_error(
            f"{path.name}", f"{len(table.columns)} cells in each row, as in its first line", f"{cells_a_row}"
        )
    return table.rename_axis("row name").reset_index()
