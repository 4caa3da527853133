"""What is wrong with the targets, in sentences: the figures, and what to do."""

from typing import Any


def target_sentences(facts: list[dict | None]) -> list[str]:
    """One sentence for each thing that is wrong, with its figures and what to do."""
    several = len(facts) > 1
    return [
        text
        for output in facts
        if output
        for text in _sentences(output, f" of output {output['output']!r}" if several else "")
    ]


def _sentences(facts: dict[str, Any], where: str) -> list[str]:
    texts = []
    if "scale" in facts:
        texts.append(f"{scale_text(facts, where)} {scale_advice(facts)}")
    if "beyond" in facts or "sums_to" in facts:
        texts.append(f"{reach_text(facts, where)} {reach_advice(facts)}")
    if "not_probabilities" in facts:
        texts.append(f"{probabilities_text(facts, where)} {probabilities_advice(facts)}")
    if "class_metric" in facts:
        texts.append(f"{metric_text(facts, where)} {METRIC_ADVICE}")
    return texts


def scale_text(facts: dict[str, Any], where: str = "") -> str:
    """On what scale the targets are."""
    mean, sd = figure(facts["mean"]), figure(facts["sd"])
    if facts["scale"] == "apart":
        return (
            f"The columns of the targets{where} are on scales {figure(facts['largest'] / facts['smallest'])} times apart: the loss "
            "hardly sees the small ones."
        )
    if facts["scale"] == "small":
        return (
            f"The targets{where} are as small as {figure(max(abs(facts['mean']), facts['sd']))}; a network's first answers are "
            "around 1, and the loss hardly sees the difference."
        )
    return (
        f"The targets{where} lie around {mean}, give or take {sd}; a network's first answers lie around 0, and most of the "
        "training goes into getting there."
    )


def scale_advice(facts: dict[str, Any]) -> str:
    """How to standardise the targets, and undo it."""
    if facts["scale"] == "apart":
        return "Standardise each column of y: (y - y.mean(0)) / y.std(0), and undo it after predict."
    mean, sd = _plain(facts["mean"]), _plain(facts["sd"] or 1.0)
    minus, plus = (f"+ {mean[1:]}", f"- {mean[1:]}") if mean.startswith("-") else (f"- {mean}", f"+ {mean}")
    return f"Standardise them: fit(x, (y {minus}) / {sd}), and then {sd} * predict(x) {plus}."


def _plain(number: float) -> str:
    """Four digits as Python code: 200900, 3.016e-06."""
    return f"{float(f'{number:.4g}'):.12g}"


def reach_text(facts: dict[str, Any], where: str = "") -> str:
    """Which targets the last layer cannot reach."""
    low, high = facts["reach"]
    if "sums_to" in facts:
        return (
            f"The model cannot reach its targets{where}: the outputs of {facts['activation']} sum to 1, and the targets of a row "
            f"sum to {figure(facts['sums_to'])} on average."
        )
    if None in (low, high):
        between = f"are {low:g} at least" if high is None else f"are {high:g} at most"
    else:
        between = f"lie from {low:g} to {high:g}"
    return (
        f"The model cannot reach its targets{where}: the outputs of {facts['activation'] or 'its last layer'} {between}, and "
        f"{100 * facts['beyond']:.3g} % of the targets lie outside (they go from {figure(facts['low'])} to "
        f"{figure(facts['high'])})."
    )


def reach_advice(facts: dict[str, Any]) -> str:
    """What to write instead."""
    low, high = facts["reach"]
    scaled = (
        f", or bring the targets to {low:g} to {high:g}" if None not in (low, high) and "sums_to" not in facts else ""
    )
    return f"Leave the last layer's activation out{scaled}."


def probabilities_text(facts: dict[str, Any], where: str = "") -> str:
    """Which loss takes the outputs for probabilities, though they are none."""
    plain = facts["activation"] in ("", "linear")
    outputs = (
        "of a layer without an activation may be any numbers" if plain else f"of {facts['activation']} may lie outside"
    )
    return f"The loss {facts['not_probabilities']}{where} needs probabilities from 0 to 1, and the outputs {outputs}."


def probabilities_advice(facts: dict[str, Any]) -> str:
    """What to write instead."""
    right = "sigmoid" if facts["not_probabilities"].startswith("Binary") else "softmax"
    if facts["not_probabilities"] == "KLDivergence":
        return "Give the last layer activation='softmax'."
    return f"Give the last layer activation='{right}', or write {facts['not_probabilities']}(from_logits=True)."


def metric_text(facts: dict[str, Any], where: str = "") -> str:
    """Which metric counts classes where the targets are numbers."""
    return (
        f"The metric {facts['class_metric']!r}{where} counts rows whose class is right, and the targets are numbers from "
        f"{figure(facts['low'])} to {figure(facts['high'])}, no classes: its value means nothing."
    )


METRIC_ADVICE = "For numbers write metrics=['mae'] or metrics.R2Score()."


def figure(number: float) -> str:
    """A number with four digits, and no power of ten where it can be read without.

    >>> figure(200_123.4), figure(0.012345), figure(1.5e-7)
    ('200,123', '0.01235', '1.5e-07')
    """
    return f"{number:,.0f}" if 1000 <= abs(number) < 1e12 else f"{number:.4g}"
