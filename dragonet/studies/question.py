"""Question: what was asked of a user's own data, in so few words that it can be asked again."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from dragonet.core import errors, shell
from dragonet.data.dataset import Data
from dragonet.engines import ENGINES
from dragonet.studies import ladder_training, sources
from dragonet.studies.ladder import Ladder

_READ = ("target", "groups", "time", "x", "y", "drop", "columns", "missing")


@dataclass(frozen=True)
class Question:
    """All that decides a ladder's numbers, but for the data, the versions and the machine. None leaves the usual.

    >>> print(Question("survey.csv", target=("diagnosis",), groups="patient").command)
    dragonet train survey.csv --target diagnosis --groups patient
    """

    source: str
    target: tuple[str, ...] = ()
    groups: str | None = None
    time: str | None = None
    x: str | None = None
    y: str | None = None
    drop: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    seeds: int | None = None
    folds: int | None = None
    balance: bool = False
    model: str | None = None
    epochs: int | None = None
    seed: int = 0
    engine: str = "auto"

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise errors.unknown_name("engine", self.engine, ENGINES)

    @classmethod
    def of_json(cls, held: Mapping[str, Any]) -> "Question":
        """The question in a run's record."""
        return cls(
            **{
                **held,
                "target": tuple(held["target"]),
                "drop": tuple(held["drop"]),
                "missing": tuple(held.get("missing", ())),
            }
        )

    def to_json(self) -> dict[str, Any]:
        """For a run's record."""
        return asdict(self)

    @property
    def name(self) -> str:
        """What a run's folder is called."""
        stem = Path(self.source).stem or "data"
        return "-".join([stem, *self.target[:1]]).replace("/", "_").replace("\\", "_")

    def read(self, source: str | None = None) -> Data:
        """The data; source: where they lie, if elsewhere by now."""
        return sources.read(self.source if source is None else source, **dict(self._given(_READ)))

    def check(self, rows: Data) -> None:
        """Raises ValueError, in a sentence, where there is no ladder of these data; nothing is trained."""
        ladder_training.planned(rows, **dict(self._given(_CLIMB)))

    def train_ladder(self, rows: Data, verbose: str | int = 0) -> Ladder:
        """The ladder of these data."""
        return ladder_training.train_ladder(rows, verbose=verbose, **dict(self._given(_CLIMB)))

    @property
    def command(self) -> str:
        """What to type to ask it again."""
        words = [
            shell.joined(["dragonet", "train", f"./{self.source}" if self.source.startswith("-") else self.source])
        ]
        for name, held in self._given(_READ + _CLIMB):
            if name == "columns":
                words += [shell.option("--column", f"{column}={kind}") for column, kind in held.items()]
            elif held is True:
                words.append(f"--{name}")
            else:
                words += [
                    shell.option(f"--{name}", str(one)) for one in ([held] if isinstance(held, str | int) else held)
                ]
        return " ".join(words)

    @property
    def script(self) -> str:
        """The same as a Python script, which writes the model to a file."""
        read, train_ladder = (
            ", ".join(f"{name}={held!r}" for name, held in self._given(names)) for names in (_READ, _CLIMB)
        )
        return (
            "from dragonet import studies\n\n"
            f"rows = studies.read({self.source!r}{', ' * bool(read)}{read})\n"
            f"ladder = studies.train_ladder(rows{', ' * bool(train_ladder)}{train_ladder})\n"
            "print(ladder)\n"
            'ladder.model.save("model.keras")\n'
        )

    def _given(self, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        """The settings that are not the usual ones."""
        usual = Question(self.source)
        for name in names:
            held = getattr(self, name)
            if held != getattr(usual, name):
                yield name, held[0] if name == "target" and len(held) == 1 else held


_CLIMB = tuple(one.name for one in fields(Question) if one.name not in ("source", *_READ))
