"""Train every candidate of a ladder on many splits of a user's data, some at a time, and see which are worth it."""

import dataclasses
import functools
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dragonet.data.dataset import Data
from dragonet.engines.native.cpu import target
from dragonet.runs import units
from dragonet.runs.stop import Stop
from dragonet.runs.units import Result
from dragonet.studies.assembly import assemble
from dragonet.studies.candidates.protocol import EPOCHS
from dragonet.studies.ladder import Ladder
from dragonet.studies.plan import Options, Plan
from dragonet.studies.split_training import UnitResult, train_on_all_rows, train_split
from dragonet.training.progress import Progress

_STREAMED = 100_000  # rows of a file that is too large for the memory
_FEW = 100_000  # numbers below which splits are trained one at a time


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
    equal: float | None = None,
    folder: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    verbose: str | int = 0,
) -> Ladder:
    """Train the simplest guess, a linear model, boosted trees and a small network by cross-validation, and say which is worth it.

    The guess is the commonest class, or the mean. The linear model is scikit-learn's LogisticRegression, or Ridge; the network
    has a hidden layer of 100 units, for images two convolutions, for series two over time, and the epoch that is best on the
    validation rows. More can be added: see `dragonet.studies.candidates.Candidate`.
    seeds: how often the rows are cut into folds; each seed, from `seed` on, redraws the folds and the first weights; None is 2.
    folds: of each; None is 5, or 3 with fewer than 10 groups. Rows of a group stay in one fold; with a time each model is tested
    with what comes after its training rows. Of more than 100,000 rows one fifth tests one model.
    balance: classes count the same, however many rows they have.
    model: 'mlp', 'logistic', 'cnn' or another candidate alone, beside the guess.
    equal: the difference of the deciding score that counts as none; None is 1 point, or .01 of R².
    folder: where the result of each training is kept. A ladder that was killed goes on from there, and a new candidate is
    trained alone. jobs: how many splits are trained at once, on threads unless `joblib.parallel_config` says otherwise; None is
    the native engine's number of threads, and 1 for XLA and for fewer than 100,000 numbers.

    How sure: every score is of the answers that models gave to rows that they had not learned from, and its interval is for
    fresh rows (fresh groups) and models trained like these; see docs/how-sure.md. The kept model is trained on all rows.
    Where columns alone tell the answer too well (`rows.leaks`), there is a second ladder without them.
    What it cannot show: whether the model holds for rows gathered elsewhere; what a larger or better tuned network could do.

    Raises ValueError for data too few to be split, and for a model that does not fit them.

    >>> import numpy as np, pandas as pd
    >>> from dragonet import data
    >>> x = np.random.default_rng(0).normal(size=(200, 2))
    >>> table = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "sign": np.where(x[:, 0] > 0, "plus", "minus")})
    >>> train_ladder(data.read(table, target="sign"), model="linear", seeds=1, folds=2).choice.is_learnable
    True
    """
    options = Options(seeds, seed, folds, balance, model, epochs, engine, equal)
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
    groups, time, folds, numbers = (
        None if values is None else values[some] for values in (rows.groups, rows.time, rows.folds, rows.row_numbers)
    )
    notice = f"{rows.name} is too large for the memory: the ladder is of {len(some):,} of its {len(rows):,} rows, drawn at random."
    return dataclasses.replace(
        rows,
        x=x,
        y=rows.y[some],
        groups=groups,
        time=time,
        folds=folds,
        row_numbers=numbers,
        noticed=(*rows.noticed, notice),
    )


def _trained(plan: Plan, folder: Path | None, jobs: int | None, verbose: str | int) -> Ladder:
    """The ladder of a plan; Ctrl-C stops all trainings."""
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    stop, progress = Stop(), Progress(verbose)
    splits = plan.splits.models
    at_once = max(1, min(len(splits), _jobs(plan) if jobs is None else jobs))
    training = _Training(plan, folder, at_once, 1 if at_once > 1 else None, stop)
    progress.begin_test(len(splits) + 1)
    # BLAS on one thread: splits are the work to be shared out, and the bits do not depend on the number of processors.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # the penalty is chosen among those tried, converged or not
        try:
            results = training.cross_validate(lambda done: progress.update(done // len(plan.candidates), {}))
            last = training.train_on_all_rows(results)
            progress.update(len(splits) + 1, {})
            progress.end_test({})
        finally:
            progress.close()
    return assemble(plan, results, last)


@dataclass(frozen=True)
class _Training:
    """How the trainings of a plan are run. threads: for the native engine; None for all."""

    plan: Plan
    folder: Path | None
    at_once: int
    threads: int | None
    stop: Stop

    def cross_validate(self, progress: Callable[[int], None]) -> list[list[UnitResult]]:
        """The results of every split's candidates, results[split][candidate]."""
        groups = [
            units.Group(of_split, functools.partial(train_split, self.plan, i, self.threads, self.stop))
            for i, of_split in enumerate(self.plan.units(are_kept=self.folder is not None))
        ]
        results = units.run(groups, self.folder, self.at_once, stop=self.stop.now, progress=progress)
        return [self._read(of_split) for of_split in results]

    def train_on_all_rows(self, results: list[list[UnitResult]]) -> list[UnitResult]:
        """Each candidate trained on all rows with what its splits chose."""
        groups = []
        for candidate, of_candidate in zip(self.plan.candidates, zip(*results, strict=True), strict=True):
            chosen = [result.trained.chosen for result in of_candidate]
            train = functools.partial(train_on_all_rows, self.plan, candidate, chosen, self.threads, self.stop)
            unit = self.plan.last_unit(candidate, chosen, is_kept=self.folder is not None)
            groups.append(units.Group([unit], train))
        last = units.run(groups, self.folder, self.at_once, stop=self.stop.now)
        return self._read([of_candidate[0] for of_candidate in last])

    def _read(self, results: Sequence[Result]) -> list[UnitResult]:
        return [UnitResult.from_result(*pair) for pair in zip(results, self.plan.candidates, strict=True)]


def _jobs(plan: Plan) -> int:
    """How many splits are trained at once unless the user says it."""
    if plan.options.engine == "xla" or target.host() is None:
        return 1
    # Trainings on few numbers are mostly Python, of which one thread runs at a time: two would take longer than one by one.
    return 1 if plan.data.x.size < _FEW else target.threads()
