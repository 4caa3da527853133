"""Pairs: by how much one candidate of a ladder is ahead of another, and whether it is better, practically equal, or unknown."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.comparison import resampling
from dragonet.comparison.uncertainty import equivalence, intervals
from dragonet.comparison.uncertainty.equivalence import Equivalence
from dragonet.comparison.uncertainty.scores import Estimate, RepeatedScore


@dataclass(frozen=True)
class Pair:
    """Two candidates, the one with the higher score first. Holm's correction is for all pairs of a ladder.

    difference: of their scores, more being better. margin: half the width of its interval at the pair's own level, which leaves
    out 0 exactly where `judged.answer` is 'better', or where the whole interval is practically equal to 0.
    """

    better: str
    other: str
    difference: Estimate
    level: float
    p: float
    judged: Equivalence

    @property
    def value(self) -> float:
        """By how much `better` is ahead."""
        return self.difference.value

    @property
    def margin(self) -> float:
        """value ± margin is the interval."""
        return intervals.quantile(self.level, self.difference.freedom) * self.difference.error

    @property
    def is_clear(self) -> bool:
        """Whether `better` is better by more than luck, and by more than what counts as equal at least in part."""
        return self.judged.answer == "better"

    @property
    def is_equal(self) -> bool:
        """Whether the two are practically equal."""
        return self.judged.answer == "practically equal"

    def probability(self, name: str) -> float:
        """That the candidate of this name is better than the other one by more than what counts as equal."""
        return self.judged.better if name == self.better else self.judged.worse

    def to_json(self) -> dict[str, Any]:
        """Its numbers."""
        judged = self.judged
        return {
            "better": self.better,
            "other": self.other,
            "value": self.value,
            "margin": self.margin,
            "p": self.p,
            "answer": judged.answer,
            "equal within": judged.margin,
            "probabilities": {"better": judged.better, "equal": judged.equal, "worse": judged.worse},
            "least difference": judged.least,
        }


def all_pairs(names: Sequence[str], scores: Sequence[RepeatedScore], equal: float | None) -> tuple[Pair, ...]:
    """Every pair of candidates. equal: the difference that counts as none; None is 1 point, or .01 of R²."""
    pairs = []
    for i, j in itertools.combinations(range(len(names)), 2):
        # Of two candidates with the same score the plainer one comes first.
        first, second = (j, i) if _mean(scores[j]) > _mean(scores[i]) else (i, j)
        pairs.append((names[first], names[second], scores[first].minus(scores[second])))
    p = [difference.p for *_, difference in pairs]
    _, levels = resampling.holm(p)
    margin = _margin(scores[0], equal)
    return tuple(
        Pair(better, other, difference, level, p_of_pair, equivalence.judge(difference, margin, level))
        for (better, other, difference), level, p_of_pair in zip(pairs, levels, p, strict=True)
    )


def between(pairs: Sequence[Pair], one: str, other: str) -> Pair:
    """The pair of two candidates."""
    return next(pair for pair in pairs if {pair.better, pair.other} == {one, other})


def _mean(score: RepeatedScore) -> float:
    value = float(score.values.mean())
    return value if np.isfinite(value) else -np.inf


def _margin(score: RepeatedScore, equal: float | None) -> float:
    return equivalence.usual_margin(score.score, 1.0) if equal is None else equal
