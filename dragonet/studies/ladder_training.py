"""Train every candidate of a ladder on many splits of a user's data, some at a time, and see which are worth it."""

import dataclasses
import functools
import os
import warnings
from pathlib import Path

import numpy as np

from dragonet.data.dataset import Data
from dragonet.engines.native.cpu import target
from dragonet.runs import units
from dragonet.runs.stop import Stop
from dragonet.studies.assembly import assemble
from dragonet.studies.candidates.protocol import EPOCHS
from dragonet.studies.ladder import Ladder
from dragonet.studies.plan import Options, Plan
from dragonet.studies.split_training import UnitScores, train_split
from dragonet.training.progress import Progress

_STREAMED = 100_000  # rows of a file that is too large for the memory


def train_ladder(
    rows: Data,
    *,
    seeds: int | None = None,
    seed: int = 0,
    folds: int | None = None,
    balance: bool = False,
    model: str | None = None,
    epochs: int = EPOCHS,
    engine: str = "auto",
    folder: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    verbose: str | int = 0,
) -> Ladder:
    """Train the simplest guess, a linear model and a small network on many splits of the data, and say which is worth it.

    The guess is the commonest class, or the mean. The linear model is scikit-learn's LogisticRegression, or Ridge; the network
    has a hidden layer of 100 units, for images two convolutions, for series two over time, and the epoch that is best on the
    validation rows. More can be added: see `dragonet.studies.candidates.Candidate`.
    A seed (seed, seed + 1, ...) redraws the split and the first weights; each split's test rows are used once.
    folds: cross-validation, each row being tested once a seed. balance: classes count the same, however many rows they have.
    model: 'mlp', 'logistic', 'cnn' or another candidate alone, beside the guess, with one seed unless `seeds` says more.
    folder: where the result of each training is kept. A ladder that was killed goes on from there, and a new candidate is
    trained alone. jobs: how many splits are trained at once, on threads unless `joblib.parallel_config` says otherwise; None is
    the native engine's number of threads, and 1 for XLA.

    How sure: the corrected resampled t-test over the splits, the bootstrap of the test rows (of groups, where there are any)
    where it is wider, and Holm's correction for the pairs: see `compare`.
    Where columns alone tell the answer too well (`rows.leaks`), there is a second ladder without them.
    What it cannot show: whether the model holds for rows gathered elsewhere; what a larger or better tuned network could do.

    Raises ValueError for data too few to be split, and for a model that does not fit them.

    >>> import numpy as np, pandas as pd
    >>> from dragonet import data
    >>> x = np.random.default_rng(0).normal(size=(200, 2))
    >>> table = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "sign": np.where(x[:, 0] > 0, "plus", "minus")})
    >>> train_ladder(data.read(table, target="sign"), seeds=2, epochs=20).kept
    'linear'
    """
    options = Options(seeds, seed, folds, balance, model, epochs, engine)
    return train(rows, options, folder, jobs, verbose)


def train(
    rows: Data,
    options: Options,
    folder: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    verbose: str | int = 0,
) -> Ladder:
    """The ladder of these rows and, where columns alone tell the answer, the one without them."""
    rows = in_memory(rows, options.seed)
    folder = None if folder is None else Path(folder)
    ladder = _trained(Plan.of(rows, options), folder, jobs, verbose)
    others = rows.without(rows.leaks) if rows.leaks else rows
    if not rows.leaks or not others.feature_names:
        return ladder
    return dataclasses.replace(ladder, without=_trained(Plan.of(others, options), folder, jobs, verbose))


def in_memory(rows: Data, seed: int) -> Data:
    """The data themselves, or of a file too large for the memory some of the rows, drawn at random."""
    if not rows.streamed:
        return rows
    some = np.sort(np.random.default_rng(seed).permutation(len(rows))[:_STREAMED])
    x = rows.x.some(some, _STREAMED) if rows.kind == "table" else np.array(rows.x[some])
    groups, time, numbers = (
        None if values is None else values[some] for values in (rows.groups, rows.time, rows.row_numbers)
    )
    notice = f"{rows.name} is too large for the memory: the ladder is of {len(some):,} of its {len(rows):,} rows, drawn at random."
    return dataclasses.replace(
        rows, x=x, y=rows.y[some], groups=groups, time=time, row_numbers=numbers, noticed=(*rows.noticed, notice)
    )


def _trained(plan: Plan, folder: Path | None, jobs: int | None, verbose: str | int) -> Ladder:
    """The ladder of a plan; Ctrl-C stops all trainings."""
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    at_once = min(len(plan.splits), _jobs(plan.options.engine) if jobs is None else jobs)
    threads = 1 if at_once > 1 else None
    stop, progress = Stop(), Progress(verbose)
    groups = [
        units.Group(of_split, functools.partial(train_split, plan, i, threads, stop))
        for i, of_split in enumerate(plan.units(are_kept=folder is not None))
    ]
    total, _ = len(plan.splits), plan.row_draws  # which is drawn once, before the threads begin
    progress.begin_test(total)
    # BLAS on one thread: splits are the work to be shared out, and the bits do not depend on the number of processors.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # the penalty is chosen among those tried, converged or not
        try:
            results = units.run(
                groups,
                folder,
                at_once,
                stop=stop.now,
                progress=lambda done: progress.update(done // len(plan.candidates), {}),
            )
            progress.end_test({})
        finally:
            progress.close()
    return assemble(
        plan,
        [
            [UnitScores.from_result(*pair) for pair in zip(of_split, plan.candidates, strict=True)]
            for of_split in results
        ],
    )


def _jobs(engine: str) -> int:
    return 1 if engine == "xla" or target.host() is None else target.threads()
