"""Row labels: the group and the time of each row, and rows that are left out as they have none."""

from typing import TYPE_CHECKING

import numpy as np

from dragonet.core import errors
from dragonet.data.columns import cell_text
from dragonet.data.columns.typed_columns import type_column

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike


def group_words(values: "ArrayLike | pd.Series") -> np.ndarray:
    """The groups of rows as words (n,), None where one is missing.

    >>> group_words([1, 2.0, None]).tolist()
    ['1', '2', None]
    """
    codes, texts = cell_text.factorize(values)
    return np.array([*texts, None], dtype=object)[codes]


def times(values: "ArrayLike | pd.Series", name: str = "time") -> np.ndarray:
    """The times of rows as dates or numbers (n,), NaT or nan where one is missing; raises ValueError for other values."""
    import pandas as pd

    typed = type_column(pd.Series(values), name)
    is_time = typed.column.kind in ("number", "date", "constant", "identifier")
    if is_time and typed.values.dtype.kind in "iufM":
        return typed.values.to_numpy()
    raise errors.value_error("read", f"dates or numbers in {name!r}, to split by time", f"{typed.column.about}")


def check_shape(values: "ArrayLike", what: str, n: int) -> np.ndarray:
    """Groups or times beside n rows, as an array (n,); raises ValueError for another shape."""
    array = np.asarray(values)
    if array.shape != (n,):
        raise errors.value_error("read", f"{what} of shape ({n},), one a row", f"shape {array.shape}")
    return array


def choose_labelled(
    chosen: np.ndarray, groups: np.ndarray | None, time: np.ndarray | None
) -> tuple[np.ndarray, list[str]]:
    """The chosen rows (n,) that have a group and a time, and sentences about the others."""
    import pandas as pd

    sentences = []
    for labels, what in ((groups, "group"), (time, "time")):
        if labels is not None:
            missing = np.asarray(pd.isna(labels)) & chosen
            if missing.any():
                sentences.append(f"{rows_were(int(missing.sum()))} left out, without a {what}.")
                chosen = chosen & ~missing
    return chosen, sentences


def rows_were(n: int) -> str:
    """The beginning of a sentence about n rows.

    >>> rows_were(1), rows_were(1200)
    ('1 row was', '1,200 rows were')
    """
    return "1 row was" if n == 1 else f"{n:,} rows were"
