"""The main job in one call: from a file, a table or arrays to a ladder with its verdict."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dragonet.core import arguments
from dragonet.studies import ladder_training, sources
from dragonet.studies.ladder import Ladder
from dragonet.studies.plan import Options
from dragonet.studies.question import Question


@arguments.leaving("seeds", "seed", "folds", "epochs", "jobs", "verbose", "engine", "model")
def study(
    data: Any,
    target: Any = None,
    *,
    groups: Any = None,
    time: Any = None,
    x: str | None = None,
    y: Any = None,
    drop: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    missing: Sequence[Any] = (),
    seeds: int | None = None,
    folds: int | None = None,
    balance: bool = False,
    model: str | None = None,
    epochs: int | None = None,
    seed: int = 0,
    engine: str = "auto",
    folder: str | os.PathLike | None = None,
    jobs: int | None = None,
    verbose: str | int = 0,
) -> Ladder:
    """Does a network help on these data? Train the simplest guess, a linear model and a network, and say how sure the answer is.

    data: the path of a table, of arrays or of a folder of pictures; 'dragons'; a DataFrame; arrays x, or (x, y). target: the column
    to predict, or several. groups, time, x, y, drop, columns, missing: as in `dragonet.data.read`. All others: as in
    `dragonet.studies.train_ladder`. folder: where each training's result is kept, so that a call that was stopped goes on where it
    stood when it is made again.

    Printed, the ladder is the table of scores, the verdict and the model that is kept, `ladder.model`. `ladder.report(path)`
    writes the HTML report. Raises ValueError, in a sentence, for data that cannot be read or split.

    >>> ladder = study("dragons", "color", seeds=2, epochs=20)
    >>> ladder.kept
    'linear'
    """
    given = {
        "groups": groups,
        "time": time,
        "x": x,
        "y": y,
        "drop": drop,
        "columns": columns,
        "missing": missing,
    }
    read = {name: value for name, value in given.items() if value is not None and not _is_empty(value)}
    rows = sources.read(data, target=target, **read)
    options = Options(seeds, seed, folds, balance, model, *(() if epochs is None else (epochs,)), engine=engine)
    ladder = ladder_training.train(rows, options, folder, jobs, verbose)
    return dataclasses.replace(ladder, question=_question(data, target, read, options, epochs))


def _is_empty(value: Any) -> bool:
    return isinstance(value, Sequence | Mapping) and not isinstance(value, str) and not value


def _question(data: Any, target: Any, read: dict[str, Any], options: Options, epochs: int | None) -> Question | None:
    """The question, which prints as a command; None for data in memory."""
    if not isinstance(data, str | os.PathLike):
        return None
    if any(not isinstance(read.get(name, ""), str) for name in ("groups", "time", "y")):
        return None
    targets = () if target is None else (target,) if isinstance(target, str) else tuple(target)
    settings = dataclasses.asdict(options) | {"epochs": epochs}
    for name in ("drop", "missing"):
        if name in read:
            read[name] = (read[name],) if isinstance(read[name], str) else tuple(map(str, read[name]))
    return Question(str(Path(data)) if not isinstance(data, str) else data, targets, **read, **settings)
