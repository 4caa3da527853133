"""Finding: one thing that stands out in a training, with the numbers that speak for it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing that stands out: its kind, the numbers that speak for it, a sentence that says them, and what to do."""

    kind: str
    evidence: dict[str, Any]
    sentence: str
    suggestion: str

    def __str__(self) -> str:
        return f"{self.sentence} {self.suggestion}".strip()


def found(kind: str, sentence: str, suggestion: str, **evidence: Any) -> Finding:
    """A finding whose sentence has no number but those of its evidence."""
    return Finding(kind, evidence, sentence.format(**evidence), suggestion.format(**evidence))
