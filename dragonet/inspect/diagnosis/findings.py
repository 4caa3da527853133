"""Finding: one diagnosis of a training, with the numbers that support it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One diagnosis: its kind, the numbers that support it, a sentence with these numbers, and what to do."""

    kind: str
    evidence: dict[str, Any]
    sentence: str
    suggestion: str

    def __str__(self) -> str:
        return f"{self.sentence} {self.suggestion}".strip()


def make_finding(kind: str, sentence: str, suggestion: str, **evidence: Any) -> Finding:
    """A finding whose texts are formatted with its evidence, so that every number in them is in the evidence."""
    return Finding(kind, evidence, sentence.format(**evidence), suggestion.format(**evidence))
