"""Cells of a CSV file as a spreadsheet may safely open them: text that begins like a formula gets an apostrophe in front.

Without it, a column called `=HYPERLINK(...)` would be run when the file is opened. Numbers stay numbers: −3.2 begins with a sign
too. The apostrophe is taken off where dragonet reads the file. OWASP, "CSV Injection".
"""

import re
from collections.abc import Iterable
from typing import Any

_FORMULA = re.compile(r"'*(?: *[\t\r\n]|\s*[=+\-@＝＋－＠])")  # spreadsheets take the full-width signs too
_NUMBER = re.compile(r"[+-]?(?:\d[\d.,]*|[.,]\d+)(?:[eE][+-]?\d+)?\s?%?|[+-]?(?:inf|infinity|nan)", re.IGNORECASE)


def row(cells: Iterable[Any]) -> list[Any]:
    """The cells of a row or of a header, to be handed to csv.writer.

    >>> row(["=1+1", "-3.2", -3.2, "-strand", "plain"])
    ["'=1+1", '-3.2', -3.2, "'-strand", 'plain']
    """
    return [f"'{cell}" if isinstance(cell, str) and _is_formula(cell) else cell for cell in cells]


def original(cell: Any) -> Any:
    """What `row` was given for this cell.

    >>> original("'=1+1"), original("'tis"), original(-3.2)
    ('=1+1', "'tis", -3.2)
    """
    marked = isinstance(cell, str) and cell.startswith("'") and _is_formula(cell[1:])
    return cell[1:] if marked else cell


def _is_formula(text: str) -> bool:
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)
