"""Ladder: what the models of a ladder are worth on a user's own data, as a table and a sentence, with the model to keep."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dragonet.comparison.result import Difference
from dragonet.data.dataset import Data
from dragonet.data.leakage.grouping import join_names
from dragonet.studies import verdicts
from dragonet.studies.candidates.protocol import Candidate, Trained
from dragonet.studies.measures import Measure
from dragonet.studies.plan import Options
from dragonet.studies.ranking import Ranking
from dragonet.training.history import History

if TYPE_CHECKING:
    import pandas as pd

    from dragonet.studies.question import Question

ONCE = (
    "The test rows of each split were used once, when its models were done; the validation rows said when to stop, how "
    "strong the linear model's penalty is, and which model is kept."
)
PERFECT = 0.9995  # a mean score that is shown as 1.000


@dataclass(frozen=True, eq=False)
class FirstSplit:
    """The split whose models are kept: places of its rows, the trained models, and their outputs (n, k) for the test rows."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    trained: dict[str, Trained]
    outputs: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False, repr=False)
class Ladder:
    """What `train_ladder` found. Printed, it is the table, the verdict, and which model is kept.

    candidates: from the plainest on; the first is the baseline. rungs: their names. options: what was asked for.
    Shapes: scores, train_scores, validation_scores and seconds (rungs, splits); intervals (rungs, 2); figures, by name,
    (rungs, splits). differences: every pair of rungs. ranking: how well rows are ranked, where the deciding score tells nothing;
    if that is better than chance, the verdict and the kept model go by it. rows: to learn from, to validate and to test with, in
    the first split. histories: of each candidate that is trained in epochs, over the splits. without: the ladder without the
    columns that tell the answer alone, where `data.leaks` names some. question: what was asked, where it can be asked again.
    """

    data: Data
    candidates: tuple[Candidate, ...]
    measure: Measure
    options: Options
    seeds: tuple[int, ...]
    rows: tuple[int, int, int]
    scores: np.ndarray
    train_scores: np.ndarray
    validation_scores: np.ndarray
    figures: dict[str, np.ndarray]
    seconds: np.ndarray
    intervals: np.ndarray
    differences: tuple[Difference, ...]
    kept: str
    first: FirstSplit
    histories: dict[str, tuple[History, ...]]
    noticed: tuple[str, ...]
    without: "Ladder | None" = None
    ranking: Ranking | None = None
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
        """The model that is kept, of the first split: the plainest within two standard errors of the best on validation rows."""
        return self.models[self.kept]

    @property
    def models(self) -> dict[str, Any]:
        """Each candidate's model of the first split."""
        return {name: trained.model for name, trained in self.first.trained.items()}

    @property
    def over(self) -> str:
        """'10 seeds', or '10 splits (5 folds, 2 seeds)'."""
        seeds, folds = f"{len(self.seeds)} seed{'s' * (len(self.seeds) > 1)}", self.options.folds
        return seeds if folds is None else f"{self.scores.shape[1]} splits ({folds} folds, {seeds})"

    @property
    def verdict(self) -> str:
        """What it comes to: whether there is anything to learn, and whether it takes a network."""
        return verdicts.verdict(self)

    @property
    def ranks(self) -> bool:
        """Whether the models rank rows better than chance although the deciding score tells nothing; then the ranking decides."""
        return self.ranking is not None and self.ranking.clear

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
        """A row a rung: mean and sd of the deciding score, the mean's 95 % interval, its mean on the rows learned from, and the
        seconds of one training; then the means of the other scores."""
        import pandas as pd

        sd = self.scores.std(axis=1, ddof=1) if self.scores.shape[1] > 1 else np.full(len(self.rungs), np.nan)
        low, high = self.intervals.T
        columns = {
            "mean": self.scores.mean(axis=1),
            "sd": sd,
            "low": low,
            "high": high,
            "train": self.train_scores.mean(axis=1),
            "seconds": self.seconds.mean(axis=1),
        }
        others = {name: each.mean(axis=1) for name, each in self.figures.items() if name != self.measure.name}
        return pd.DataFrame(columns | others, index=pd.Index(self.rungs))

    def lines(self) -> list[str]:
        """What a terminal shows."""
        learned, watched, tested = self.rows
        head = f"{self.measure.name} on {tested:,} test rows ({learned:,} to learn from, {watched:,} to watch), over {self.over}"
        table = self.table.drop(columns="train")
        shown = table.to_string(na_rep="–", float_format=verdicts.three, formatters={"seconds": "{:.2f}".format})
        return [head, *shown.splitlines(), self.verdict, *self.doubts, self.keeping, ONCE]

    @property
    def keeping(self) -> str:
        """Which model is kept, and why."""
        kept = f"Kept as the model: {self.kept}, trained on the first split"
        if self.options.model is not None:
            return f"{kept}."
        if self.ranking is not None and self.ranking.clear:
            return (
                f"{kept}; it is the plainest whose {self.ranking.measure.name} on the validation rows is within two standard "
                "errors of the best."
            )
        means = dict(zip(self.rungs, self.validation_scores.mean(axis=1), strict=True))
        best = max(means, key=lambda name: means[name])
        if best == self.kept:
            return f"{kept}; it has the best {self.measure.name} on the validation rows, {means[best]:.3f}."
        return (
            f"{kept}; on the validation rows its {self.measure.name}, {means[self.kept]:.3f}, is within two standard errors of "
            f"the best, {means[best]:.3f} of {best}, and it is the plainer one."
        )

    def report(self, path: str | os.PathLike) -> Path:
        """Write the report, one HTML file to keep or print, and return its path."""
        from dragonet.report import write_ladder

        return write_ladder(self, path)

    def to_json(self) -> dict[str, Any]:
        """The scores, split by split, and what they come to."""
        return {
            "verdict": self.verdict,
            "kept": self.kept,
            "score": self.measure.name,
            "rungs": list(self.rungs),
            "seeds": list(self.seeds),
            "folds": self.options.folds,
            "rows": list(self.rows),
            "scores": self.scores.tolist(),
            "train_scores": self.train_scores.tolist(),
            "validation_scores": self.validation_scores.tolist(),
            "intervals": self.intervals.tolist(),
            "figures": {name: each.tolist() for name, each in self.figures.items()},
            "differences": [vars(pair) for pair in self.differences],
            "noticed": list(self.noticed),
            "doubts": self.doubts,
            "ranking": self.ranking and self.ranking.to_json(),
        } | ({} if self.without is None else {"without": {"columns": list(self.data.leaks)} | self.without.to_json()})

    def __str__(self) -> str:
        return "\n".join(self.lines())

    __repr__ = __str__
