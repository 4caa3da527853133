"""What faults of the targets look like: their scale, a last layer that cannot reach them, a loss or metric that does not fit."""

from dragonet.inspect.diagnosis.evidence import Evidence
from dragonet.inspect.diagnosis.findings import Finding
from dragonet.training.data import targets

_LEARNED = 0.5  # of the loss of a constant answer: below it the scale of the targets did no harm


def target_scale(e: Evidence) -> Finding | None:
    """The targets lie far from the first answers of a network, and little or nothing was learned."""
    facts = _first(e, "scale")
    if facts is None:
        return None
    level = e.baseline or e.level
    if e.stopped != "not finite" and (not level or not len(e.judged) or e.judged[-1] < _LEARNED * level):
        return None
    text = targets.scale_text(facts)
    if len(e.judged) and level and e.stopped != "not finite":
        text += f" The loss is {e.judged[-1]:.4g}, and a constant answer has {level:.4g}."
    elif e.stopped == "not finite":
        text += " The loss became NaN or infinite."
    return Finding("target scale", facts, text, targets.scale_advice(facts))


def unreachable_targets(e: Evidence) -> Finding | None:
    """The activation of the last layer cannot give numbers such as the targets."""
    facts = _first(e, "beyond") or _first(e, "sums_to")
    if facts is None:
        return None
    return Finding("unreachable targets", facts, targets.reach_text(facts), targets.reach_advice(facts))


def not_probabilities(e: Evidence) -> Finding | None:
    """A cross-entropy takes outputs for probabilities that are none."""
    facts = _first(e, "not_probabilities")
    if facts is None:
        return None
    text, advice = targets.probabilities_text(facts), targets.probabilities_advice(facts)
    return Finding("outputs are not probabilities", facts, text, advice)


def accuracy_of_numbers(e: Evidence) -> Finding | None:
    """A metric of classes beside a loss of numbers."""
    facts = _first(e, "class_metric")
    return (
        None
        if facts is None
        else Finding("accuracy of numbers", facts, targets.metric_text(facts), targets.METRIC_ADVICE)
    )


def _first(e: Evidence, key: str) -> dict | None:
    """The facts of the first output with this fault; a history of an older version has none."""
    return next((facts for facts in e.facts.get("targets") or () if facts and key in facts), None)
