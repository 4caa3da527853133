"""Recipe: what a run was asked to do, in so few words that it can be done again."""

from dataclasses import dataclass
from typing import Any

from dragonet.core import checks, errors
from dragonet.engines import ENGINES

DEVICES = ("auto", "cpu", "gpu", "tpu")


@dataclass(frozen=True)
class Usual:
    """How a data set is usually trained: its models with Adam's learning rate for each, the usual model first."""

    models: dict[str, float]
    epochs: int
    batch_size: int = 32


# The tutorials' settings for mnist and for the dragons' mlp; the others learn their data in as many epochs.
USUAL = {
    "mnist": Usual({"cnn": 1e-3, "mlp": 1e-3, "logistic": 1e-3}, epochs=3),
    "digits": Usual({"mlp": 3e-3, "cnn": 1e-3, "logistic": 1e-2}, epochs=20),
    "dragons": Usual({"mlp": 2e-4, "logistic": 5e-3}, epochs=25, batch_size=1),
}


@dataclass(frozen=True)
class Recipe:
    """All that decides a run's numbers, but for the versions and the machine.

    Raises ValueError, with the nearest name, for a data set, model, engine or device that there is not.

    >>> Recipe.of("digits")
    Recipe(data='digits', model='mlp', epochs=20, batch_size=32, learning_rate=0.003, seed=0, engine='auto',
        device='auto')
    """

    data: str
    model: str
    epochs: int
    batch_size: int
    learning_rate: float
    seed: int = 0
    engine: str = "auto"
    device: str = "auto"

    def __post_init__(self) -> None:
        _check_names(self.data, self.model)
        for name in ("epochs", "batch_size"):
            checks.whole("train", name, getattr(self, name))
        checks.whole("train", "seed", self.seed, least=0)
        checks.positive("train", "learning_rate", self.learning_rate)
        for name, options in (("engine", ENGINES), ("device", DEVICES)):
            if getattr(self, name) not in options:
                raise errors.unknown_name(name, getattr(self, name), options)

    @classmethod
    def of(cls, data: str, model: str | None = None, epochs: int | None = None, **more: Any) -> "Recipe":
        """The usual recipe for a data set, but for what is given."""
        _check_names(data, model)
        usual = USUAL[data]
        model = model or next(iter(usual.models))
        epochs = usual.epochs if epochs is None else epochs
        return cls(data, model, epochs, usual.batch_size, usual.models[model], **more)


def _check_names(data: str, model: str | None) -> None:
    if data not in USUAL:
        raise errors.unknown_name("data set", data, USUAL)
    models = USUAL[data].models
    if model is not None and model not in {name for usual in USUAL.values() for name in usual.models}:
        raise errors.unknown_name("model", model, models)
    if model is not None and model not in models:
        raise errors.value_error(
            f"The model {model!r}",
            "images",
            f"the table {data}",
            f"For {data} there are {' and '.join(map(repr, models))}.",
        )
