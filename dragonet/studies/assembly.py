"""From the scores of every unit to a ladder: means and intervals, which differences are more than luck, which model is kept."""

from collections.abc import Sequence

import numpy as np

from dragonet.comparison import inference
from dragonet.studies import ranking, verdicts
from dragonet.studies.ladder import FirstSplit, Ladder
from dragonet.studies.plan import Plan
from dragonet.studies.split_training import UnitScores

_FEW_ROWS = 30  # to test with, below which a score says little


def assemble(plan: Plan, units: Sequence[Sequence[UnitScores]]) -> Ladder:
    """The ladder that these scores make; units[split][candidate]."""
    names, measure, first = plan.names, plan.measure, plan.splits[0][0]
    scores, train_scores, validation_scores = (
        np.array([[split[i].scores[part] for split in units] for i in range(len(names))])
        for part in ("test", "train", "validation")
    )
    drawn = np.stack([np.stack([unit.drawn for unit in split], axis=1) for split in units], axis=2)
    sizes = len(first.train), len(first.validation), len(first.test)
    sampling = _Sampling((sizes[0], sizes[2]), _count_tested(plan))
    intervals = np.array(
        [
            inference.interval(scores[i], drawn[:, i], sampling.sizes, sampling.tested, measure.formula)
            for i in range(len(names))
        ]
    )
    pairs = inference.differences(names, scores, drawn, sampling.sizes, measure.name)
    ranked = None if verdicts.tells(names, scores, pairs) else _ranked(plan, units, sampling)
    return Ladder(
        data=plan.data,
        candidates=plan.candidates,
        measure=measure,
        options=plan.options,
        seeds=plan.seeds,
        rows=sizes,
        scores=scores,
        train_scores=train_scores,
        validation_scores=validation_scores,
        figures={
            name: np.array([[unit.figures[name] for unit in split] for split in units]).T
            for name in units[0][0].figures
        },
        seconds=np.array([[split[i].trained.seconds for split in units] for i in range(len(names))]),
        intervals=np.maximum(intervals, 0) if measure.share else intervals,
        differences=pairs,
        kept=plan.options.model or _kept(plan, validation_scores, units, ranked),
        first=_first_split(plan, units[0]),
        histories=_histories(plan, units),
        noticed=_noticed(plan, sizes[2]),
        ranking=ranked,
    )


class _Sampling:
    """What the errors of means depend on: sizes, the rows to train and to test with; tested, how many different rows were."""

    def __init__(self, sizes: tuple[int, int], tested: int):
        self.sizes, self.tested = sizes, tested


def _count_tested(plan: Plan) -> int:
    return len(np.unique(np.concatenate([parts.test for parts, _ in plan.splits])))


def _first_split(plan: Plan, units: Sequence[UnitScores]) -> FirstSplit:
    parts, _ = plan.splits[0]
    by_name = dict(zip(plan.names, units, strict=True))
    return FirstSplit(
        parts.train,
        parts.validation,
        parts.test,
        {name: unit.trained for name, unit in by_name.items()},
        {name: unit.outputs for name, unit in by_name.items() if unit.outputs is not None},
    )


def _histories(plan: Plan, units: Sequence[Sequence[UnitScores]]) -> dict[str, tuple]:
    """The histories of each candidate that is trained in epochs, over the splits."""
    each = {
        name: tuple(split[i].trained.history for split in units if split[i].trained.history is not None)
        for i, name in enumerate(plan.names)
    }
    return {name: histories for name, histories in each.items() if histories}


def _noticed(plan: Plan, test_rows: int) -> tuple[str, ...]:
    sentences = [*plan.data.noticed, *(text for parts, _ in plan.splits for text in parts.noticed)]
    noticed = list(dict.fromkeys(sentences))
    if test_rows < _FEW_ROWS:
        noticed.append(f"Each score is of {test_rows} test rows only. Gather more rows.")
    return tuple(noticed)


# --- ranking ----------------------------------------------------------------------------------------------------------


def _ranked(plan: Plan, units: Sequence[Sequence[UnitScores]], sampling: _Sampling) -> ranking.Ranking | None:
    """How well the candidates that learn rank the test rows."""
    y, tests = plan.targets, [parts.test for parts, _ in plan.splits]
    return ranking.ranked(
        plan.names[1:],
        plan.data.task,
        [y[test] for test in tests],
        [[unit.keys["test"] for unit in split[1:]] for split in units],
        [plan.row_draws[:, test] for test in tests],
        sampling.sizes,
        sampling.tested,
    )


def _ranking_scores(plan: Plan, units: Sequence[Sequence[UnitScores]]) -> np.ndarray:
    """How well they rank the validation rows, (candidates that learn, splits)."""
    y, (measure, chance) = plan.targets, ranking.measure(plan.data.task)
    scores = np.array(
        [
            [measure.once(y[parts.validation], unit.keys["validation"]) for unit in split[1:]]
            for (parts, _), split in zip(plan.splits, units, strict=True)
        ]
    ).T
    return np.where(np.isfinite(scores), scores, chance)


# --- the model to keep ------------------------------------------------------------------------------------------------


def _kept(plan: Plan, scores: np.ndarray, units: Sequence[Sequence[UnitScores]], ranked: ranking.Ranking | None) -> str:
    """The plainest that is about as good as the best; where the ranking decides, of those that learn."""
    if ranked is not None and ranked.clear:
        return _plainest(plan, plan.names[1:], _ranking_scores(plan, units))
    return _plainest(plan, plan.names, scores)


def _plainest(plan: Plan, names: Sequence[str], scores: np.ndarray) -> str:
    """The first whose validation score is within two standard errors of the best's; scores (candidates, splits)."""
    parts, _ = plan.splits[0]
    means = np.where(np.isfinite(scores), scores, -np.inf).mean(axis=1)
    best = int(means.argmax())
    for i, name in enumerate(names):
        behind = scores[best] - scores[i]
        spread = np.sqrt(1 / len(behind) + len(parts.validation) / len(parts.train))
        error = 0.0 if len(behind) < 2 else behind.std(ddof=1) * spread
        if i == best or behind.mean() <= 2 * error:
            return name
    raise AssertionError
