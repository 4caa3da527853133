"""Errors and warnings in one form: who speaks, what it needs, what it got, what to write instead."""

import contextlib
import contextvars
import difflib
import dis
import functools
import inspect
import types
import warnings
from collections.abc import Callable, Generator, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

_Function = TypeVar("_Function", bound=Callable[..., Any])
_FEW = 24  # names that a message lists
_PACKAGE_FOLDER = Path(__file__).parents[1]
_captured: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("captured", default=None)
# A warning names none of their lines: the package, and what stands between its own frames or calls it for the user.
_PASSED_THROUGH = {"dragonet", "jax", "jaxlib", "contextlib", "functools", "joblib", "sklearn"}


class DragonetWarning(UserWarning):
    """Something that dragonet noticed and that the user should know; training goes on."""


def sentence(who: str, needs: str, got: str, fix: str = "") -> str:
    """'WHO needs NEEDS, but got GOT. FIX', the form of every refusal.

    >>> sentence("Dense", "units to be a whole number of at least 1", "0", "Write Dense(64).")
    'Dense needs units to be a whole number of at least 1, but got 0. Write Dense(64).'
    """
    return f"{who} needs {needs}, but got {got}." + (f" {fix}" if fix else "")


class DragonetError(Exception):
    """A refusal, in four parts: `who` speaks, what it `needs`, what it `got`, and the `fix`, which may be empty.

    Always a ValueError or a TypeError too. The parts become a sentence only where it is printed.

    >>> failure = value_error("Dense", "units to be a whole number of at least 1", "0", "Write Dense(64).")
    >>> failure.who, failure.got, failure.fix
    ('Dense', '0', 'Write Dense(64).')
    >>> print(failure)
    Dense needs units to be a whole number of at least 1, but got 0. Write Dense(64).
    """

    def __init__(self, who: str, needs: str, got: str, fix: str = "") -> None:
        super().__init__(who, needs, got, fix)
        self.who, self.needs, self.got, self.fix = who, needs, got, fix

    def __str__(self) -> str:
        return sentence(self.who, self.needs, self.got, self.fix)

    def __reduce__(self) -> tuple[Any, ...]:  # for copy and pickle: the parts as they are now, and the notes
        return type(self), (self.who, self.needs, self.got, self.fix), vars(self)


class DragonetValueError(DragonetError, ValueError):
    """A wrong value or shape."""


class DragonetTypeError(DragonetError, TypeError):
    """A wrong kind of thing."""


def value_error(who: str, needs: str, got: str, fix: str = "") -> DragonetValueError:
    """The error for a wrong value or shape, to be raised by the caller."""
    return DragonetValueError(who, needs, got, fix)


def type_error(who: str, needs: str, got: str, fix: str = "") -> DragonetTypeError:
    """The error for a wrong kind of thing, to be raised by the caller."""
    return DragonetTypeError(who, needs, got, fix)


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """The nearest of the options as a question, or all of them where none is near.

    >>> did_you_mean("rleu", ["relu", "tanh"])
    "Did you mean 'relu'?"
    >>> did_you_mean("foo", ["relu", "tanh"])
    "There are 'relu', 'tanh'."
    """
    options = [str(option) for option in options]
    by_lower = {option.lower(): option for option in reversed(options)}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    if not near:  # 'batchsize' for 'batch_size', 'adm' for 'adam'
        near = difflib.get_close_matches(name.lower().replace("_", ""), by_lower, n=1, cutoff=0.5)
    if near:
        return f"Did you mean {by_lower[near[0]]!r}?"
    if len(options) > _FEW:
        return f"There are {', '.join(map(repr, options[:_FEW]))} and {len(options) - _FEW} more."
    return "There are " + ", ".join(map(repr, options)) + "."


def absent_or_near(room: str, name: str, options: Iterable[str]) -> str:
    """What to use for a name that a module does not have: of Keras's that are not in dragonet, or the nearest that is.

    >>> absent_or_near("layers", "Densee", ["Dense", "Dropout"])
    "Did you mean 'Dense'?"
    >>> absent_or_near("layers", "lstm", ["Dense", "Softmax"])
    'Recurrent layers are not in dragonet yet; Conv1D and pooling learn from sequences too.'
    """
    from dragonet.core.keras_names import absent_names as absent  # a long table, needed only after a mistake

    options = [str(option) for option in options]
    path = f"{room}.{name}".lstrip(".")
    if advice := absent.advice(path):
        return advice
    hint = did_you_mean(name, [*options, *absent.names_in(room)])
    near = next((other for other in absent.names_in(room) if hint == f"Did you mean {other!r}?"), None)
    if near is None or difflib.SequenceMatcher(None, name.lower(), near.lower()).ratio() < 0.75:
        return did_you_mean(name, options)
    return f"{near!r}: {absent.advice(f'{room}.{near}'.lstrip('.'))}"


_ROOMS = {
    "loss": "losses",
    "metric": "metrics",
    "optimizer": "optimizers",
    "activation": "activations",
    "initializer": "initializers",
    "regularizer": "regularizers",
    "constraint": "constraints",
}


def unknown_name(what: str, name: object, options: Iterable[str]) -> ValueError:
    """The error for a name that is not in a list.

    >>> unknown_name("activation", "rleu", ["relu", "tanh"])
    ValueError("There is no activation 'rleu'. Did you mean 'relu'?")
    """
    if what in _ROOMS:
        return ValueError(f"There is no {what} {name!r}. {absent_or_near(_ROOMS[what], str(name), options)}")
    return ValueError(f"There is no {what} {name!r}. {did_you_mean(str(name), options)}")


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


def reason(failure: BaseException) -> str:
    """An exception's message in one line; its name where the message is empty.

    >>> reason(ValueError("no.\\nmore")), reason(MemoryError())
    ('no', 'MemoryError')
    """
    lines = [line.strip() for line in str(failure).splitlines() if line.strip()]
    return lines[0].rstrip(".")[:300] if lines else type(failure).__name__


def is_sentence(failure: BaseException) -> bool:
    """Whether an error is one of dragonet's sentences, and not another library's message."""
    text = str(failure)
    return isinstance(failure, ValueError | TypeError | ImportError) and " needs " in text and text.endswith((".", "?"))


def short_repr(thing: Any, width: int = 60) -> str:
    """A value as a user would recognise it, short enough for one sentence.

    >>> short_repr([1, 2]), short_repr("a" * 100, width=10)
    ('[1, 2]', "'aaaaaa...")
    """
    if hasattr(thing, "shape") and hasattr(thing, "dtype"):
        return f"an array of shape {tuple(thing.shape)} and dtype {thing.dtype}"
    text = repr(thing)
    return text if len(text) <= width else text[: width - 3] + "..."


def is_refusal(failure: BaseException) -> bool:
    """Whether an error was raised by a `raise` of dragonet's own, and so has a sentence for the user.

    >>> is_refusal(ValueError("created, but not raised"))
    False
    """
    traceback = failure.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None or _PACKAGE_FOLDER not in Path(traceback.tb_frame.f_code.co_filename).parents:
        return False
    code = traceback.tb_frame.f_code.co_code
    return code[traceback.tb_lasti] == dis.opmap["RAISE_VARARGS"]


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
