"""What `compile` was given, as Keras's JSON and back."""

from collections.abc import Mapping
from typing import Any

from dragonet.core import errors
from dragonet.core.serialization import from_json, to_json

_ARGUMENTS = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")


def to_config(model: Any) -> dict[str, Any]:
    """The arguments of `compile`, empty for a model that was not compiled.

    Notes, and gives none, where one of them is code that no file can hold: a lambda, or a transformation of Optax's.
    """
    if not model.compiled:
        return {}
    given = model.compile_arguments() | {"optimizer": model.optimizer}
    try:
        if "objective" in given:
            raise errors.type_error("A saved config", "a loss", "an objective of your own, which is code")
        if hasattr(model.optimizer, "transformation"):
            raise errors.type_error(
                "A saved config", "an optimizer of dragonet's", "a transformation of Optax's, which is code"
            )
        config = {name: to_json(given[name]) for name in _ARGUMENTS}
    except TypeError as failure:
        errors.warn(
            f"The model is saved without what compile was given. {failure} Compile it again after loading.",
        )
        return {}
    # The rest are Keras's arguments, which it expects to find.
    return config | {"run_eagerly": False, "steps_per_execution": 1, "jit_compile": "auto"}


def compile_from(model: Any, config: Mapping[str, Any]) -> None:
    """Compile a model as a file says.

    Raises ValueError for a loss, metric or optimizer that is not known, with the advice to pass it or leave it out.
    """
    try:
        model.compile(**{name: from_json(config.get(name)) for name in _ARGUMENTS})
    except (ValueError, TypeError) as failure:
        raise ValueError(f"{failure} With load_model(path, compile=False) it is not needed.") from None
