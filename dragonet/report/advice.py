"""Advice: what to try next, after what the ladder found."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from dragonet.data.leakage.grouping import join_names
from dragonet.inspect.diagnosis.diagnose_history import Diagnosis
from dragonet.studies.judging import climb
from dragonet.studies.judging.pairs import Pair
from dragonet.studies.ladder import Ladder

_GAP = 0.1  # of the score, between the rows learned from and the test rows
_RARE = 3  # times as many rows of the commonest class as of the rarest
_FEW = 100  # test rows

_USE = {
    "classes": "Use the probabilities, which rank the rows, and not the most probable class: choose the threshold by what a miss "
    "and a false alarm cost, or ask again with --balance, which counts the classes the same.",
    "labels": "Use the probabilities, which rank the rows, and not yes or no: choose a threshold for each label by what a miss and "
    "a false alarm cost.",
    "numbers": "Use the predictions to put rows in order, not as numbers: see whether a few extreme values spoil the R², and try "
    "the logarithm of the target.",
}


def advice(ladder: Ladder, diagnosis: Diagnosis | None) -> list[str]:
    """Sentences, the most useful first; never none."""
    return list(
        Counter(
            [
                *_about_leaks(ladder),
                *_about_the_best(ladder),
                *_about_the_rows(ladder),
                *(
                    [finding.suggestion for finding in diagnosis.findings[:2] if finding.suggestion]
                    if diagnosis
                    else []
                ),
                "Before you rely on it, test the model on rows that were gathered elsewhere or later: dragonet predict.",
            ]
        )
    )


def _about_leaks(ladder: Ladder) -> list[str]:
    if not ladder.data.leaks:
        return []
    return [
        f"Before anything else ask whether {join_names(ladder.data.leaks)} would be known before the answer is. What is not must "
        "be left out: the scores with it do not count."
    ]


def _about_the_best(ladder: Ladder) -> list[str]:
    """Which model to take, or what to do where none is better than the baseline."""
    choice, sentences = ladder.choice, []
    if choice.by_order:
        sentences.append(_USE[ladder.data.task])
    if choice.is_learnable:
        sentences += _recommendation(ladder, ladder.learnable.pairs if choice.by_order else ladder.pairs)
    else:
        sentences.append(
            "These columns do not tell the answer as far as these rows can show. Look for columns that should, or gather "
            "more rows: with four times as many the intervals are half as wide."
        )
    return [*sentences, *_overfitting(ladder, ladder.learnable.best if choice.by_order else choice.best)]


def _recommendation(ladder: Ladder, pairs: Sequence[Pair]) -> list[str]:
    """Why to take the model that is kept, where the others are known to be worse or practically equal; else what would tell."""
    learners = ladder.candidates[1:]
    steps = climb.steps([candidate.name for candidate in learners], pairs)
    place = [candidate.name for candidate in learners].index(
        climb.top([candidate.name for candidate in learners], pairs)
    )
    unknown = [step for step in steps if not (step.is_better or step.is_worse or step.pair.is_equal)]
    if unknown:
        names = join_names([ladder.title(step.name).partition(" (")[0] for step in unknown])
        return [
            f"Whether {names} would be better takes more rows than these: with four times as many the intervals are half as wide."
        ]
    others = [candidate.title.partition(" (")[0] for candidate in learners[place + 1 :]]
    if place == 0 and not others:
        return []
    sentence = learners[place].recommendation(others)
    return [sentence] if sentence else []


def _overfitting(ladder: Ladder, best: str) -> list[str]:
    row = ladder.table.loc[best]
    if row["train"] - row["mean"] <= _GAP or best == ladder.rungs[0]:
        return []
    return [
        f"{best} is better on the rows that it learned from, {row['train']:.3f}, than on rows that it did not, "
        f"{row['mean']:.3f}: it learns some of them by heart. More rows help most; fewer columns, or dropout, may help."
    ]


def _about_the_rows(ladder: Ladder) -> list[str]:
    """Classes of different sizes, rows that belong together, and few test rows."""
    rows, sentences = ladder.data, []
    if rows.task == "classes" and "balanced" not in ladder.measure.name:
        counts = np.bincount(rows.y)
        counts = counts[counts > 0]
        if counts.max() > _RARE * counts.min() and not ladder.choice.by_order and "ROC" not in ladder.measure.name:
            sentences.append(
                "The classes are of very different sizes, so accuracy is mostly that of the common ones: --balance counts "
                "them the same."
            )
    if rows.groups is None and rows.time is None and rows.kind == "table":
        sentences.append(
            "If several rows are of one subject, site or day, say so with --groups COLUMN: else the model may know the "
            "subjects, and the score is too good."
        )
    tested = len(ladder.answers[ladder.rungs[0]].tested)
    if tested < _FEW:
        sentences.append(f"With {tested} rows the intervals are wide; more rows would narrow them.")
    return sentences
