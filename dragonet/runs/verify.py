"""Verify: train a run again, elsewhere and from nothing, and see whether the same comes out, and if not, what else differs."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.runs import record
from dragonet.runs.run import Run


@dataclass(frozen=True)
class Verdict:
    """What differs: words ('it was 0 and is 1') for each of seed, data, versions, device and numbers, '' where nothing does."""

    differences: dict[str, str]

    @property
    def same(self) -> bool:
        """Whether seed, data and numbers are the run's; other versions or another machine may well give the same numbers."""
        return not any(self.differences[name] for name in ("seed", "data", "numbers"))

    def __str__(self) -> str:
        differ = {name: difference for name, difference in self.differences.items() if difference}
        if self.same:
            end = "." if not differ else ", although not all around them is the same:"
            head = f"IDENTICAL: the same numbers came out, bit for bit{end}"
            return "\n".join([head, *(f"  {name:<8}  {difference}" for name, difference in differ.items())])
        return "\n".join(
            [
                "DIFFERENT",
                *(f"  {name:<8}  {difference or 'the same'}" for name, difference in self.differences.items()),
            ]
        )


def verify(run: Run, say: Callable[[str], None] = print, verbose: str | int = "auto") -> Verdict:
    """Train what the run records again in a folder that is thrown away; the run itself is only read.

    Raises ValueError for a run that was not trained to its end.
    """
    weights = run.model().get_weights()
    _held(run)
    with tempfile.TemporaryDirectory() as folder:
        again = run.again(Path(folder, "again"))
        scores = again.train(say, verbose)
        again = Run.open(again.folder)
        numbers = _numbers(weights, again.model().get_weights()) or _scores(run, again)
    for line in scores.lines():
        say(line)
    then, now = run.config, again.config
    return Verdict(
        {
            "seed": _was({"it": _held(run).get("seed", run.seed)}, {"it": again.seed}),
            "data": _was(_fingerprint(run, then), _fingerprint(run, now)),
            "versions": _was(then.get("versions", {}), now["versions"]),
            "device": _was(_device(then), _device(now)),
            "numbers": numbers,
        }
    )


def _was(then: dict[str, Any], now: dict[str, Any]) -> str:
    """For each entry that differs: "numpy was '2.3' and is '2.4'"."""
    names = [name for name in {**then, **now} if then.get(name) != now.get(name)]
    return ", ".join(f"{name} was {_shown(then, name)} and is {_shown(now, name)}" for name in names)


def _shown(entries: dict[str, Any], name: str) -> str:
    return errors.short_repr(entries[name]) if name in entries else "not recorded"


def _fingerprint(run: Run, config: dict[str, Any]) -> dict[str, str]:
    return {f"the fingerprint of {run.called}": config["data"]["sha256"][:12]}


def _device(config: dict[str, Any]) -> dict[str, Any]:
    """What the numbers were computed on, and by which engine."""
    return config.get("machine", {}) | {"engine": config.get("engine")}


def _numbers(then: list[np.ndarray], now: list[np.ndarray]) -> str:
    """How the weights differ."""
    if [w.shape for w in then] != [w.shape for w in now]:
        return "another model came out"
    if all(w.tobytes() == v.tobytes() for w, v in zip(then, now, strict=True)):
        return ""
    largest = max(np.abs(w - v).max() for w, v in zip(then, now, strict=True))
    return f"other weights came out: they differ by up to {largest:.2g}"


def _scores(run: Run, again: Run) -> str:
    """How the scores of a ladder's every split differ; those of a single network follow from its weights."""
    if _held(run).get("scores") == _held(again).get("scores"):
        return ""
    return "the same weights came out, but other scores of the ladder"


def _held(run: Run) -> dict[str, Any]:
    """What scores.json says; read before the training too, so that a damaged one is named at once."""
    return record.read_scores(run.folder / "scores.json")
