"""From the result of every training to a ladder: scores with intervals, which candidates differ, which model is kept."""

from collections.abc import Sequence

import numpy as np

from dragonet.studies.judging.choice import choose
from dragonet.studies.judging.learnable import learnable
from dragonet.studies.judging.out_of_fold import OutOfFold
from dragonet.studies.judging.pairs import all_pairs
from dragonet.studies.ladder import Ladder
from dragonet.studies.plan import Plan
from dragonet.studies.split_training import UnitResult

_FEW_ROWS = 100  # tested, below which a score says little


def assemble(plan: Plan, results: Sequence[Sequence[UnitResult]], last: Sequence[UnitResult]) -> Ladder:
    """The ladder that these results make; results[split][candidate], last[candidate] of all rows."""
    names, measure = plan.names, plan.measure
    of_candidates = list(zip(*results, strict=True))
    answers = [OutOfFold.of(plan, of_candidate) for of_candidate in of_candidates]
    scored = [each.score(measure.score) for each in answers]
    pairs, evidence = all_pairs(names, scored, plan.options.equal), learnable(names, answers, plan.options.equal)
    values = np.array([each.values for each in scored])
    choice = choose(names, values.mean(axis=1), pairs, evidence)
    figures = [each.figures() for each in answers]
    parts = plan.splits.models[0].parts
    first = [i for i, split in enumerate(plan.splits.models) if split.repeat == 0]
    return Ladder(
        data=plan.data,
        candidates=plan.candidates,
        measure=measure,
        options=plan.options,
        splits=plan.splits,
        rows=(len(parts.train), len(parts.validation), len(parts.test)),
        scores=values,
        intervals=np.array([each.estimate().interval() for each in scored]),
        train_scores=_of_all(of_candidates, lambda result: result.train_score),
        seconds=_of_all(of_candidates, lambda result: result.trained.seconds),
        figures={name: np.stack([each[name] for each in figures]) for name in figures[0]},
        pairs=pairs,
        learnable=evidence,
        choice=choice,
        kept=plan.options.model or choice.kept,
        trained=dict(zip(names, (result.trained for result in last), strict=True)),
        answers=dict(zip(names, answers, strict=True)),
        fold_models={name: [of[i].trained.model for i in first] for name, of in zip(names, of_candidates, strict=True)},
        histories=_histories(names, of_candidates),
        noticed=_noticed(plan, len(answers[0].tested)),
    )


def _of_all(of_candidates: Sequence[Sequence[UnitResult]], value) -> np.ndarray:
    """A number of every training, (candidates, splits)."""
    return np.array([[value(result) for result in results] for results in of_candidates])


def _histories(names: Sequence[str], of_candidates: Sequence[Sequence[UnitResult]]) -> dict[str, tuple]:
    """The histories of each candidate that is trained in epochs, over the splits."""
    each = {
        name: tuple(result.trained.history for result in results if result.trained.history is not None)
        for name, results in zip(names, of_candidates, strict=True)
    }
    return {name: histories for name, histories in each.items() if histories}


def _noticed(plan: Plan, tested: int) -> tuple[str, ...]:
    sentences = [*plan.data.noticed, *(text for split in plan.splits.models for text in split.parts.noticed)]
    noticed = list(dict.fromkeys(sentences))
    if plan.splits.is_hold_out:
        noticed.append(
            f"There are so many rows that a fifth of them, {tested:,}, tests one model of each kind: cross-validation would "
            "tell hardly more."
        )
    if tested < _FEW_ROWS:
        noticed.append(f"Each score is of {tested} rows only. Gather more rows.")
    return tuple(noticed)
