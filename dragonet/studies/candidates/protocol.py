"""Candidate: what a model of a ladder must be able to do; the contract for whoever adds one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from dragonet.data.dataset import Data
from dragonet.models import Model
from dragonet.studies.candidates.split import Split
from dragonet.training.history import History

EPOCHS = 300  # the most epochs of a training


@dataclass(frozen=True)
class Settings:
    """How a candidate is trained. epochs and engine determine the result; the other fields do not.

    threads: for the native engine; None for all. watch: called with a network before it trains, so that it can be stopped.
    preflight: the training notes what would spoil it.
    """

    epochs: int = EPOCHS
    engine: str = "auto"
    threads: int | None = None
    watch: Callable[[Model], None] = field(default=lambda model: None, repr=False)
    preflight: bool = False


@dataclass(frozen=True, eq=False)
class Trained:
    """What `Candidate.fit` returns: a model that the same candidate's `predict` and `save` understand.

    history: of a training in epochs. chosen: what validation chose, by name, {} for nothing. hyperparameter: the same in words,
    as 'penalty: C = 1'. seconds: filled in by the ladder.
    """

    model: Any
    history: History | None = None
    chosen: Mapping[str, float] = field(default_factory=dict)
    hyperparameter: str = ""
    seconds: float = 0.0


class Candidate(Protocol):
    """A kind of model that a ladder may train. One object serves all splits, and several threads at once: it keeps no state.

    A ladder has the usual candidates that fit its data, in the order of the registry, which goes from the plainest to the
    most complex. The first is the baseline, which gives every row the same answer. All later ones are compared with it and
    with each other, and the plainest that is about as good as the best is kept. Nothing outside a candidate's own file
    knows its name.

    A candidate sees numbers only: the ladder encodes the columns of a table before `fit` and `predict`, and keeps the
    encoder with the model, so that the model answers raw rows.

    >>> from dragonet.studies import candidates
    >>> [candidate.name for candidate in candidates.registered()]
    ['majority', 'mean', 'linear', 'logistic', 'trees', 'mlp', 'cnn']
    """

    @property
    def name(self) -> str:
        """One word, the candidate's own: for tables, for files, and for the option --model."""
        ...

    @property
    def title(self) -> str:
        """What sentences call it: a singular noun phrase such as 'the linear model'. Details stand in brackets at its end."""
        ...

    def needs(self, data: Data) -> str | None:
        """What it needs and these data are not, such as 'images or series'; None where it fits."""
        ...

    def is_usual(self, data: Data) -> bool:
        """Whether it is in the ladder of data that it fits, where no model was chosen."""
        ...

    def configuration(self) -> Mapping[str, Any]:
        """All else that determines its result, as JSON: another configuration is trained anew where results are kept."""
        ...

    def fit(self, split: Split, seed: int, settings: Settings) -> Trained:
        """Train on the rows to learn from, and choose on the validation rows. The same arguments give the same bits.

        seed: of all that is random in it. Raises KeyboardInterrupt where the user stopped it.
        """
        ...

    def refit(self, split: Split, seed: int, settings: Settings, chosen: Sequence[Mapping[str, float]]) -> Trained:
        """Train on all rows of `split.x`, with what its cross-validated trainings chose, the median of each; `split` has no
        validation rows. This is the model that is used for new rows."""
        ...

    def predict(self, model: Any, x: np.ndarray) -> np.ndarray:
        """Its outputs (n, k) for encoded rows x: probabilities of classes or labels, or the numbers in their own units."""
        ...

    def save(self, model: Any) -> bytes:
        """The model as the bytes of a file. The same model gives the same bytes; loading them runs no code of the file."""
        ...

    def load(self, content: bytes) -> Any:
        """The model that `save` wrote. Raises ValueError for damaged bytes."""
        ...

    def recommendation(self, others: Sequence[str]) -> str:
        """Why to take it, as a sentence of the report's advice, where it is the plainest of the best; '' for nothing.

        others: titles of the more complex candidates, which are no better.
        """
        ...
