"""Verdicts: what a ladder's scores come to, in sentences."""

import math
from typing import TYPE_CHECKING

from dragonet.data.leakage.grouping import join_names
from dragonet.studies.judging.climb import Step, steps
from dragonet.studies.judging.measures import Measure
from dragonet.studies.judging.pairs import Pair, between

if TYPE_CHECKING:
    from dragonet.comparison.uncertainty.scores import Score
    from dragonet.studies.ladder import Ladder


def verdict(ladder: "Ladder") -> str:
    """What a ladder says: whether there is anything to learn, and whether it takes more than the plainest model that learns."""
    if not ladder.choice.is_learnable:
        return _of_chance(ladder)
    if ladder.choice.is_ahead:
        climbed, reached = _climbed(ladder, ladder.pairs), [_reached(ladder)]
        is_answered = any(step.is_better for step in steps(ladder.rungs[1:], ladder.pairs))
        sentences = [*climbed, *reached] if is_answered else [*reached, *climbed]
        return " ".join([*sentences, *_reason(ladder.measure)])
    if ladder.choice.by_order:
        return " ".join([*_climbed(ladder, ladder.learnable.pairs), *_of_order(ladder)])
    return _of_probabilities(ladder)


def keeping(ladder: "Ladder") -> str:
    """Which model is kept, and why."""
    kept = f"Kept as the model: {ladder.kept}, trained on all {len(ladder.data):,} rows"
    if ladder.options.model is not None:
        return f"{kept}."
    if not ladder.choice.is_learnable:
        return f"{kept}, as nothing that was tried is known to be better."
    pairs = ladder.learnable.pairs if ladder.choice.by_order else ladder.pairs
    above = [step for step in steps(ladder.rungs[1:], pairs) if ladder.kept in (step.name, step.plainer)]
    taken = next((step for step in above if step.name == ladder.kept), None)
    if taken is not None and not taken.is_better:
        return (
            f"{kept}: it is better than {taken.plainer} with a probability of {_percent(taken.probability)}, although these "
            "rows do not show it for sure."
        )
    if taken is not None:
        return f"{kept}: it is better than {taken.plainer}."
    others = [step.name for step in above if step.pair.is_equal]
    if others and len(others) == len(above):
        return f"{kept}: it is practically as good as {join_names(others)}, and plainer."
    return f"{kept}: no more complex model is likely to be better."


# --- the sentences ----------------------------------------------------------------------------------------------------


def _of_chance(ladder: "Ladder") -> str:
    """Where nothing is known to be learnable; with the least that these rows would have shown."""
    pair = between(ladder.pairs, ladder.choice.best, ladder.rungs[0])
    return (
        f"Not distinguishable from chance: {_best(ladder)}, and {ladder.title(ladder.rungs[0])} gives "
        f"{three(ladder.means[ladder.rungs[0]])}. {_least(pair, ladder.measure)}"
    )


def _reached(ladder: "Ladder") -> str:
    base = ladder.rungs[0]
    return f"{capital(_best(ladder))}, where {ladder.title(base)} gives {three(ladder.means[base])}."


def _best(ladder: "Ladder") -> str:
    """'the linear model reaches an accuracy of 0.9 [0.8, 0.95]', of the best candidate."""
    best, measure = ladder.choice.best, ladder.measure
    low, high = ladder.intervals[ladder.rungs.index(best)]
    return (
        f"{ladder.title(best)} reaches {_a(measure.name)} of {three(ladder.means[best])} [{three(low)}, {three(high)}]"
    )


def _reason(measure: Measure) -> list[str]:
    return [f"{capital(measure.name)} decides, {measure.reason}."] if measure.reason else []


def _climbed(ladder: "Ladder", pairs: tuple[Pair, ...]) -> list[str]:
    """A sentence for each candidate beside the best of the plainer ones, the one that ends the climb first."""
    score = ladder.learnable.score if pairs is ladder.learnable.pairs else ladder.measure.score
    climbed = steps(ladder.rungs[1:], pairs)
    ups = [step for step in climbed if step.is_up]
    ordered = [*ups[-1:], *(step for step in climbed if step not in ups[-1:])]
    unknown = [step.pair for step in ordered if _is_unknown(step)]
    return [*(_step(ladder, step, score) for step in ordered), *(_least(pair, score) for pair in unknown[:1])]


def _is_unknown(step: Step) -> bool:
    return not (step.is_better or step.is_worse or step.pair.is_equal)


