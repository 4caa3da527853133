"""Sources: where a question's data come from: a packaged table by its name, else whatever `data.read` takes."""

import dataclasses
from typing import Any

from dragonet import data
from dragonet.core import errors
from dragonet.data.dataset import Data
from dragonet.data.read_options import Names, as_names

TABLES = ("dragons",)


def read(source: object, *, target: Names = None, folds_from: str | None = None, drop: Names = (), **how: Any) -> Data:
    """`data.read`, which see; and 'dragons', the tutorial's table: numberToes and bodyLength, to tell color or breathesFire by.

    For color the toes and lengths are shifted as in tutorial 001. The table as it was collected is read by its path.
    folds_from: the column with the user's own folds, from which nothing is learned; rows with the same value are tested together.
    Raises ValueError for rows without a fold.

    >>> read("dragons", target="color").x.columns.tolist()
    ['numberToes', 'bodyLength']
    """
    if folds_from is None:
        return _read(source, target, drop=drop, **how)
    others = () if folds_from == how.get("groups") else (folds_from,)
    rows = _read(source, target, drop=(*as_names(drop), *others), **how)
    labels = _read(source, target, drop=drop, **(how | {"groups": folds_from, "time": None})).groups
    if labels is None or len(labels) != len(rows):
        found = 0 if labels is None else len(labels)
        raise errors.value_error(
            f"The column of folds {folds_from!r}", f"a fold for each of {len(rows):,} rows", f"{found:,}"
        )
    return dataclasses.replace(rows, folds=labels)


def _read(source: object, target: Names, **how: Any) -> Data:
    if not (isinstance(source, str) and source in TABLES):
        return data.read(source, target=target, **how)
    import pandas as pd

    from dragonet.datasets import dragons

    table = dragons.with_toes(dragons.load())
    if target == "color":
        x, y = dragons.for_color(table)
        answers = [dragons.COLORS[place] for place in y]
    elif target == "breathesFire":
        x, answers = dragons.for_fire(table)
    else:
        raise errors.unknown_name("target of the dragons", target, ("breathesFire", "color"))
    made = pd.DataFrame(x, columns=list(dragons.FEATURES)).assign(**{str(target): answers})
    return dataclasses.replace(data.read(made, target=target, **how), name="dragons")
