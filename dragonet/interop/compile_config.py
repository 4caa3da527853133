"""The arguments of `compile` as Keras's JSON, and back."""

from collections.abc import Mapping
from typing import Any

from dragonet.core import errors
from dragonet.core.serialization import from_json, to_json
from dragonet.models.model import Model

_ARGUMENTS = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")


def to_config(model: Model) -> dict[str, Any]:
    """The arguments of `compile`, empty for a model that was not compiled.

    Warns, and returns none, where one of them is code, which cannot be saved: a lambda, or an optimizer of Optax.
    """
    if not model.compiled:
        return {}
    args = model.compile_arguments() | {"optimizer": model.optimizer}
    try:
        if "objective" in args:
            raise errors.type_error("A saved config", "a loss", "an objective of your own, which is code")
        if hasattr(model.optimizer, "transformation"):
            raise errors.type_error(
                "A saved config", "an optimizer of dragonet", "a transformation of Optax, which is code"
            )
        config = {name: to_json(args[name]) for name in _ARGUMENTS}
    except TypeError as failure:
        errors.warn(
            f"The model is saved without the arguments of compile. {failure} Compile it again after loading.",
        )
        return {}
    # Keras expects these arguments too.
    return config | {"run_eagerly": False, "steps_per_execution": 1, "jit_compile": "auto"}


def compile_from(model: Model, config: Mapping[str, Any]) -> None:
    """Compile a model with the arguments in a file.

    Raises ValueError for an unknown loss, metric or optimizer, with the advice to pass it or to load without compile.
    """
    try:
        model.compile(**{name: from_json(config.get(name)) for name in _ARGUMENTS})
    except (ValueError, TypeError) as failure:
        raise ValueError(f"{failure} With load_model(path, compile=False) it is not needed.") from None
