"""Advice: what to try next, after what the ladder found."""

from collections import Counter

import numpy as np

from dragonet.data.leakage.grouping import listed
from dragonet.inspect.diagnosis.diagnose_history import Diagnosis
from dragonet.studies.ladder import Ladder
from dragonet.studies.verdicts import AHEAD, BASELINES, FEW

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
    rows, said = ladder.data, []
    if rows.leaks:
        said.append(
            f"Before anything else ask whether {listed(rows.leaks)} would be known before the answer is. What is not must "
            "be left out: the scores with it do not count."
        )
    table = ladder.table
    best = max(ladder.rungs[1:], key=lambda name: table.loc[name, "mean"])
    base = ladder.rungs[0]
    pair = {frozenset((one.better, one.other)): one for one in ladder.differences}
    found = pair[frozenset((best, base))]
    tells = found.significant and found.better == best
    if ladder.ranks:
        best, base = ladder.ranking.best, ladder.rungs[0]
        pair = {frozenset((one.better, one.other)): one for one in ladder.ranking.differences}
        if table.loc[best, "mean"] <= table.loc[base, "mean"] + AHEAD:
            said.append(_USE[rows.task])
        tells = True
    if not tells and not found.significant and 1 < ladder.scores.shape[1] < FEW:
        said.append("Ask again with --seeds 10: so few splits tell nothing apart, whatever the scores are.")
    elif not tells:
        said.append(
            "These columns do not tell the answer as far as these rows can show. Look for columns that should, or gather "
            "more rows: with four times as many the intervals are half as wide."
        )
    elif len(ladder.rungs) == 3:
        linear, network = ladder.rungs[1:]
        two = pair[frozenset((linear, network))]
        if not two.significant or two.better == linear:
            said.append(
                "Take the linear model: it is as good as the network, it can be written down as one number a column, and "
                "it needs less data."
            )
        else:
            said.append(
                "The network has found what a straight line cannot. See which columns it uses, and try a larger one with "
                "dragonet.sklearn.NetClassifier or NetRegressor in a GridSearchCV, inside cross-validation."
            )
    gap = table.loc[best, "train"] - table.loc[best, "mean"]
    if gap > _GAP and best not in BASELINES:
        said.append(
            f"{best} is better on the rows that it learned from, {table.loc[best, 'train']:.3f}, than on test rows, "
            f"{table.loc[best, 'mean']:.3f}: it learns some of them by heart. More rows help most; fewer columns, or "
            "dropout, may help."
        )
    if rows.task == "classes" and "balanced" not in ladder.measure.name:
        counts = np.bincount(rows.y)
        counts = counts[counts > 0]
        if counts.max() > _RARE * counts.min() and not ladder.ranks:
            said.append(
                "The classes are of very different sizes, so accuracy is mostly that of the common ones: --balance counts "
                "them the same."
            )
    if rows.groups is None and rows.time is None and rows.kind == "table":
        said.append(
            "If several rows are of one subject, site or day, say so with --groups COLUMN: else the model may know the "
            "subjects, and the score is too good."
        )
    if ladder.rows[2] < _FEW:
        said.append(f"With {ladder.rows[2]} test rows a split the intervals are wide; more rows would narrow them.")
    if diagnosis is not None:
        said += [finding.suggestion for finding in diagnosis.findings[:2] if finding.suggestion]
    said.append(
        "Before you rely on it, test the model on rows that were gathered elsewhere or later: dragonet predict."
    )
    return list(Counter(said))
