"""CallScope: what layers called inside a layer's own `call` share: values of variables, training or not, keys, losses, masks."""

import contextlib
import contextvars
from collections.abc import Generator
from typing import Any

import jax

from dragonet import random

_current: contextvars.ContextVar["CallScope | None"] = contextvars.ContextVar("call_scope", default=None)


class CallScope:
    """One run of a `call` and of all layers called in it.

    values: the arrays that stand for variables, by the variables' ids. None in a call on arrays outside of any compiled
    function, where assignments go to the variables themselves; else they go to `values`, and the run is a pure function.
    trainable: by the layers' ids, whether a layer is trainable, where that is an argument of a compiled step.
    """

    def __init__(
        self,
        values: dict[int, Any] | None,
        training: Any = False,
        key: jax.Array | None = None,
        trainable: dict[int, Any] | None = None,
    ):
        self.values, self.training, self.trainable = values, training, trainable or {}
        self.losses: list[Any] = []
        self.has_drawn = False  # whether a random number was asked for
        self._key, self._draws = key, 0
        self._masks: dict[int, tuple[Any, Any]] = {}  # by the arrays' ids; holds the arrays, so that ids stay theirs

    def next_key(self) -> jax.Array:
        """A key that this run has not used yet."""
        self.has_drawn = True
        self._draws += 1
        return random.next_session_key() if self._key is None else jax.random.fold_in(self._key, self._draws)

    def is_trainable(self, layer: Any) -> Any:
        """Whether a layer is trainable; may be an array that is an argument of the compiled step."""
        return self.trainable.get(id(layer), layer.trainable)

    def mask_of(self, nest: Any) -> Any:
        """The mask that came with an array; for a list of arrays a list, None where none of them has a mask."""
        if isinstance(nest, list | tuple):
            masks = [self.mask_of(item) for item in nest]
            return masks if any(mask is not None for mask in masks) else None
        return self._masks.get(id(nest), (None, None))[1]

    def set_mask(self, nest: Any, mask: Any) -> None:
        """Let a mask go on with an array, or the masks of a list with its arrays."""
        if isinstance(nest, list | tuple) and isinstance(mask, list | tuple):
            for item, item_mask in zip(nest, mask, strict=False):
                self.set_mask(item, item_mask)
        elif mask is not None:
            for array in jax.tree.leaves(nest):
                self._masks[id(array)] = array, mask


def current() -> CallScope | None:
    """The run that is under way in this thread."""
    return _current.get()


@contextlib.contextmanager
def entered(scope: CallScope) -> Generator[CallScope]:
    """Within it, layers that are called belong to this run."""
    token = _current.set(scope)
    try:
        with random.drawing_from(scope.next_key):
            yield scope
    finally:
        _current.reset(token)
