"""Dragons: 480 of them from 8 mountain ranges, and the changes that tutorial 001 makes to their toes and lengths.

Lengths and scores are those of the Coding Club's tutorial on mixed models (CC BY-SA 4.0, ourcodingclub.github.io),
the other columns were added by the tutorial group of the Methods Meetings (Duke).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dragonet.core import checks, errors

if TYPE_CHECKING:
    import pandas as pd

Arrays = tuple[np.ndarray, np.ndarray]

FEATURES = ("numberToes", "bodyLength")
COLORS = ("Blue", "Red", "Yellow")  # the colour of label 0, 1, 2

_FILE = Path(__file__).parent / "files" / "dragons.csv"
_TOES = (5, 6, 7, 8, 9, 10, 22)
_SHARES = (0.3, 0.25, 0.2, 0.15, 0.07, 0.02, 0.01)  # of dragons that breathe fire; the others' are these, reversed
_SHIFTS = {"Blue": (-3, 0), "Red": (7, -50), "Yellow": (0, 30)}  # colour: (toes, length)


def load() -> pd.DataFrame:
    """The table as it was collected: testScore, bodyLength, mountainRange, color, diet, breathesFire.

    >>> load().shape
    (480, 6)
    """
    import pandas as pd

    return pd.read_csv(_FILE, encoding="utf-8")


def with_toes(table: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """A copy in which dragons that breathe fire are 30 shorter and have fewer toes, and the others are 30 longer.

    The toes are drawn from the seed. If the table has numberToes already, they are drawn again, but its lengths do not change:
    running the line twice, with any seeds, is the same as running it once with the last one.
    Raises ValueError where breathesFire or bodyLength is missing.

    >>> once = with_toes(load())
    >>> once.equals(with_toes(once)), once["bodyLength"].equals(with_toes(once, seed=1)["bodyLength"])
    (True, True)
    """
    _check_columns("with_toes", table, "breathesFire", "bodyLength")
    rng = np.random.default_rng(checks.whole("with_toes", "seed", seed, least=0))
    fire = table["breathesFire"].to_numpy() == 1
    toes = np.empty(len(table), np.int64)
    toes[fire] = rng.choice(_TOES, fire.sum(), p=_SHARES)
    toes[~fire] = rng.choice(_TOES, (~fire).sum(), p=_SHARES[::-1])
    shift = 0 if "numberToes" in table else np.where(fire, -30, 30)
    return table.assign(bodyLength=table["bodyLength"] + shift, numberToes=toes)


def for_fire(table: pd.DataFrame) -> Arrays:
    """001's first question as arrays: does a dragon of these toes and this length breathe fire?

    Shapes: x (n, 2), numberToes and bodyLength; y (n,), 1 for fire. Raises ValueError for a table without toes.

    >>> x, y = for_fire(with_toes(load()))
    >>> x.shape, np.bincount(y).tolist()
    ((480, 2), [229, 251])
    """
    _check_columns("for_fire", table, *FEATURES, "breathesFire")
    return table[list(FEATURES)].to_numpy(np.float64), table["breathesFire"].to_numpy(np.int64)


def for_color(table: pd.DataFrame) -> Arrays:
    """001's second question as arrays: which colour is it? The colours are first moved apart, only in the arrays.

    Blue has 3 toes fewer, Red 7 more and is 50 shorter, Yellow is 30 longer. The table does not change, so nothing
    is shifted twice. Shapes: x (n, 2), numberToes and bodyLength; y (n,), the place of the colour in COLORS.
    Raises ValueError for a table without toes, and for another colour.

    >>> x, y = for_color(with_toes(load()))
    >>> x.shape, np.bincount(y).tolist()
    ((480, 2), [160, 160, 160])
    """
    _check_columns("for_color", table, *FEATURES, "color")
    colors = table["color"].to_numpy(dtype=object)
    is_color = colors[:, None] == np.array(COLORS, dtype=object)  # (n, 3)
    unknown = colors[~is_color.any(axis=1)]
    if unknown.size:
        raise errors.value_error("for_color", f"the colours {', '.join(COLORS)}", errors.short_repr(unknown[0]))
    y = is_color.argmax(axis=1)
    shifts = np.array([_SHIFTS[color] for color in COLORS], np.float64)
    return table[list(FEATURES)].to_numpy(np.float64) + shifts[y], y


def load_data(
    target: str = "breathesFire", test_size: float = 0.4, seed: int = 0, stratify: bool = False
) -> tuple[Arrays, Arrays]:
    """(x_train, y_train), (x_test, y_test) of 001: toes and length tell the fire, or with target='color' the colour.

    The seed draws the toes and the 60/40 split; stratify=True gives both parts the same shares of each class.
    Shapes: x (n, 2), y (n,) with n 288 and 192; the colour of label i is COLORS[i]. Raises ValueError for any other
    target.

    >>> (x_train, y_train), (x_test, y_test) = load_data("color", stratify=True)
    >>> x_train.shape, x_test.shape, np.bincount(y_test).tolist()
    ((288, 2), (192, 2), [64, 64, 64])
    """
    from dragonet.data import split

    arrays_for = {"breathesFire": for_fire, "color": for_color}
    if target not in arrays_for:
        raise errors.unknown_name("target of the dragons", target, arrays_for)
    x, y = arrays_for[target](with_toes(load(), seed))
    x_train, x_test, y_train, y_test = split(x, y, test_size=test_size, seed=seed, stratify=y if stratify else None)
    return (x_train, y_train), (x_test, y_test)


def _check_columns(who: str, table: pd.DataFrame, *columns: str) -> None:
    missing = [column for column in columns if column not in table]
    if missing:
        raise errors.value_error(
            who,
            f"a table with the column {missing[0]}",
            f"the columns {', '.join(map(str, table))}",
            "Write with_toes(load()) first." if missing[0] == "numberToes" else "",
        )
