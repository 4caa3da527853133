"""Rules for faults of the targets: their scale, a last layer that cannot reach them, a loss or metric that does not fit."""

from dragonet.inspect.diagnosis.evidence import Evidence
from dragonet.inspect.diagnosis.findings import Finding
from dragonet.training.data import target_sentences as targets

_LEARNED = 0.5  # of the loss of a constant prediction: below it, the scale of the targets did no harm


def target_scale(e: Evidence) -> Finding | None:
    """The targets are far from the initial outputs of a network, and little or nothing was learned."""
    facts = _first(e, "scale")
    if facts is None:
        return None
    baseline = e.baseline or e.train_baseline
    if e.stopped != "not finite" and (not baseline or not len(e.monitored) or e.monitored[-1] < _LEARNED * baseline):
        return None
    text = targets.scale_text(facts)
    if len(e.monitored) and baseline and e.stopped != "not finite":
        text += f" The loss is {e.monitored[-1]:.4g}, and a constant prediction has {baseline:.4g}."
    elif e.stopped == "not finite":
        text += " The loss became NaN or infinite."
    return Finding("target scale", facts, text, targets.scale_advice(facts))


def unreachable_targets(e: Evidence) -> Finding | None:
    """The activation of the last layer cannot output numbers such as the targets."""
    facts = _first(e, "beyond") or _first(e, "sums_to")
    if facts is None:
        return None
    return Finding("unreachable targets", facts, targets.reach_text(facts), targets.reach_advice(facts))


def not_probabilities(e: Evidence) -> Finding | None:
    """A cross-entropy is computed from outputs that are not probabilities."""
    facts = _first(e, "not_probabilities")
    if facts is None:
        return None
    text, advice = targets.probabilities_text(facts), targets.probabilities_advice(facts)
    return Finding("outputs are not probabilities", facts, text, advice)


def accuracy_of_numbers(e: Evidence) -> Finding | None:
    """A classification metric is used with a regression loss."""
    facts = _first(e, "class_metric")
    if facts is None:
        return None
    return Finding("accuracy of numbers", facts, targets.metric_text(facts), targets.METRIC_ADVICE)


def _first(e: Evidence, key: str) -> dict | None:
    """The facts of the first output with this fault; the history of an older version has no such facts."""
    return next((facts for facts in e.facts.get("targets") or () if facts and key in facts), None)
