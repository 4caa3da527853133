"""The registry: all candidates, from the plainest to the most complex."""

from dragonet.core import errors
from dragonet.studies.candidates.constant import Constant
from dragonet.studies.candidates.linear import Linear
from dragonet.studies.candidates.network import Network
from dragonet.studies.candidates.protocol import Candidate
from dragonet.studies.candidates.trees import Trees

_registered: list[Candidate] = [
    Constant("majority", "always answering the commonest class", ("classes", "labels")),
    Constant("mean", "always answering the mean", ("numbers",)),
    Linear("linear"),
    Linear("logistic", usual=False),  # the same, as --model calls it
    Trees(),
    Network("mlp"),
    Network("cnn"),
]


def registered() -> tuple[Candidate, ...]:
    """All candidates, from the plainest to the most complex."""
    return tuple(_registered)


def register(candidate: Candidate, after: str | None = None) -> None:
    """Add a candidate behind the one named `after`, or as the most complex of all.

    Raises ValueError for a name that another has, and for no candidate called `after`.
    """
    names = [one.name for one in _registered]
    if candidate.name in names:
        raise errors.value_error("register", "a name that no candidate has", repr(candidate.name))
    if after is not None and after not in names:
        raise errors.unknown_name("candidate", after, names)
    _registered.insert(len(names) if after is None else names.index(after) + 1, candidate)


def unregister(name: str) -> None:
    """Take a candidate out again. Raises ValueError where there is none of this name."""
    _registered.remove(find(name))


def find(name: str) -> Candidate:
    """The candidate of this name. Raises ValueError, with the nearest name, where there is none."""
    for candidate in _registered:
        if candidate.name == name:
            return candidate
    raise errors.unknown_name("candidate", name, [one.name for one in _registered])
