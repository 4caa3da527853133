"""The choice: by which score the candidates of a ladder are compared, whether there is anything to learn, and which one is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dragonet.studies.judging import climb
from dragonet.studies.judging.learnable import Learnable
from dragonet.studies.judging.pairs import Pair, between

_AHEAD = 0.02  # of the score, below which a candidate is hardly ahead of the baseline


@dataclass(frozen=True)
class Choice:
    """What the scores of a ladder come to.

    best: the candidate that learns with the highest deciding score. is_ahead: it is better than the baseline by that score.
    is_learnable: there is something to learn. by_order: the deciding score tells nothing, but rows are put in order better than
    by chance, so that the order decides. kept: the candidate whose model is used.
    """

    best: str
    is_ahead: bool
    is_learnable: bool
    by_order: bool
    kept: str


def choose(names: Sequence[str], means: np.ndarray, pairs: Sequence[Pair], evidence: Learnable) -> Choice:
    """Of candidates from the plainest on, the baseline first; means (candidates,) of the deciding score.

    The best is ahead of the baseline if it is better by more than luck, or if there is something to learn and its score is
    ahead by two hundredths. What is kept is the top of the climb; the baseline where there is nothing to learn.
    """
    means = np.where(np.isfinite(means), means, -np.inf)
    place = 1 + int(means[1:].argmax())
    best, pair = names[place], between(pairs, names[place], names[0])
    is_clear = pair.is_clear and pair.better == best
    is_ahead = is_clear or (evidence.is_clear and means[place] > means[0] + _AHEAD)
    is_learnable = is_clear or evidence.is_clear
    by_order = evidence.ranks and not is_ahead
    kept = climb.top(names[1:], evidence.pairs if by_order else pairs) if is_learnable else names[0]
    return Choice(best, is_ahead, is_learnable, by_order, kept)
