"""Which of several models is worth its complexity: each is compared with the best of the plainer ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from dragonet.comparison.result import Difference


@dataclass(frozen=True)
class Step:
    """A model, the best of the plainer ones, and the difference between the two."""

    name: str
    plainer: str
    pair: Difference

    @property
    def is_up(self) -> bool:
        """Whether the more complex model is better, by more than luck."""
        return self.pair.significant and self.pair.better == self.name


def steps(names: Sequence[str], pairs: Sequence[Difference]) -> list[Step]:
    """A step for each of the models but the first, the plainest; names from the plainest to the most complex."""
    best, climbed = names[0], []
    for name in names[1:]:
        step = Step(name, best, between(pairs, best, name))
        best = name if step.is_up else best
        climbed.append(step)
    return climbed


def top(names: Sequence[str], pairs: Sequence[Difference]) -> str:
    """The model at which the climb ends: no more complex one is better than it."""
    return next((step.name for step in reversed(steps(names, pairs)) if step.is_up), names[0])


def between(pairs: Sequence[Difference], one: str, other: str) -> Difference:
    """The difference between two models."""
    return next(pair for pair in pairs if {pair.better, pair.other} == {one, other})
