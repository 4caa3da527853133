"""Verdicts: what a ladder's scores come to, in sentences."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from dragonet.comparison.result import Difference
from dragonet.studies.measures import Measure

FEW = 6  # splits, whose spread is hardly known
AHEAD = 0.02  # of a score, below which a model is hardly ahead of the simplest guess
BASELINES = {"majority": "always answering the commonest class", "mean": "always answering the mean"}
_CALLED = {
    "linear": "the linear model",
    "logistic": "the linear model",
    "mlp": "the network (mlp)",
    "cnn": "the network (cnn)",
}


def called(rung: str) -> str:
    """A rung in a sentence."""
    return BASELINES.get(rung) or _CALLED[rung]


def verdict(
    names: Sequence[str],
    scores: np.ndarray,
    intervals: np.ndarray,
    pairs: Sequence[Difference],
    measure: Measure,
    over: str,
    ranking: Any = None,
) -> str:
    """What the ladder says: whether there is anything to learn, and whether it takes a network. over: '10 seeds'.

    A ranking.Ranking whose best rung is above chance decides where the score of the answers tells nothing.

    Shapes: scores (rungs, J), intervals (rungs, 2), the rungs from the plainest on.
    """
    base, learned = names[0], list(names[1:])
    means = dict(zip(names, scores.mean(axis=1), strict=True))
    best = max(learned, key=lambda name: means[name])
    low, high = intervals[list(names).index(best)]
    reached = f"{called(best)} reaches {_a(measure)} of {three(means[best])} [{three(low)}, {three(high)}]"
    plain = f"{BASELINES[base]} gives {three(means[base])}"
    first = _between(pairs, best, base)
    tells = first.significant and first.better == best
    if not tells and ranking is not None and ranking.clear:
        said = _by_ranking(ranking, dict(zip(names, intervals, strict=True)), means, first, base, measure, over)
        return " ".join([*said, *_few(scores.shape[1], ranking.differences, over)])
    if first.significant and first.better == best:
        said = [f"{capital(reached)}, where {plain}."]
    elif first.significant:
        said = [
            f"{capital(reached)}, which is worse than {BASELINES[base]}, {three(means[base])}: what was learned does not hold "
            "for new rows."
        ]
    else:
        few = 1 < scores.shape[1] < FEW
        said = [
            f"Not {f'told apart from chance by {over}' if few else 'distinguishable from chance'}: {reached}, and {plain}."
        ]
    if len(learned) == 2:
        linear, network = learned
        second = _between(pairs, linear, network)
        if second.significant or first.significant:
            said.insert(0, _against(network, linear, second, measure, over))
    return " ".join([*said, *_few(scores.shape[1], pairs, over)])


def _few(splits: int, pairs: Sequence[Difference], over: str) -> list[str]:
    """What is said of few splits, unless they tell all apart."""
    if 1 < splits < FEW and not all(pair.significant for pair in pairs):
        return [f"{capital(over)} tell little apart: more of them, such as --seeds 10, tell more."]
    return []


def tells(names: Sequence[str], scores: np.ndarray, pairs: Sequence[Difference]) -> bool:
    """Whether the best of the models that learn is better than the first, by the deciding score; scores (rungs, J)."""
    best = names[1 + int(scores[1:].mean(axis=1).argmax())]
    pair = _between(pairs, best, names[0])
    return pair.significant and pair.better == best


def _by_ranking(
    ranking: Any, intervals: dict, means: dict, first: Difference, base: str, measure: Measure, over: str
) -> list[str]:
    """The sentences where answers are no better than the simplest guess, but rows are ranked better than by chance."""
    best, name = ranking.best, ranking.measure.name
    place = ranking.rungs.index(best)
    low, high = ranking.intervals[place]
    said = [
        f"{capital(called(best))} ranks rows better than chance: its {name} is {three(ranking.scores[place].mean())} "
        f"[{three(low)}, {three(high)}], where chance gives {three(ranking.chance)}."
    ]
    if len(ranking.rungs) == 2:
        linear, network = ranking.rungs
        said.insert(0, _against(network, linear, ranking.differences[0], ranking.measure, over))
    than = "is worse than" if first.significant else "is not told apart from"
    low, high = intervals[best]
    why = (
        "The order of its predictions can be used, their size hardly."
        if measure.name == "R²"
        else ("The most probable answers lose this order: use the probabilities, with a threshold of your own.")
    )
    if means[best] > means[base] + AHEAD:
        why = "More rows, or more splits, would tell whether it is better."
    said.append(
        f"Its {measure.name} of {three(means[best])} [{three(low)}, {three(high)}] {than} that of {BASELINES[base]}, "
        f"{three(means[base])}. {why}"
    )
    return said


def _against(network: str, linear: str, pair: Difference, measure: Measure, over: str) -> str:
    by = amount(pair, measure)
    if not pair.significant:
        return f"{capital(called(network))} is no better than {called(linear)}: they differ by {by}, over {over}."
    word = "better" if pair.better == network else "worse"
    return f"{capital(called(network))} is {word} than {called(linear)}, by {by}, over {over}."


def three(value: float) -> str:
    """A score with three places, and no minus before a zero."""
    return f"{value:.3f}".replace("-0.000", "0.000")


def amount(pair: Difference, measure: Measure) -> str:
    """'1.2 ± 0.8 points of accuracy', with as many places as the margin is known to."""
    scale, unit = (100, f" points of {measure.name}") if measure.share else (1, f" in {measure.name}")
    value, margin = pair.value * scale, pair.margin * scale
    places = min(6, max(1 if measure.share else 3, -math.floor(math.log10(margin)))) if 0 < margin < math.inf else 1
    return f"{value:.{places}f} ± {margin:.{places}f}{unit}"


def _between(pairs: Sequence[Difference], one: str, other: str) -> Difference:
    return next(pair for pair in pairs if {pair.better, pair.other} == {one, other})


def _a(measure: Measure) -> str:
    return f"an {measure.name}" if measure.name[0] in "aeiouR" else f"a {measure.name}"


def capital(text: str) -> str:
    """The text as the beginning of a sentence."""
    return text[0].upper() + text[1:]
