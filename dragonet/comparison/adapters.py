"""Adapters: models of any kind, made anew for each seed, trained and asked in one way."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dragonet import losses
from dragonet.comparison import identity
from dragonet.core import errors, session
from dragonet.inspect.performance.classifier_outputs import classify
from dragonet.inspect.performance.labels import as_labels
from dragonet.models import Fleet, Model
from dragonet.training.data import arrays
from dragonet.training.fitting.compile_args import list_or_dict

_NEEDS = "a compiled model, a function that makes one, or an estimator with fit and predict"


def named(models: Any) -> dict[str, Any]:
    """The models by their names: those of a dict, or of a list, where a model's own name is taken.

    Raises TypeError for other things, ValueError for no models and for a name that two of them have.
    """
    if isinstance(models, Mapping):
        pairs = [(str(name), model) for name, model in models.items()]
    elif isinstance(models, Iterable) and not isinstance(models, str):
        pairs = [(getattr(model, "name", None) or _called(model), model) for model in models]
    else:
        raise errors.type_error(
            "compare", "a dict or a list of models", errors.short_repr(models), "Write compare({'small': model}, x, y)."
        )
    if not pairs:
        raise errors.value_error("compare", "at least one model", "none")
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise errors.value_error(
            "compare",
            "a name of its own for each model",
            f"{twice!r} twice",
            "Write a dict: {'one': model, 'other': model}.",
        )
    return dict(pairs)


def _called(model: Any) -> str:
    name = getattr(model, "__name__", type(model).__name__)
    return "function" if name == "<lambda>" else name


class Targets:
    """y as estimators take it (`raw`) and as networks do (`coded`, in which words are numbered in their sorted order)."""

    def __init__(self, y: Any):
        self.raw = arrays.array("y", y, words=True)
        if self.raw.ndim == 2 and self.raw.shape[1] == 1:
            self.raw = self.raw[:, 0]
        self.words = np.unique(self.raw) if self.raw.dtype.kind == "U" else None
        self.coded = self.raw if self.words is None else np.searchsorted(self.words, self.raw).astype(np.int32)

    def labels(self, rows: np.ndarray | slice) -> np.ndarray:
        """The class numbers of some rows; one-hot rows become numbers."""
        return as_labels(self.coded[rows], "compare")


class Network:
    """A model of dragonet: a copy, or what a function made, with the seed's own weights, order and dice."""

    def __init__(self, name: str, model: Any, seed: int):
        self.name, self._fleet = name, Fleet(model, seeds=[seed])

    @property
    def model(self) -> Model:
        """The model that is trained."""
        return self._fleet.members[0]

    def identity(self) -> dict[str, Any]:
        """What determines its result beside rows and seed, as JSON."""
        return identity.of_network(self.model)

    def classifies(self, y: Targets) -> bool:
        """Whether its loss is one of classes."""
        return "rossentropy" in self._loss(y)

    def _loss(self, y: Targets) -> str:
        loss = list_or_dict(self.model.loss)
        loss = next(iter(loss.values())) if isinstance(loss, Mapping) else loss
        return type(losses.as_loss(loss, y.coded.shape, (None, 2))).__name__

    def train(self, x: Any, y: Targets, rows: np.ndarray, fit: Mapping[str, Any]) -> None:
        """Fit on these rows; Ctrl-C ends all."""
        targets = y.coded[rows]
        if y.words is not None and self._loss(y).startswith("Categorical"):
            targets = np.eye(len(y.words), dtype=np.float32)[targets]
        self._fleet.fit(taken(x, rows), targets, verbose=0, **fit)
        if self.model.history is not None and self.model.history.stopped == "interrupted":
            raise KeyboardInterrupt

    def labels(self, x: Any, y: Targets, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The right class of each row, and the class that it says."""
        index, _, classes = classify("compare", self.model, taken(x, rows))
        return y.labels(rows), classes[index]

    def numbers(self, x: Any, y: Targets, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The right numbers, and its outputs."""
        outputs = self.model.predict(taken(x, rows), verbose=0)
        if not isinstance(outputs, np.ndarray):
            raise errors.value_error("compare", "models of one output", f"{len(outputs)} outputs from {self.name!r}")
        return y.coded[rows], outputs


class Estimator:
    """Anything with scikit-learn's fit and predict: a clone, whose random_state is the seed."""

    def __init__(self, name: str, estimator: Any, seed: int):
        from sklearn.base import clone

        self.name = name
        self.estimator: Any = clone(estimator, safe=False)
        settings = self.estimator.get_params() if hasattr(self.estimator, "get_params") else {}
        draws = {setting: seed for setting in settings if setting.split("__")[-1] == "random_state"}
        if draws:
            self.estimator.set_params(**draws)

    def identity(self) -> dict[str, Any]:
        """What determines its result beside rows and seed, as JSON."""
        return identity.of_estimator(self.estimator)

    def classifies(self, y: Targets) -> bool:
        """Whether it says that it does, or where it says nothing, whether y are words or whole numbers."""
        from sklearn.base import BaseEstimator, is_classifier

        if isinstance(self.estimator, BaseEstimator):
            return is_classifier(self.estimator)
        return y.words is not None or y.raw.dtype.kind in "iub"

    def train(self, x: Any, y: Targets, rows: np.ndarray, fit: Mapping[str, Any]) -> None:
        """Fit on these rows; what `fit` holds is for networks."""
        one_hot = y.raw.ndim == 2 and self.classifies(y)
        self.estimator.fit(taken(x, rows), y.labels(rows) if one_hot else y.raw[rows])

    def labels(self, x: Any, y: Targets, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The right class of each row, and the class that it says."""
        right = y.labels(rows) if y.raw.ndim == 2 else y.raw[rows]
        return right, np.asarray(self.estimator.predict(taken(x, rows)))

    def numbers(self, x: Any, y: Targets, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The right numbers, and what it predicts; for classes their probabilities, of two that of the later one."""
        if not self.classifies(y):
            return y.raw[rows], np.asarray(self.estimator.predict(taken(x, rows)))
        index, p, classes = classify("compare", self.estimator, taken(x, rows))
        places = classes.astype(int) if y.words is None else np.searchsorted(y.words, classes)
        shares = np.zeros((len(rows), int(y.labels(slice(None)).max()) + 1), np.float32)
        shares[:, places] = np.eye(len(classes))[index] if p is None else p
        return y.coded[rows], shares[:, 1:] if shares.shape[1] == 2 else shares


def adapt(name: str, model: Any, seed: int) -> Network | Estimator:
    """A user's model, or what a function makes, anew for a seed.

    Raises ValueError for what cannot be trained, or was not compiled.
    """
    if callable(model) and not isinstance(model, Model):
        with session.started_over(seed):
            made: Any = model()
        if isinstance(made, Model) and made.history is not None:
            raise errors.value_error(
                "compare",
                "a function that makes a new model each time it is called",
                f"one that was trained already, for {name!r}",
            )
        if isinstance(made, Model) and made.compiled:
            return Network(name, lambda: made, seed)
        model = made
    if isinstance(model, Model):
        if not model.compiled:
            raise errors.value_error(
                "compare", _NEEDS, f"{name!r}, which was not compiled", "Call model.compile(...) first."
            )
        return Network(name, model, seed)
    if not (hasattr(model, "fit") and hasattr(model, "predict")):
        raise errors.value_error("compare", _NEEDS, f"{errors.short_repr(model)} for {name!r}")
    return Estimator(name, model, seed)


def taken(x: Any, rows: np.ndarray) -> Any:
    """Some rows of an array or a table."""
    return x.iloc[rows] if hasattr(x, "iloc") else x[rows]


def check_fit_arguments(names_given: Iterable[str], own: Iterable[str]) -> None:
    """Raise TypeError, with the nearest name, for what neither `compare` nor `Model.fit` takes."""
    names = [*own, *(name for name in inspect.signature(Model.fit).parameters if name != "self")]
    odd = next((name for name in names_given if name not in names), None)
    if odd is not None:
        raise TypeError(f"compare has no argument {odd!r}. {errors.did_you_mean(odd, names)}")
