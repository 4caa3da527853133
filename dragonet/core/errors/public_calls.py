"""The edge of the package: errors that leave a public method are for users."""

import functools
import inspect
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from dragonet.core.errors.unknown_names import did_you_mean

_Function = TypeVar("_Function", bound=Callable[..., Any])


def user_facing(function: _Function) -> _Function:
    """A public method whose errors are for users: the nearest name for an unknown argument, and none of JAX's own frames."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (ValueError, TypeError) as failure:
            try:  # only after a failure, as a right call should not pay for it
                signature.bind(*args, **kwargs)
            except TypeError as mistake:
                raise wrong_arguments(function.__name__, signature, kwargs, mistake) from None
            # JAX adds its internal frames, and a note about them, to errors raised while it traces.
            if hasattr(failure, "__notes__"):
                failure.__notes__ = [note for note in failure.__notes__ if "JAX" not in note]
            cause = failure.__cause__
            if cause is not None and "JAX" in str(cause):
                failure.__cause__, failure.__suppress_context__ = None, True
            raise failure.with_traceback(_without_jax(failure.__traceback__)) from failure.__cause__
        except RuntimeError as failure:
            if "RESOURCE_EXHAUSTED" not in str(failure):
                raise
            raise MemoryError(
                f"{function.__name__} needs more memory than the system gives. Take a smaller batch_size, or "
                f"fewer or narrower layers."
            ) from failure

    return cast(_Function, call)


def wrong_arguments(
    who: str, signature: inspect.Signature, keywords: Mapping[str, Any], failure: TypeError
) -> TypeError:
    """The sentence for an unknown argument, with the nearest name, or for a missing or surplus one."""
    names = [name for name in signature.parameters if name != "self" and not name.startswith("_")]
    for name in keywords:
        if name not in names:
            from dragonet.core.keras_names.old_arguments import today  # needed only after a mistake

            return TypeError(f"{who} has no argument {name!r}. {today(who, name, names) or did_you_mean(name, names)}")
    return TypeError(f"{who}: {failure}. Its arguments are {', '.join(names)}.")


def _without_jax(traceback: types.TracebackType | None) -> types.TracebackType | None:
    if traceback is None:
        return None
    rest = _without_jax(traceback.tb_next)
    if {"jax", "jaxlib"} & set(Path(traceback.tb_frame.f_code.co_filename).parts):
        return rest
    return types.TracebackType(rest, traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno)
