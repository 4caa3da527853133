"""The main job in one call: from a file, a table or arrays to a ladder with its verdict."""

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike

from dragonet.core import arguments
from dragonet.data.columns.missing_codes import Codes
from dragonet.data.read_options import Array, Names, as_names
from dragonet.studies import ladder_training, sources
from dragonet.studies.candidates.protocol import EPOCHS
from dragonet.studies.ladder import Ladder
from dragonet.studies.plan import Options
from dragonet.studies.question import Question

_READ = (
    "target",
    "groups",
    "time",
    "folds_from",
    "x",
    "y",
    "drop",
    "columns",
    "missing",
)  # what `data.read` checks itself


@arguments.leaving(*_READ, "seeds", "seed", "folds", "epochs", "verbose", "engine", "model")
def study(
    data: object,
    target: Names = None,
    *,
    groups: str | ArrayLike | None = None,
    time: str | ArrayLike | None = None,
    folds_from: str | None = None,
    x: Array = None,
    y: Array = None,
    drop: Names = (),
    columns: Mapping[str, str] | None = None,
    missing: Codes = None,
    seeds: int | None = None,
    folds: int | None = None,
    balance: bool = False,
    model: str | None = None,
    epochs: int | None = None,
    seed: int = 0,
    engine: str = "auto",
    equal: float | None = None,
    folder: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    verbose: str | int = 0,
) -> Ladder:
    """Does a network help on these data? Train the simplest guess, a linear model and a network, and say how sure the answer is.

    data: the path of a table, of arrays or of a folder of pictures; 'dragons'; a DataFrame; arrays x, or (x, y). target: the column
    to predict, or several. folds_from: the column with your own folds. groups, time, x, y, drop, columns, missing: as in
    `dragonet.data.read`. All others: as in
    `dragonet.studies.train_ladder`. folder: where each training's result is kept, so that a call that was stopped goes on where it
    stood when it is made again.

    Printed, the ladder is the table of scores, the verdict and the model that is kept, `ladder.model`. `ladder.report(path)`
    writes the HTML report. Raises ValueError, in a sentence, for data that cannot be read or split.

    >>> ladder = study("dragons", "color", model="linear", seeds=1, folds=2)
    >>> ladder.rungs, ladder.means["linear"] > 0.9
    (('majority', 'linear'), True)
    """
    values = (target, groups, time, folds_from, x, y, drop, columns, missing)
    read: dict[str, Any] = dict(zip(_READ, values, strict=True))
    rows = sources.read(data, **read)
    options = Options(seeds, seed, folds, balance, model, EPOCHS if epochs is None else epochs, engine, equal)
    ladder = ladder_training.train(rows, options, folder, jobs, verbose)
    return dataclasses.replace(ladder, question=_question(data, read, options, epochs))


def _question(data: object, read: Mapping[str, Any], options: Options, epochs: int | None) -> Question | None:
    """The question, which prints as a command; None for data in memory, or with arrays for some of it."""
    if not isinstance(data, str | os.PathLike):
        return None
    if not all(isinstance(read[name], str | None) for name in ("groups", "time", "x", "y")):
        return None
    missing = read["missing"]
    if isinstance(missing, Mapping):
        missing = [f"{name}={code}" for name, code in missing.items()]
    return Question(
        os.fspath(data),
        as_names(read["target"]),
        read["groups"],
        read["time"],
        read["folds_from"],
        read["x"],
        read["y"],
        as_names(read["drop"]),
        read["columns"] or {},
        as_names(missing),
        options.seeds,
        options.folds,
        options.balance,
        options.model,
        epochs,
        options.seed,
        options.engine,
        options.equal,
    )
