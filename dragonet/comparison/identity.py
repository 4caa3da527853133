"""What determines a model's result, as plain JSON: so that a result that is kept is used for the same model only."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dragonet.core import errors, serialization
from dragonet.data import fingerprints
from dragonet.interop import compile_config
from dragonet.models import Model


def of_network(model: Model) -> dict[str, Any]:
    """Its layers and their wiring, what it was compiled with, and its first weights.

    Raises TypeError or ValueError for functions that have no name. The code of a user's own layers and functions is not looked at.
    """
    return {
        "config": _without_names(serialization.to_json(model)),
        "compiled": _without_names(compile_config.to_config(model)),
        "engine": model.training_state.chosen_engine,
        "weights": fingerprints.hash_contents(*model.get_weights()) if model.built else "",
    }


def of_estimator(estimator: Any) -> dict[str, Any]:
    """Its class and its parameters; those that are no JSON by what is printed of them."""
    settings = estimator.get_params() if hasattr(estimator, "get_params") else vars(estimator)
    kind = type(estimator)
    return {
        "class": f"{kind.__module__}.{kind.__qualname__}",
        "parameters": {name: plain(value, or_printed=True) for name, value in settings.items()},
    }


def plain(value: Any, or_printed: bool = False) -> Any:
    """A value as JSON, arrays and tables by their fingerprints.

    or_printed: anything else by its repr. Raises ValueError for it otherwise.

    >>> plain({"epochs": 3, "rates": (0.1, 0.2)})
    {'epochs': 3, 'rates': [0.1, 0.2]}
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(name): plain(each, or_printed) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each, or_printed) for each in value]
    if isinstance(value, np.ndarray) or hasattr(value, "iloc"):
        return fingerprints.hash_contents(value)
    if or_printed:
        return repr(value)
    raise errors.value_error(
        "compare(folder=...)",
        "arguments of fit that can be written down, as the results that are kept are named by them",
        errors.short_repr(value),
        "Leave the folder or the argument out.",
    )


def _without_names(config: Any) -> Any:
    """The config without the names of layers, on which no number depends."""
    if isinstance(config, Mapping):
        return {key: _without_names(value) for key, value in config.items() if key != "name"}
    return [_without_names(each) for each in config] if isinstance(config, list | tuple) else config
