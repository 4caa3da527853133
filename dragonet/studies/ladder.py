"""Ladder: what the models of a ladder are worth on a user's own data, as a table and a sentence, with the model to keep."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dragonet.data.dataset import Data
from dragonet.data.leakage.grouping import join_names
from dragonet.studies.candidates.protocol import Candidate, Trained
from dragonet.studies.judging import verdicts
from dragonet.studies.judging.choice import Choice
from dragonet.studies.judging.learnable import Learnable
from dragonet.studies.judging.measures import Measure
from dragonet.studies.judging.out_of_fold import OutOfFold
from dragonet.studies.judging.pairs import Pair
from dragonet.studies.plan import Options
from dragonet.studies.splits import Splits
from dragonet.training.history import History

if TYPE_CHECKING:
    import pandas as pd

    from dragonet.studies.question import Question

ONCE = (
    "Each score is of answers to rows that the answering models had not learned from: the mean score, on fresh rows, of models "
    "trained like those that were cross-validated. When to stop and how strong a penalty is was chosen by validation rows within "
    "the rows to learn from. The model that is kept was trained on all rows with what they chose."
)
PERFECT = 0.9995  # a mean score that is shown as 1.000


@dataclass(frozen=True, eq=False, repr=False)
class Ladder:
    """What `train_ladder` comes to. Printed, it is the table, the verdict, and which model is kept.

    candidates: from the plainest on; the first is the baseline. rungs: their names. options: the settings. splits: which rows
    trained and tested each model; rows: to learn from, to watch and to test with, in the first of them.
    Shapes: scores (rungs, repeats) of the deciding score and, by name, figures of the others; intervals (rungs, 2) of the mean
    score; train_scores, of the rows learned from, and seconds (rungs, splits). pairs: every pair of rungs. learnable, choice:
    whether there is anything to learn, and what decides. answers: each candidate's out-of-fold answers. trained: each
    candidate on all rows. fold_models: its models of the first repeat, in the order of `splits`. histories: of each
    candidate that is trained in epochs, over the splits. without: the ladder without the columns that tell the answer alone,
    where `data.leaks` names some. question: what it answers, where it can be put again.
    """

    data: Data
    candidates: tuple[Candidate, ...]
    measure: Measure
    options: Options
    splits: Splits
    rows: tuple[int, int, int]
    scores: np.ndarray
    intervals: np.ndarray
    train_scores: np.ndarray
    seconds: np.ndarray
    figures: dict[str, np.ndarray]
    pairs: tuple[Pair, ...]
    learnable: Learnable
    choice: Choice
    kept: str
    trained: dict[str, Trained]
    answers: dict[str, OutOfFold]
    fold_models: dict[str, list[Any]]
    histories: dict[str, tuple[History, ...]]
    noticed: tuple[str, ...]
    without: "Ladder | None" = None
    question: "Question | None" = None

    @property
    def rungs(self) -> tuple[str, ...]:
        """The names of the candidates."""
        return tuple(candidate.name for candidate in self.candidates)

    def candidate(self, name: str) -> Candidate:
        """The candidate of this name."""
        return self.candidates[self.rungs.index(name)]

    def title(self, name: str) -> str:
        """What sentences call the candidate of this name."""
        return self.candidate(name).title

    @property
    def model(self) -> Any:
        """The model that is kept, trained on all rows."""
        return self.models[self.kept]

    @property
    def models(self) -> dict[str, Any]:
        """Each candidate's model of all rows."""
        return {name: trained.model for name, trained in self.trained.items()}

    @property
    def means(self) -> dict[str, float]:
        """The mean score of each rung."""
        return dict(zip(self.rungs, self.scores.mean(axis=1).tolist(), strict=True))

    @property
    def over(self) -> str:
        """'2 × 5 folds'."""
        return str(self.splits)

    @property
    def verdict(self) -> str:
        """What it comes to: whether there is anything to learn, and whether it takes a network."""
        return verdicts.verdict(self)

    @property
    def doubts(self) -> list[str]:
        """Why the verdict may be too good: columns that tell the answer alone, with the verdict without them; a perfect score."""
        sentences, leaks = [], self.data.leaks
        if leaks:
            alone = (
                f"{join_names(leaks)} alone {'tells' if len(leaks) == 1 else 'tell'} {join_names(self.data.targets)}: "
            )
            it = "it" if len(leaks) == 1 else "them"
            if self.without is None:
                sentences.append(f"{alone}without {it} there is no column to learn from.")
            else:
                sentences.append(f"{alone}the verdict above is with {it}. Without {it}: {self.without.verdict}")
        base, best = self.scores[0].mean(), self.scores[1:].mean(axis=1).max()
        if base < PERFECT <= best:
            sentences.append(
                f"A mean {self.measure.name} of {verdicts.three(best)} on rows that were never seen is suspicious: "
                "measurements hardly ever tell everything. Look for a column that comes from the answer, for rows that are "
                "there several times, and for rows of one subject in several parts."
            )
        return sentences

    @property
    def table(self) -> "pd.DataFrame":
        """A row a rung: the mean of the deciding score with its 95 % interval, its mean on the rows learned from, and the
        seconds of one training; then the means of the other scores."""
        import pandas as pd

        low, high = self.intervals.T
        columns = {
            "mean": self.scores.mean(axis=1),
            "low": low,
            "high": high,
            "train": self.train_scores.mean(axis=1),
            "seconds": self.seconds.mean(axis=1),
        }
        others = {name: values.mean(axis=1) for name, values in self.figures.items() if name != self.measure.name}
        return pd.DataFrame(columns | others, index=pd.Index(self.rungs))

    def lines(self) -> list[str]:
        """What a terminal shows."""
        tested = len(self.answers[self.rungs[0]].tested)
        head = f"{self.measure.name} on {tested:,} rows, each by models that had not learned from it ({self.over})"
        table = self.table.drop(columns="train")
        shown = table.to_string(na_rep="–", float_format=verdicts.three, formatters={"seconds": "{:.2f}".format})
        return [head, *shown.splitlines(), self.verdict, *self.doubts, self.keeping, ONCE]

    @property
    def keeping(self) -> str:
        """Which model is kept, and why."""
        return verdicts.keeping(self)

    def report(self, path: str | os.PathLike) -> Path:
        """Write the report, one HTML file to keep or print, and return its path."""
        from dragonet.report import write_ladder

        return write_ladder(self, path)

    def to_json(self) -> dict[str, Any]:
        """The scores, repeat by repeat, and what they come to."""
        return {
            "verdict": self.verdict,
            "kept": self.kept,
            "score": self.measure.name,
            "rungs": list(self.rungs),
            "seeds": list(self.splits.seeds),
            "folds": self.splits.folds.count,
            "rows": list(self.rows),
            "scores": self.scores.tolist(),
            "train_scores": self.train_scores.tolist(),
            "intervals": self.intervals.tolist(),
            "figures": {name: values.tolist() for name, values in self.figures.items()},
            "pairs": [pair.to_json() for pair in self.pairs],
            "learnable": self.learnable.to_json(),
            "noticed": list(self.noticed),
            "doubts": self.doubts,
        } | ({} if self.without is None else {"without": {"columns": list(self.data.leaks)} | self.without.to_json()})

    def __str__(self) -> str:
        return "\n".join(self.lines())

    __repr__ = __str__
