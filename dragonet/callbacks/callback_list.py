"""CallbackList: many callbacks called as one, in order, and their states for a checkpoint."""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dragonet.callbacks.base import HOOKS, has_hook
from dragonet.callbacks.saving import SavesEvery
from dragonet.core import errors


class CallbackList:
    """Calls each of its callbacks; `on_epoch_end(epoch, logs)` and all the other hooks are here.

    callbacks: one or a (nested) list, Keras's own callbacks too; model and params are made known to each. A
    BackupAndRestore always comes last, so that what it saves holds what the others did at the same moment.
    Raises TypeError for a class, a function or anything else that is not a callback, and for a hook that does not take
    the arguments of that hook.

    >>> from dragonet.callbacks import LambdaCallback
    >>> each = CallbackList([LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs))])
    >>> each.on_epoch_end(3, {"loss": 0.5}); each.wants_batches()
    3 {'loss': 0.5}
    False
    """

    def __init__(self, callbacks: Any = None, model: Any = None, params: dict[str, Any] | None = None):
        self.callbacks = sorted(_flat(callbacks), key=lambda callback: getattr(callback, "_runs_last", False))
        for callback in self.callbacks:
            _check(callback)
            if model is not None:
                callback.set_model(model)
        if params:
            self.set_params(params)
        hooks = self._batch_hooks("train")
        self._counting = [hook.__self__ for hook in hooks if getattr(hook, "__func__", None) is _COUNTS]
        self._every_step = len(hooks) > len(self._counting)

    if TYPE_CHECKING:  # the hooks are set below

        def __getattr__(self, name: str) -> Callable: ...

    def set_params(self, params: dict[str, Any]) -> None:
        """Make the parameters of a training or test known to each."""
        for callback in self.callbacks:
            callback.set_params(params)

    def wants_batches(self, kind: str = "train") -> bool:
        """Whether any callback has a batch hook of this kind ('train', 'test', 'predict')."""
        return bool(self._batch_hooks(kind))

    def watches_epochs(self) -> bool:
        """Whether any callback may look at the model between two epochs."""
        watching = [callback for callback in self.callbacks if not getattr(callback, "_reads_logs_only", False)]
        return any(has_hook(callback, f"on_epoch_{when}") for callback in watching for when in ("begin", "end"))

    def _batch_hooks(self, kind: str) -> list:
        if not self.callbacks:
            return []
        kinds = [f"{kind}_batch"] + ["batch"] * (kind == "train")
        hooks = [f"on_{kind}_{when}" for kind in kinds for when in ("begin", "end")]
        return [getattr(callback, hook) for callback in self.callbacks for hook in hooks if has_hook(callback, hook)]

    def steps_until_hook(self) -> int | None:
        """After how many steps of fit `on_train_batch_end` must be called; None where no callback has such a hook."""
        if self._every_step:
            return 1
        return min((callback.steps_until_saving() for callback in self._counting), default=None)

    def passed(self, steps: int) -> None:
        """Tell the callbacks that count steps how many were made, before `on_train_batch_end` where it is due."""
        for callback in self._counting:
            callback.passed(steps)

    def states(self) -> list[dict[str, Any]]:
        """Each callback's class name and state, None where it has none, for a checkpoint."""
        return [
            {"class": type(callback).__name__, "state": callback.state() if hasattr(callback, "state") else None}
            for callback in self.callbacks
        ]

    def restore(self, states: list[dict[str, Any]], mid_epoch: bool = False) -> None:
        """Go on from what `states` gave; call it after `on_train_begin`.

        Raises ValueError where the callbacks are others than those of the checkpoint and, with mid_epoch, where one
        of them had no state.
        """
        wanted = [entry["class"] for entry in states]
        names = [type(callback).__name__ for callback in self.callbacks]
        if wanted != names:
            raise errors.value_error(
                "Resuming",
                f"the callbacks of the checkpoint, {_listed(wanted)}",
                _listed(names),
                "Give fit the same callbacks in the same order.",
            )
        stateless = [entry["class"] for entry in states if entry["state"] is None]
        if mid_epoch and stateless:
            raise errors.value_error(
                "Resuming in the middle of an epoch",
                "callbacks that know where they were",
                f"{_listed(stateless)} without a state",
                "Give it state(self) and restore(self, state), or resume from the end of an epoch.",
            )
        for callback, entry in zip(self.callbacks, states, strict=True):
            if entry["state"] is not None:
                callback.restore(entry["state"])


_COUNTS = SavesEvery.on_train_batch_end


def _to_each(hook: str) -> Callable:
    """The method of this name, which calls it of every callback."""

    def call_batch(self: CallbackList, batch: int, logs: dict | None = None) -> None:
        logs = {} if logs is None else logs
        for callback in self.callbacks:
            getattr(callback, hook)(batch, logs=logs)  # by name, as Keras does

    def call_epoch(self: CallbackList, epoch: int, logs: dict | None = None) -> None:
        logs = {} if logs is None else logs
        for callback in self.callbacks:
            getattr(callback, hook)(epoch, logs)

    def call_once(self: CallbackList, logs: dict | None = None) -> None:
        logs = {} if logs is None else logs
        for callback in self.callbacks:
            getattr(callback, hook)(logs)

    call: Callable = call_batch if "batch" in hook else call_epoch if "epoch" in hook else call_once
    call.__name__ = hook
    call.__doc__ = f"Call every callback's {hook}."
    return call


for _hook in HOOKS:
    setattr(CallbackList, _hook, _to_each(_hook))


def _flat(callbacks: Any) -> list:
    if callbacks is None:
        return []
    if isinstance(callbacks, CallbackList):
        return callbacks.callbacks
    if isinstance(callbacks, list | tuple):
        return [callback for part in callbacks for callback in _flat(part)]
    return [callbacks]


def _check(callback: Any) -> None:
    if inspect.isclass(callback):
        raise errors.type_error(
            "callbacks", "objects", f"the class {callback.__name__}", f"Write {callback.__name__}()."
        )
    if not all(hasattr(callback, name) for name in (*HOOKS, "set_model", "set_params")):
        raise errors.type_error(
            "callbacks",
            "objects derived from dragonet.callbacks.Callback",
            errors.short_repr(callback),
            "Write LambdaCallback(on_epoch_end=...)." if callable(callback) else "",
        )
    for hook in HOOKS:
        if has_hook(callback, hook):
            _check_arguments(callback, hook)


def _check_arguments(callback: Any, hook: str) -> None:
    """Refuse a hook that cannot be called, before the training and not at the end of its first epoch."""
    try:
        signature = inspect.signature(getattr(callback, hook))
    except ValueError:  # some functions written in C have none
        return
    try:
        if "batch" in hook:
            signature.bind(0, logs={})
        else:
            signature.bind(*([0] if "epoch" in hook else []), {})
    except TypeError:
        needs = "(batch, logs=None)" if "batch" in hook else "(epoch, logs=None)" if "epoch" in hook else "(logs=None)"
        raise errors.type_error(f"{type(callback).__name__}.{hook}", f"to take {needs}", str(signature)) from None


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
