"""Verify: train a run again, elsewhere and from nothing, and see whether the same comes out."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dragonet import errors
from dragonet.experiment.run import Run


@dataclass(frozen=True)
class Verdict:
    """Whether data and weights are those of the run, bit for bit, and a sentence that says so."""

    same: bool
    sentence: str


def verify(run: Run, say: Callable[[str], None] = print, verbose: str | int = "auto") -> Verdict:
    """Train the run's recipe again in a folder that is thrown away; the run itself is only read.

    Raises ValueError for a run that was not trained to its end.
    """
    then = run.model().get_weights()
    with tempfile.TemporaryDirectory() as folder:
        again = Run.create(run.recipe, Path(folder, "again"))
        scores = again.train(say, verbose)
        now = again.model().get_weights()
    for line in scores.lines():
        say(line)
    if again.config["data"]["sha256"] != run.config["data"]["sha256"]:
        return Verdict(False, f"The data are not the same: there are other numbers in {run.recipe.data} now.")
    if all(np.array_equal(w, v) for w, v in zip(then, now, strict=True)):
        return Verdict(True, "The same weights came out, bit for bit.")
    apart = max(np.abs(w - v).max() for w, v in zip(then, now, strict=True))
    reasons = _reasons(run.config, again.config)
    return Verdict(False, f"Other weights came out: they differ by up to {apart:.2g}.{reasons}")


def _reasons(then: dict[str, Any], now: dict[str, Any]) -> str:
    """What else differs and may be why."""
    found = [f"{name} was {errors.shown(then[part][name])} and is {errors.shown(now[part][name])}"
             for part in ("versions", "machine") for name in then[part] if then[part][name] != now[part].get(name)]
    return f" It may be why that {', '.join(found)}." if found else ""