def _step(ladder: "Ladder", step: Step, score: "Score") -> str:
    """Whether a more complex candidate is better than the best of the plainer ones: the three answers, and 'worse'."""
    name, plainer = ladder.title(step.name), ladder.title(step.plainer)
    by = amount(step.pair, score)
    if step.pair.is_equal:
        less = size(step.pair.judged.margin, score)
        return f"{capital(name)} and {plainer} are practically equal: they differ by {by}, less than {less}."
    if not _is_unknown(step):
        return f"{capital(name)} is {'better' if step.is_better else 'worse'} than {plainer}, by {by}."
    ahead = "ahead" if step.pair.better == step.name else "behind"
    return (
        f"These rows cannot tell whether {name} is better than {plainer} ({ahead} by {by}; better with a probability of "
        f"{_percent(step.probability)})."
    )


def _of_order(ladder: "Ladder") -> list[str]:
    """The sentences where answers are no better than the baseline, but rows are put in order better than by chance."""
    evidence, measure, base = ladder.learnable, ladder.measure, ladder.rungs[0]
    best, name = evidence.best, evidence.score.name
    place = evidence.rungs.index(best)
    low, high = evidence.intervals[place]
    ranks = (
        f"{capital(ladder.title(best))} ranks rows better than chance: its {name} is "
        f"{three(evidence.values[place])} [{three(low)}, {three(high)}], where chance gives {three(evidence.chance)}."
    )
    low, high = ladder.intervals[ladder.rungs.index(best)]
    pair = between(ladder.pairs, best, base)
    than = "is worse than" if pair.is_clear and pair.better == base else "is hardly above"
    answers = (
        f"Its {measure.name} of {three(ladder.means[best])} [{three(low)}, {three(high)}] {than} that of {ladder.title(base)}, "
        f"{three(ladder.means[base])}. {_use(measure)}"
    )
    return [ranks, answers]


def _of_probabilities(ladder: "Ladder") -> str:
    """Where only the probabilities are better than the baseline's."""
    rungs = [name for name, tells in zip(ladder.learnable.rungs, ladder.learnable.tells, strict=True) if tells]
    titles, base = join_names([ladder.title(name) for name in rungs]), ladder.rungs[0]
    what = "R²" if ladder.data.task == "numbers" else "log loss"
    figures = ladder.figures[what].mean(axis=1)
    tell, of_best = "tells" if len(rungs) == 1 else "tell", three(figures[ladder.rungs.index(rungs[0])])
    return (
        f"{capital(titles)} {tell} something: {what} {of_best}, where {ladder.title(base)} gives {three(figures[0])}; but "
        f"{_best(ladder)}, and {ladder.title(base)} gives {three(ladder.means[base])}."
    )


def _use(measure: Measure) -> str:
    """What to do with models that order rows and whose answers are no better than the baseline."""
    if measure.name == "R²":
        return "The order of its predictions can be used, their size hardly."
    return "The most probable answers lose this order: use the probabilities, with a threshold of your own."


def _least(pair: Pair, score: "Score | Measure") -> str:
    """The least difference that these rows could have shown."""
    if not math.isfinite(pair.judged.least):
        return "So few rows show no difference, however large it is."
    return f"A difference of {size(pair.judged.least, score)} would show in 4 of 5 such studies."


# --- words ------------------------------------------------------------------------------------------------------------


def three(value: float) -> str:
    """A score with three places, and no minus before a zero."""
    return f"{value:.3f}".replace("-0.000", "0.000")


def amount(pair: Pair, score: "Score | Measure") -> str:
    """'1.2 ± 0.8 points of accuracy', with as many places as the margin is known to."""
    scale, unit = _unit(score)
    value, margin = pair.value * scale, pair.margin * scale
    most = 1 if scale == 100 else 3
    places = min(6, max(most, -math.floor(math.log10(margin)))) if 0 < margin < math.inf else 1
    return f"{value:.{places}f} ± {margin:.{places}f}{unit}"


def size(value: float, score: "Score | Measure") -> str:
    """'1.5 points of accuracy', or '0.02 in R²'."""
    scale, unit = _unit(score)
    return f"{value * scale:.2g}{unit}" if value * scale < 99 else f"{value * scale:.0f}{unit}"


def capital(text: str) -> str:
    """The text as the beginning of a sentence."""
    return text[0].upper() + text[1:]


def _unit(score: "Score | Measure") -> tuple[int, str]:
    score = score.score if isinstance(score, Measure) else score
    return (100, f" points of {score.name}") if score.scale == "share" else (1, f" in {score.name}")


def _a(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" or name.startswith("R²") else f"a {name}"


def _percent(probability: float) -> str:
    """'71 %', never 0 or 100."""
    return f"{min(99, max(1, round(100 * probability)))} %"
