"""What all schedules share, and how one is read from its config."""

# JAX's functions of arrays are partly without types.
# pyright: reportUnknownMemberType=false

import sys
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core import arguments, checks, errors
from dragonet.core.configurable import Configurable, lookup
from dragonet.core.custom_objects import custom_object_scope
from dragonet.core.keras_names import ignored_methods
from dragonet.core.serialization import to_json


class LearningRateSchedule(Configurable):
    """The learning rate η of each step t, counted from 0; one of your own is a class derived from it, or a function.

    >>> class Hyperbola(LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 1 / (step + 1)
    >>> Hyperbola()(3)
    0.25
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        ignored_methods.refuse(cls, "schedule", ignored_methods.SCHEDULE)

    def __call__(self, step: jax.Array | int) -> jax.Array:
        """The learning rate of a step."""
        raise errors.type_error(f"The schedule {type(self).__name__}", "a function __call__(self, step)", "none")

    def _check(self, steps: str, *rates: str) -> None:
        """A number of steps above 0, and rates that are numbers from 0 on."""
        checks.positive(type(self).__name__, steps, getattr(self, steps))
        for rate in rates:
            checks.number(type(self).__name__, rate, getattr(self, rate), least=0)


def as_float(step: jax.Array | int) -> jax.Array:
    """A step's number to compute with."""
    return jnp.asarray(step, float)


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """The class name and arguments of a schedule, as JSON values.

    >>> from dragonet.optimizers.schedules import CosineDecay
    >>> serialize(CosineDecay(0.1, 100))["module"]
    'keras.optimizers.schedules'
    """
    return to_json(learning_rate_schedule)


@arguments.checked
def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Callable[..., Any]:
    """The schedule that `serialize` wrote; classes of the user's are found in custom_objects or the registry."""
    with custom_object_scope(custom_objects):
        return lookup("schedule", config, sys.modules["dragonet.optimizers.schedules"])
