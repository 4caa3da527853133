"""Outside rows: what a run's model is worth on a file of rows that were gathered elsewhere or later, and how they differ."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.comparison.uncertainty import scores
from dragonet.comparison.uncertainty.folds import Folds, group_codes
from dragonet.comparison.uncertainty.scores import Estimate, Score
from dragonet.core import errors
from dragonet.data.columns import cell_text
from dragonet.data.leakage.grouping import join_names
from dragonet.studies.judging import measures
from dragonet.studies.judging.out_of_fold import OutOfFold
from dragonet.studies.judging.sort_keys import sort_keys
from dragonet.studies.prediction import shifts
from dragonet.studies.prediction.input_rows import Rows
from dragonet.studies.prediction.likeness import Likeness

_SCORES: dict[str, tuple[Score, ...]] = {
    "classes": (scores.ACCURACY, scores.BALANCED, scores.AUC, scores.LOG_LOSS),
    "labels": (scores.LABELS, scores.AUC_OF_LABELS, scores.LOG_LOSS_OF_LABELS),
    "numbers": (scores.R_SQUARED, scores.MAE),
}


@dataclass(frozen=True, eq=False)
class OutsideScores:
    """The scores of one model on outside rows: by name an estimate, and the cross-validated score beside it.

    moved: sentences about columns that are not distributed as in training. within: the share of rows whose set or interval held
    the truth, of limits at this level; None where the run has none.
    """

    rows: int
    estimates: Mapping[str, Estimate]
    cross_validated: Mapping[str, float]
    moved: Sequence[str]
    within: tuple[float, float] | None
    unlike: float | None

    def lines(self) -> list[str]:
        """What a terminal shows."""
        width = max(map(len, self.estimates)) + 2
        lines = [
            f"on {self.rows:,} outside rows, with the 95 % interval for more rows like them; cross-validated beside:"
        ]
        for name, estimate in self.estimates.items():
            low, high = estimate.interval()
            before = self.cross_validated.get(name)
            beside = "" if before is None else f"   cross-validated {before:.4f}"
            lines.append(f"{name:<{width}}{estimate.value:.4f} [{low:.4f}, {high:.4f}]{beside}")
        if self.within is not None:
            share, level = self.within
            lines.append(f"{share:.0%} of the rows are within their sets or intervals, which are for {level:.0%}.")
        if self.unlike is not None:
            lines.append(f"{self.unlike:.0%} of the rows are unlike the training rows, where 1% would be usual.")
        return [
            *lines,
            *(self.moved or ["All columns are distributed as in training, as far as these rows show."]),
        ]


def evaluate(study: Any, path: str | os.PathLike, say: Callable[[str], None] = print) -> OutsideScores:
    """The scores of a study's model on the rows of an outside table, which has the columns to predict.

    Raises ValueError for a file that is no table or lacks these columns, for classes that were not learned, and for rows too few.
    """
    facts, model = study.facts, study.model()
    outputs, rows = study.answered(path, say)
    y, is_known = _truth(Path(path), rows, facts)
    if not is_known.all():
        say(f"{(~is_known).sum():,} rows without a value in {join_names(facts['targets'])} are left out.")
    y, outputs, x = y[is_known], outputs[is_known], rows.x[is_known]
    if len(y) < 2:
        raise errors.value_error("evaluate", "two rows at least", f"{len(y)} in {Path(path).name}")
    group = _groups(study, rows, is_known)
    answers = OutOfFold(
        facts["task"],
        y,
        Folds(np.zeros((1, len(y)), np.int64), group),
        outputs[None],
        sort_keys(model, x, facts["task"], outputs)[None],
        is_random=False,
    )
    recorded = study.evaluate().means
    limits, likeness = study.limits(), Likeness.load(study.folder, x.shape[1]) if x.ndim == 2 else None
    moved = [] if likeness is None else shifts.describe(model.encoder, likeness.rows, x)
    return OutsideScores(
        len(y),
        {score.name: answers.score(score).estimate() for score in _that_exist(facts["task"], y)},
        recorded,
        moved,
        None if limits is None else (limits.share_within(y, outputs), limits.level),
        None if likeness is None else float(likeness.is_unlike(x).mean()),
    )


def _that_exist(task: str, y: np.ndarray) -> list[Score]:
    """The scores that these rows have: of one class alone there is no order."""
    has_order = task == "numbers" or any(len(np.unique(column)) > 1 for column in y.reshape(len(y), -1).T)
    return [score for score in _SCORES[task] if has_order or not measures.takes_sort_keys(score)]


def _truth(path: Path, rows: Rows, facts: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """What is to be predicted, as the model's task has it, and where it is known (n,)."""
    targets = facts["classes"] if facts["task"] == "labels" else facts["targets"]
    columns = {} if rows.table is None else {str(name).strip(): rows.table[name] for name in rows.table.columns}
    lacking = [name for name in targets if name not in columns]
    if lacking:
        got = f"{join_names(list(columns), 10)} in {path.name}" if columns else f"{path.name}, which is no table"
        raise errors.value_error("evaluate", f"a table with {join_names(lacking)}, to compare the answers with", got)
    if facts["task"] != "classes":
        return _numbers(path, [columns[name] for name in targets], targets)
    return _places(path, columns[targets[0]], facts["classes"])


def _places(path: Path, column: Any, classes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    is_known = column.notna().to_numpy()
    words = [_word(value) if known else "" for value, known in zip(column.tolist(), is_known, strict=True)]
    place = {name: i for i, name in enumerate(classes)}
    others = sorted({word for word, known in zip(words, is_known, strict=True) if known and word not in place})
    if others:
        raise errors.value_error(
            "evaluate",
            f"the classes {join_names(list(classes), 10)}",
            f"{join_names(others, 5)} in {path.name}",
            "Write them as in training, or leave these rows out.",
        )
    return np.array([place.get(word, 0) for word in words], np.int32), is_known


def _word(value: Any) -> str:
    """A cell as the name of a class."""
    return cell_text.word(value) if isinstance(value, float) else str(value).strip()


def _numbers(path: Path, columns: Sequence[Any], names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    import pandas as pd

    values = []
    for name, column in zip(names, columns, strict=True):
        numbers: Any = pd.to_numeric(column, errors="coerce")
        wrong = column[numbers.isna() & column.notna()]
        if len(wrong):
            raise errors.value_error(
                "evaluate", f"numbers in {name}", f"{errors.short_repr(wrong.iloc[0])} in {path.name}"
            )
        values.append(numbers.to_numpy(np.float64))
    y = np.stack(values, axis=1)
    return y, np.asarray(np.isfinite(y).all(axis=1))


def _groups(study: Any, rows: Rows, is_known: np.ndarray) -> np.ndarray:
    """The groups of the rows, by the column that the study was grouped by, where the file has it."""
    name = study.question.groups
    if name is None or rows.table is None or name not in rows.table.columns:
        return np.arange(int(is_known.sum()))
    words = rows.table[name].astype(str).to_numpy()[is_known]
    return group_codes(len(words), words)
