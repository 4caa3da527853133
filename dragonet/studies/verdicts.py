"""Verdicts: what a ladder's scores come to, in sentences."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dragonet.comparison.result import Difference
from dragonet.studies.climb import Step, between, steps
from dragonet.studies.measures import Measure

if TYPE_CHECKING:
    from dragonet.studies.ladder import Ladder

FEW = 6  # splits, whose spread is hardly known
AHEAD = 0.02  # of a score, below which a model is hardly ahead of the baseline


def verdict(ladder: "Ladder") -> str:
    """What a ladder says: whether there is anything to learn, and whether it takes more than the plainest model that learns."""
    pairs, splits = ladder.differences, ladder.scores.shape[1]
    if not tells(ladder.rungs, ladder.scores, pairs) and ladder.ranking is not None and ladder.ranking.clear:
        return " ".join([*_by_ranking(ladder), *_few(splits, ladder.ranking.differences, ladder.over)])
    return " ".join([*_by_score(ladder), *_few(splits, pairs, ladder.over)])


def tells(names: Sequence[str], scores: np.ndarray, pairs: Sequence[Difference]) -> bool:
    """Whether the best of the models that learn is better than the baseline, by the deciding score; scores (models, J)."""
    best = names[1 + int(scores[1:].mean(axis=1).argmax())]
    pair = between(pairs, best, names[0])
    return pair.significant and pair.better == best


def _by_score(ladder: "Ladder") -> list[str]:
    """The sentences where the deciding score decides."""
    base, learners = ladder.rungs[0], ladder.rungs[1:]
    means = dict(zip(ladder.rungs, ladder.scores.mean(axis=1), strict=True))
    best = max(learners, key=lambda name: means[name])
    low, high = ladder.intervals[ladder.rungs.index(best)]
    measure, baseline = ladder.measure, ladder.title(base)
    reached = f"{ladder.title(best)} reaches {_a(measure)} of {three(means[best])} [{three(low)}, {three(high)}]"
    plain = f"{baseline} gives {three(means[base])}"
    first = between(ladder.differences, best, base)
    if first.significant and first.better == best:
        sentence = f"{capital(reached)}, where {plain}."
    elif first.significant:
        sentence = (
            f"{capital(reached)}, which is worse than {baseline}, {three(means[base])}: what was learned does not hold "
            "for new rows."
        )
    else:
        is_few = 1 < ladder.scores.shape[1] < FEW
        chance = f"told apart from chance by {ladder.over}" if is_few else "distinguishable from chance"
        sentence = f"Not {chance}: {reached}, and {plain}."
    climbed = [step for step in steps(learners, ladder.differences) if step.pair.significant or first.significant]
    return [*(_step(ladder, step, measure) for step in climbed), sentence]


def _by_ranking(ladder: "Ladder") -> list[str]:
    """The sentences where answers are no better than the baseline, but rows are ranked better than by chance."""
    ranking, measure, base = ladder.ranking, ladder.measure, ladder.rungs[0]
    assert ranking is not None
    means = dict(zip(ladder.rungs, ladder.scores.mean(axis=1), strict=True))
    best, name = ranking.best, ranking.measure.name
    place = ranking.rungs.index(best)
    low, high = ranking.intervals[place]
    ranks = (
        f"{capital(ladder.title(best))} ranks rows better than chance: its {name} is "
        f"{three(ranking.scores[place].mean())} [{three(low)}, {three(high)}], where chance gives {three(ranking.chance)}."
    )
    first = between(ladder.differences, max(ladder.rungs[1:], key=lambda rung: means[rung]), base)
    than = "is worse than" if first.significant else "is not told apart from"
    low, high = ladder.intervals[ladder.rungs.index(best)]
    answers = (
        f"Its {measure.name} of {three(means[best])} [{three(low)}, {three(high)}] {than} that of {ladder.title(base)}, "
        f"{three(means[base])}. {_why(measure, means[best] > means[base] + AHEAD)}"
    )
    climbed = [_step(ladder, step, ranking.measure) for step in steps(ranking.rungs, ranking.differences)]
    return [*climbed, ranks, answers]


def _why(measure: Measure, is_ahead: bool) -> str:
    """What to do with models that rank rows and whose answers are no better than the baseline."""
    if is_ahead:
        return "More rows, or more splits, would tell whether it is better."
    if measure.name == "R²":
        return "The order of its predictions can be used, their size hardly."
    return "The most probable answers lose this order: use the probabilities, with a threshold of your own."


def _step(ladder: "Ladder", step: Step, measure: Measure) -> str:
    """Whether a more complex model is better than the best of the plainer ones."""
    by, name, plainer = amount(step.pair, measure), capital(ladder.title(step.name)), ladder.title(step.plainer)
    if not step.pair.significant:
        return f"{name} is no better than {plainer}: they differ by {by}, over {ladder.over}."
    return f"{name} is {'better' if step.is_up else 'worse'} than {plainer}, by {by}, over {ladder.over}."


def _few(splits: int, pairs: Sequence[Difference], over: str) -> list[str]:
    """What is said of few splits, unless they tell all apart."""
    if 1 < splits < FEW and not all(pair.significant for pair in pairs):
        return [f"{capital(over)} tell little apart: more of them, such as --seeds 10, tell more."]
    return []


# --- words ------------------------------------------------------------------------------------------------------------


def three(value: float) -> str:
    """A score with three places, and no minus before a zero."""
    return f"{value:.3f}".replace("-0.000", "0.000")


def amount(pair: Difference, measure: Measure) -> str:
    """'1.2 ± 0.8 points of accuracy', with as many places as the margin is known to."""
    scale, unit = (100, f" points of {measure.name}") if measure.share else (1, f" in {measure.name}")
    value, margin = pair.value * scale, pair.margin * scale
    places = min(6, max(1 if measure.share else 3, -math.floor(math.log10(margin)))) if 0 < margin < math.inf else 1
    return f"{value:.{places}f} ± {margin:.{places}f}{unit}"


def _a(measure: Measure) -> str:
    return f"an {measure.name}" if measure.name[0] in "aeiouR" else f"a {measure.name}"


def capital(text: str) -> str:
    """The text as the beginning of a sentence."""
    return text[0].upper() + text[1:]
