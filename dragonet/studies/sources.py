"""Sources: where a question's data come from: a packaged table by its name, else whatever `data.read` takes."""

import dataclasses
from typing import Any

from dragonet import data
from dragonet.core import errors
from dragonet.data.dataset import Data
from dragonet.data.read_options import Names

TABLES = ("dragons",)


def read(source: object, *, target: Names = None, **how: Any) -> Data:
    """`data.read`, which see; and 'dragons', the tutorial's table: numberToes and bodyLength, to tell color or breathesFire by.

    For color the toes and lengths are shifted as in tutorial 001. The table as it was collected is read by its path.

    >>> read("dragons", target="color").x.columns.tolist()
    ['numberToes', 'bodyLength']
    """
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
