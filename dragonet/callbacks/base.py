"""Callback: the hooks that fit, evaluate and predict call, all doing nothing until a subclass says otherwise."""

from collections.abc import Callable
from typing import Any

from dragonet.core.configurable import Configurable
from dragonet.core.keras_names import ignored_methods

HOOKS = (
    *(f"on_{kind}_{when}" for kind in ("train", "test", "predict", "epoch") for when in ("begin", "end")),
    *(f"on_{kind}_batch_{when}" for kind in ("train", "test", "predict") for when in ("begin", "end")),
    "on_batch_begin",
    "on_batch_end",
)


def idle(hook: Callable) -> Callable:
    """Mark a hook as doing nothing, by the same mark as Keras, so that Keras's own callbacks are understood too."""
    hook._is_default = True
    return hook


def idle_when(condition: Callable[[Any], bool]) -> Callable[[Callable], Callable]:
    """Mark a hook as doing nothing where condition(callback) holds."""

    def mark(hook):
        hook._is_default = condition
        return hook

    return mark


def has_hook(callback: Any, hook: str) -> bool:
    """Whether a hook of a callback does anything."""
    mark = getattr(getattr(callback, hook), "_is_default", False)
    return not (mark(callback) if callable(mark) else mark)


class Callback:
    """Base of all callbacks, Keras's too: override the hooks that you need.

    `self.model` is the model, `self.params` a dict with epochs, steps, verbose and validation (whether there is any).
    `logs` holds the metrics as Python floats; at an epoch's end those of the validation too, called val_...; what a
    hook adds to it is in the history. `self.model.stop_training = True` ends fit. A batch hook makes the training
    slower: the engine then returns after every step. A callback that can go on after a restart in the middle of an
    epoch also has `state` and `restore`.

    >>> class Report(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(f"epoch {epoch + 1}: loss {logs['loss']}")
    >>> Report().on_epoch_end(0, {"loss": 0.5})
    epoch 1: loss 0.5
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        ignored_methods.refuse_misspelt(cls, HOOKS)

    params: dict[str, Any] | None = None  # on the class, for subclasses that do not call super().__init__()
    _model: Any = None
    _reads_logs_only = False  # whether its on_epoch_end reads nothing but the logs, so that it may come a moment later
    _runs_last = False  # whether its hooks come after those of the callbacks behind it in the list

    def set_params(self, params: dict[str, Any]) -> None:
        """Called before training."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Called before training."""
        self._model = model

    @property
    def model(self) -> Any:
        """The model that is trained."""
        return self._model

    def state(self) -> dict[str, Any] | None:
        """What a checkpoint must hold to go on: JSON values and NumPy arrays, nested in dicts and lists.

        None: this callback cannot be resumed in the middle of an epoch.
        """
        return None

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state()`; called after `on_train_begin`."""

    @idle
    def on_train_begin(self, logs: dict | None = None) -> None:
        """Called at the start of fit."""

    @idle
    def on_train_end(self, logs: dict | None = None) -> None:
        """Called at the end of fit, however it ended, with the logs of the last epoch."""

    @idle
    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Called before an epoch of fit; epochs count from 0."""

    @idle
    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Called after an epoch of fit and its validation."""

    @idle
    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Called before a step of fit; batches count from 0 in each epoch."""
        self.on_batch_begin(batch, logs=logs)

    @idle
    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Called after a step of fit, with the metrics of the epoch so far."""
        self.on_batch_end(batch, logs=logs)

    @idle
    def on_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Another name for `on_train_batch_begin`."""

    @idle
    def on_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Another name for `on_train_batch_end`."""

    @idle
    def on_test_begin(self, logs: dict | None = None) -> None:
        """Called before evaluate, and before the validation in fit."""

    @idle
    def on_test_end(self, logs: dict | None = None) -> None:
        """Called after evaluate, and after the validation in fit."""

    @idle
    def on_test_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Called before a batch of evaluate or of the validation."""

    @idle
    def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Called after a batch of evaluate or of the validation."""

    @idle
    def on_predict_begin(self, logs: dict | None = None) -> None:
        """Called before predict."""

    @idle
    def on_predict_end(self, logs: dict | None = None) -> None:
        """Called after predict."""

    @idle
    def on_predict_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Called before a batch of predict."""

    @idle
    def on_predict_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Called after a batch of predict."""


class BuiltIn(Configurable, Callback):
    """dragonet's own callbacks: dataclasses that say by `_remembers` which attributes are their state."""

    _remembers: tuple[str, ...] = ()

    def state(self) -> dict[str, Any]:
        """The attributes that a checkpoint must hold."""
        return {name: getattr(self, name) for name in self._remembers}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state()`."""
        for name in self._remembers:
            setattr(self, name, state[name])
