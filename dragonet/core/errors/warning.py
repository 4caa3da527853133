"""Warnings that name the user's own line."""

import contextlib
import contextvars
import inspect
import types
import warnings
from collections.abc import Generator

_captured: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("captured", default=None)
# A warning names none of their lines: the package, and what stands between its own frames or calls it for the user.
_PASSED_THROUGH = {"dragonet", "jax", "jaxlib", "contextlib", "functools", "joblib", "sklearn"}


class DragonetWarning(UserWarning):
    """Something that dragonet noticed and that the user should know; training goes on."""

    __module__ = "dragonet.core.errors"  # the name in warnings and in their filters


def warn(message: str) -> None:
    """Show a warning at the user's own line, and add it to the list of the `capture_warnings` around it.

    The line is that of the nearest caller outside dragonet and outside the libraries that call dragonet back.
    """
    captured = _captured.get()
    if captured is not None and message not in captured:
        captured.append(message)
    frame = _user_frame()
    warnings.warn_explicit(
        message,
        DragonetWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=frame.f_globals.get("__name__", "<unknown module>"),
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )


def _user_frame() -> types.FrameType:
    """The nearest caller that is the user's; the outermost where there is none, as in a thread."""
    frame = inspect.currentframe()
    assert frame is not None  # CPython has frames
    while _package_of(frame) in _PASSED_THROUGH and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _package_of(frame: types.FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


@contextlib.contextmanager
def capture_warnings(messages: list[str]) -> Generator[None]:
    """Within it, the messages of `warn` in this thread are also added to a list, whatever the warnings' filters do.

    >>> messages = []
    >>> with capture_warnings(messages), warnings.catch_warnings(action="ignore"):
    ...     warn("The labels are sorted.")
    >>> messages
    ['The labels are sorted.']
    """
    outer = _captured.set(messages)
    try:
        yield
    finally:
        _captured.reset(outer)
