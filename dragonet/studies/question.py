"""Question: what was asked of a user's own data, in so few words that it can be asked again."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from dragonet.core import errors, shell
from dragonet.data.dataset import Data
from dragonet.engines import ENGINES
from dragonet.studies import ladder_training, sources
from dragonet.studies.ladder import Ladder
from dragonet.studies.plan import Options, Plan

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
    equal: float | None = None

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise errors.unknown_name("engine", self.engine, ENGINES)

    @classmethod
    def of_json(cls, record: Mapping[str, Any]) -> "Question":
        """The question in a run's record."""
        return cls(
            **{
                **record,
                "target": tuple(record["target"]),
                "drop": tuple(record["drop"]),
                "missing": tuple(record.get("missing", ())),
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
        return sources.read(self.source if source is None else source, **dict(self._settings(_READ)))

    @property
    def options(self) -> Options:
        """The settings of the ladder."""
        return Options(**dict(self._settings(_LADDER)))

    def check(self, rows: Data) -> None:
        """Raises ValueError, in a sentence, where there is no ladder of these data; nothing is trained."""
        Plan.of(rows, self.options)

    def train_ladder(
        self, rows: Data, verbose: str | int = 0, folder: Path | None = None, jobs: int | None = None
    ) -> Ladder:
        """The ladder of these data; folder: where the results of its trainings are kept."""
        ladder = ladder_training.train(rows, self.options, folder, jobs, verbose)
        return replace(ladder, question=self)

    @property
    def command(self) -> str:
        """What to type to ask it again."""
        words = [
            shell.joined(["dragonet", "train", f"./{self.source}" if self.source.startswith("-") else self.source])
        ]
        for name, value in self._settings(_READ + _LADDER):
            if name == "columns":
                words += [shell.option("--column", f"{column}={kind}") for column, kind in value.items()]
            elif value is True:
                words.append(f"--{name}")
            else:
                values = [value] if isinstance(value, str | int | float) else value
                words += [shell.option(f"--{name}", str(each)) for each in values]
        return " ".join(words)

    @property
    def script(self) -> str:
        """The same as a Python script, which writes the model to a file."""
        return self.script_that_writes("model.keras")

    def script_that_writes(self, file: str) -> str:
        """The same as a Python script, which writes the model to this file."""
        read, train_ladder = (
            ", ".join(f"{name}={value!r}" for name, value in self._settings(names)) for names in (_READ, _LADDER)
        )
        return (
            "from dragonet import studies\n\n"
            f"rows = studies.read({self.source!r}{', ' * bool(read)}{read})\n"
            f"ladder = studies.train_ladder(rows{', ' * bool(train_ladder)}{train_ladder})\n"
            "print(ladder)\n"
            f'ladder.model.save("{file}")\n'
        )

    def _settings(self, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        """The settings that are not the usual ones."""
        usual = Question(self.source)
        for name in names:
            value = getattr(self, name)
            if value != getattr(usual, name):
                yield name, value[0] if name == "target" and len(value) == 1 else value


_LADDER = tuple(each.name for each in fields(Question) if each.name not in ("source", *_READ))
