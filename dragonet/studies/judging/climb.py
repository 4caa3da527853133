"""Which of several candidates is worth its complexity: each is compared with the best of the plainer ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from dragonet.studies.judging.pairs import Pair, between

_LIKELY = 0.75  # the probability from which on a more complex candidate is taken, of being better by more than what counts as equal


@dataclass(frozen=True)
class Step:
    """A candidate, the best of the plainer ones, and the two as a pair."""

    name: str
    plainer: str
    pair: Pair

    @property
    def is_better(self) -> bool:
        """Whether the more complex candidate is better, by more than luck."""
        return self.pair.is_clear and self.pair.better == self.name

    @property
    def is_worse(self) -> bool:
        """Whether it is worse, by more than luck."""
        return self.pair.is_clear and self.pair.better != self.name

    @property
    def is_up(self) -> bool:
        """Whether it is taken: it is better, or likely to be better by more than what counts as equal."""
        return not self.pair.is_equal and self.probability > _LIKELY

    @property
    def probability(self) -> float:
        """That the more complex candidate is better by more than what counts as equal."""
        return self.pair.probability(self.name)


def steps(names: Sequence[str], pairs: Sequence[Pair]) -> list[Step]:
    """A step for each of the candidates but the first, the plainest; names from the plainest to the most complex."""
    best, climbed = names[0], []
    for name in names[1:]:
        step = Step(name, best, between(pairs, best, name))
        best = name if step.is_up else best
        climbed.append(step)
    return climbed


def top(names: Sequence[str], pairs: Sequence[Pair]) -> str:
    """The candidate at which the climb ends: no more complex one is likely to be better."""
    return next((step.name for step in reversed(steps(names, pairs)) if step.is_up), names[0])
