"""LambdaCallback: a callback from a few functions."""

from collections.abc import Callable
from typing import Any

from dragonet.callbacks.base import HOOKS, Callback
from dragonet.core import errors

_NAMES = (*HOOKS, "set_model", "set_params", "state", "restore")


class LambdaCallback(Callback):
    """Each function is called at its moment, with the arguments of the hook of that name.

    `on_test_begin=`, `on_predict_batch_end=` and the others are taken too. Functions that must remember something
    when a training is resumed come with state= and restore=; without, they are taken as having nothing to remember.
    Raises TypeError for a name that is no hook. After Keras.

    >>> LambdaCallback(on_epoch_end=lambda epoch, logs: print("epoch", epoch)).on_epoch_end(0, {})
    epoch 0
    """

    def __init__(
        self,
        on_epoch_begin: Callable | None = None,
        on_epoch_end: Callable | None = None,
        on_train_begin: Callable | None = None,
        on_train_end: Callable | None = None,
        on_train_batch_begin: Callable | None = None,
        on_train_batch_end: Callable | None = None,
        **kwargs: Callable,
    ):
        functions = dict(
            on_epoch_begin=on_epoch_begin,
            on_epoch_end=on_epoch_end,
            on_train_begin=on_train_begin,
            on_train_end=on_train_end,
            on_train_batch_begin=on_train_batch_begin,
            on_train_batch_end=on_train_batch_end,
            **kwargs,
        )
        for name, function in functions.items():
            if name not in _NAMES:
                raise TypeError(f"LambdaCallback has no hook {name!r}. {errors.did_you_mean(name, _NAMES)}")
            if function is not None:
                if not callable(function) or isinstance(function, type):
                    raise errors.type_error("LambdaCallback", f"a function for {name}", errors.short_repr(function))
                setattr(self, name, function)

    def state(self) -> dict[str, Any]:
        """Nothing."""
        return {}
