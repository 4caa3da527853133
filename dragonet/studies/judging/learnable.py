"""Is there anything to learn? Whether candidates put rows in order, or give probabilities, better than chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.comparison import resampling
from dragonet.comparison.uncertainty import scores
from dragonet.comparison.uncertainty.scores import Estimate, Score
from dragonet.studies.judging import measures
from dragonet.studies.judging.out_of_fold import OutOfFold
from dragonet.studies.judging.pairs import Pair, all_pairs


@dataclass(frozen=True, eq=False)
class Learnable:
    """How well the candidates but the baseline order rows, and which of them are above chance.

    The majority's own accuracy is above ½ by luck where classes are even, so chance is asked of measures whose value by chance
    is known: ROC AUC ½, R² and Spearman's ρ 0, and a log loss below the baseline's. The chance that anything is above chance by
    luck is at most 2.5 % (Holm 1979). Shapes: values (rungs,), intervals (rungs, 2). orders, tells: of each rung, whether its
    order is better than chance, and whether anything of it is.
    """

    score: Score
    chance: float
    rungs: tuple[str, ...]
    values: np.ndarray
    intervals: np.ndarray
    orders: tuple[bool, ...]
    tells: tuple[bool, ...]
    pairs: tuple[Pair, ...]

    @property
    def best(self) -> str:
        """The rung that orders rows best."""
        return self.rungs[int(np.where(np.isfinite(self.values), self.values, -np.inf).argmax())]

    @property
    def is_clear(self) -> bool:
        """Whether there is anything to learn."""
        return any(self.tells)

    @property
    def ranks(self) -> bool:
        """Whether the best rung orders rows better than chance."""
        return self.orders[self.rungs.index(self.best)]

    def to_json(self) -> dict[str, Any]:
        """Its numbers."""
        return {
            "score": self.score.name,
            "chance": self.chance,
            "rungs": list(self.rungs),
            "values": self.values.tolist(),
            "intervals": self.intervals.tolist(),
            "orders": list(self.orders),
            "tells": list(self.tells),
            "pairs": [pair.to_json() for pair in self.pairs],
        }


def learnable(names: Sequence[str], answers: Sequence[OutOfFold], equal: float | None) -> Learnable:
    """Of the candidates, the baseline first."""
    baseline, learners, task = answers[0], answers[1:], answers[0].task
    score, chance = measures.ranking(task)
    ordered = [learner.score(score) for learner in learners]
    evidence = [[_above(each.estimate(), chance) for each in ordered]]
    probabilities = measures.log_loss(task)
    if probabilities is None:
        evidence.append([_above(learner.score(scores.R_SQUARED).estimate(), 0.0) for learner in learners])
    else:
        base = baseline.score(probabilities)
        evidence.append([learner.score(probabilities).minus(base) for learner in learners])
    is_clear, _ = resampling.holm([estimate.p for row in evidence for estimate in row])
    clear = np.array(is_clear).reshape(2, len(learners))
    above = clear & np.array([[estimate.value > 0 for estimate in row] for row in evidence])
    return Learnable(
        score,
        chance,
        tuple(names[1:]),
        np.array([each.values.mean() for each in ordered]),
        np.array([each.estimate().interval() for each in ordered]),
        tuple(map(bool, above[0])),
        tuple(map(bool, np.atleast_1d(above.any(axis=0)))),
        all_pairs(names[1:], ordered, equal),
    )


def _above(estimate: Estimate, chance: float) -> Estimate:
    """By how much it is above chance."""
    return Estimate(estimate.value - chance, estimate.variance, estimate.freedom)
