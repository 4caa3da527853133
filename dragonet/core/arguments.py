"""Arguments are checked against their annotations, in one place for all public functions and classes.

`use_bias: bool` refuses "False", `epsilon: float` refuses nan, `model: Predictor` refuses None: the annotation that a reader
sees is the check that runs. What an annotation cannot say (a range, a shape) stays in the function, by `checks`.
"""

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from dragonet.core import errors
from dragonet.core.annotations import (
    Network,
    Numbers,
    Predictor,
    Test,
    describe,
    fits,
    has_literal,
    is_number,
    test_of,
)

__all__ = [
    "Network",
    "Numbers",
    "Predictor",
    "check_parameters",
    "checked",
    "explained",
    "find_mistake",
    "fits",
    "flags_checked",
    "hints",
    "leaving",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Hints = tuple[tuple[str, Any], ...]  # the arguments that have an annotation to check, each with it


def checked(function: _Function, *, only: type | None = None, leave: tuple[str, ...] = ()) -> _Function:
    """A public function that refuses arguments which its annotations do not allow, and names the unknown ones.

    only: an annotation; arguments that have another one are left to the function. leave: arguments that are left to it too.

    >>> @checked
    ... def blurred(x: Numbers, width: int = 3, edges: bool = True) -> Any:
    ...     return x
    >>> blurred([1.0], edges="False")
    Traceback (most recent call last):
    dragonet.core.errors.DragonetTypeError: blurred needs edges to be True or False, but got 'False'.
    >>> blurred([1.0], with_=4)
    Traceback (most recent call last):
    TypeError: blurred has no argument 'with_'. Did you mean 'width'?
    """
    signature = inspect.signature(function)
    who = function.__qualname__.split(".")[-2] if function.__name__ == "__init__" else function.__name__
    parameters = signature.parameters.values()
    places = tuple(p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD))
    required = {p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    names = signature.parameters.keys()
    tests: list[tuple[str, Test, Any]] | None = None  # made by the first call, when all names of the module exist

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal tests
        values = (
            dict(zip(places, args, strict=False)) | kwargs
        )  # signature.bind takes longer than some of the functions
        if len(args) > len(places) or not kwargs.keys() <= names or not required <= values.keys():
            values = _bind(who, signature, args, kwargs)
        if tests is None:
            tests = [
                (name, test_of(hint), hint)
                for name, hint in hints(function)
                if name not in leave and only in (None, hint)
            ]
        for name, test, hint in tests:
            if name in values and not test(values[name]):
                raise _mistake(who, name, hint, values[name])
        return function(*args, **kwargs)

    return typing.cast(_Function, call)


def _bind(who: str, signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments by name; raises the sentence for an unknown, missing or surplus one."""
    try:
        return signature.bind(*args, **kwargs).arguments
    except TypeError as failure:
        mistake = errors.wrong_arguments(who, signature, kwargs, failure)
    raise mistake


flags_checked = functools.partial(checked, only=bool)  # for functions that check the rest in sentences that say more


def leaving(*names: str) -> Callable[[_Function], _Function]:
    """`checked`, but for arguments that the function checks itself in sentences that say more."""

    def check(function: _Function) -> _Function:
        return checked(function, leave=names)

    return check


def explained(function: _Function) -> _Function:
    """A thin layer over JAX: where JAX fails, one sentence names the arguments instead of JAX's own frames.

    Not for functions that call a user's function, whose errors are the user's to see.

    >>> @explained
    ... def joined(x, y):
    ...     return x + y
    >>> joined([1], 2)
    Traceback (most recent call last):
    dragonet.core.errors.DragonetTypeError: joined needs arguments that fit each other, but got x=[1], y=2: can only ...
    """
    signature = inspect.signature(function)
    call = checked(function)

    @functools.wraps(function)
    def explain(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, NameError) as failure:
            if errors.is_refusal(failure):
                raise
            values = signature.bind(*args, **kwargs).arguments
            reason = (str(failure).splitlines() or [type(failure).__name__])[0].rstrip(".")
            make = errors.type_error if isinstance(failure, TypeError) else errors.value_error
        got = ", ".join(f"{name}={errors.short_repr(value)}" for name, value in values.items())
        raise make(function.__name__, "arguments that fit each other", f"{got}: {reason}")

    return typing.cast(_Function, explain)


@functools.lru_cache(maxsize=1024)
def hints(function: Callable[..., Any]) -> _Hints:
    """The annotations of a function's arguments that can be checked."""
    try:
        annotations = typing.get_type_hints(function)
    except NameError:  # of a user's own class, whose names this module cannot see
        return ()
    several = {
        p.name for p in inspect.signature(function).parameters.values() if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    }
    return tuple((n, hint) for n, hint in annotations.items() if hint is not Any and n != "return" and n not in several)


def check_parameters(estimator: Any) -> None:
    """The arguments of an estimator, which scikit-learn's rules leave unchecked until `fit`, by its annotations."""
    annotations = hints(type(estimator).__init__)
    mistake = find_mistake(type(estimator).__name__, annotations, estimator.get_params(deep=False))
    if mistake is not None:
        raise mistake


def find_mistake(who: str, annotations: _Hints, values: Mapping[str, Any]) -> errors.DragonetError | None:
    """The sentence about the first argument that its annotation does not allow, or None."""
    for name, hint in annotations:
        if name in values and not fits(values[name], hint):
            return _mistake(who, name, hint, values[name])
    return None


def _mistake(who: str, name: str, hint: Any, value: Any) -> errors.DragonetError:
    is_value = is_number(value) or (isinstance(value, str) and has_literal(hint))
    make = errors.value_error if is_value else errors.type_error
    return make(who, f"{name} to be {describe(hint)}", errors.short_repr(value))
