"""Arguments are checked against their annotations, in one place for all public functions and classes.

`use_bias: bool` refuses "False", `epsilon: float` refuses nan, `model: Predictor` refuses None: the annotation that a reader
sees is the check that runs. What an annotation cannot say (a range, a shape) stays in the function, by `checks`.
"""

import collections.abc
import contextlib
import dataclasses
import functools
import inspect
import math
import numbers
import os
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, Union, runtime_checkable

from dragonet.core import errors

_Function = TypeVar("_Function", bound=Callable)
_Checks = tuple[tuple[str, Any], ...]  # the arguments that have an annotation to check, each with it


@runtime_checkable
class Numbers(Protocol):
    """The annotation of arrays of numbers: NumPy's, JAX's, tables, lists; not words, dates or objects."""

    def __array__(self) -> Any: ...


@runtime_checkable
class Predictor(Protocol):
    """The annotation of whatever has a `predict`: a model, a Fleet, an estimator of scikit-learn."""

    def predict(self, x: Any) -> Any: ...


@runtime_checkable
class Network(Protocol):
    """The annotation of models whose layers are looked into: a Sequential or a Model, no Fleet and no estimator."""

    def predict(self, x: Any) -> Any: ...
    def get_layer(self, name: Any) -> Any: ...
    def count_params(self) -> int: ...

    if TYPE_CHECKING:  # every network has these; reading `graph` fails before the input's shape is known

        @property
        def graph(self) -> Any: ...


_NAMED = {
    bool: "True or False",
    int: "a whole number",
    float: "a finite number",
    str: "a string",
    type(None): "None",
    dict: "a dict",
    Numbers: "an array of numbers",
    Predictor: "a model",
    Network: "a Sequential or a Model",
    os.PathLike: "a path",
    collections.abc.Callable: "a function",
    collections.abc.Mapping: "a dict",
    collections.abc.Sequence: "a list",
    collections.abc.Iterable: "a list",
    list: "a list",
    tuple: "a tuple",
    type: "a class",
}


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
    tests: list[tuple] = []  # filled by the first call, when all names of the function's module exist

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(places, args, strict=False)) | kwargs  # signature.bind takes longer than some of the functions
        if len(args) > len(places) or not kwargs.keys() <= names or not required <= given.keys():
            try:
                given = signature.bind(*args, **kwargs).arguments
            except TypeError as failure:
                mistake = errors.wrong_arguments(who, signature, kwargs, failure)
            else:
                mistake = None
            if mistake is not None:
                raise mistake
        if not tests:
            tests.extend(
                (name, _test(hint), hint)
                for name, hint in hints(function)
                if name not in leave and only in (None, hint)
            )
            tests.append((None, None, None))
        for name, test, hint in tests:
            if name in given and not test(given[name]):
                raise _mistake(who, name, hint, given[name])
        return function(*args, **kwargs)

    return call


flags_checked = functools.partial(checked, only=bool)  # for functions that check the rest in sentences that say more


def leaving(*names: str) -> Callable[[_Function], _Function]:
    """`checked`, but for arguments that the function checks itself in sentences that say more."""
    return functools.partial(checked, leave=names)


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
    def speak(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, NameError) as failure:
            if errors.is_refusal(failure):
                raise
            given = signature.bind(*args, **kwargs).arguments
            reason = (str(failure).splitlines() or [type(failure).__name__])[0].rstrip(".")
            make = errors.type_error if isinstance(failure, TypeError) else errors.value_error
        got = ", ".join(f"{name}={errors.short_repr(value)}" for name, value in given.items())
        raise make(function.__name__, "arguments that fit each other", f"{got}: {reason}")

    return speak


@functools.lru_cache(maxsize=1024)
def hints(function: Callable) -> _Checks:
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
    mistake = find_mistake(type(estimator).__name__, hints(type(estimator).__init__), estimator.get_params(deep=False))
    if mistake is not None:
        raise mistake


def find_mistake(who: str, annotations: _Checks, given: Mapping[str, Any]) -> TypeError | ValueError | None:
    """The sentence about the first argument that its annotation does not allow, or None."""
    for name, hint in annotations:
        if name in given and not fits(given[name], hint):
            return _mistake(who, name, hint, given[name])
    return None


def _mistake(who: str, name: str, hint: Any, value: Any) -> TypeError | ValueError:
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    make = (
        errors.value_error if is_number or (isinstance(value, str) and Literal in _origins(hint)) else errors.type_error
    )
    return make(who, f"{name} to be {described(hint)}", errors.short_repr(value))


def fits(value: Any, hint: Any) -> bool:
    """Whether an annotation allows a value.

    >>> fits(1, bool), fits("False", bool), fits(float("nan"), float), fits([1, "a"], list[int])
    (True, False, False, False)
    >>> import numpy as np
    >>> fits(np.arange(2), collections.abc.Sequence), fits("ab", collections.abc.Sequence)
    (True, False)
    """
    return _test(hint)(value)


@functools.lru_cache(maxsize=1024)
def _test(hint: Any) -> Callable[[Any], bool]:
    """The question that an annotation asks of a value."""
    if isinstance(hint, dataclasses.InitVar):
        return _test(hint.type)
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any or isinstance(hint, str | TypeVar | typing.ForwardRef):
        return lambda value: True
    if origin in (Union, types.UnionType):
        options = [_test(option) for option in inner]
        return lambda value: any(option(value) for option in options)
    if origin is Literal:
        return lambda value: any(type(value) is type(option) and value == option for option in inner)
    if hint is collections.abc.Sequence:  # of anything: an array is one too
        return lambda value: _is_series(value, [], False, False)
    if _is_array_type(hint):
        keys = hint if hint.__name__.endswith("Array") else ()  # a key of JAX's is an array and no number
        return lambda value: _is_numbers(value) or isinstance(value, keys)
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return lambda value: isinstance(value, Mapping)
    if isinstance(origin, type) and issubclass(origin, Iterable):
        several = inner if origin is tuple and inner and inner[-1] is not Ellipsis else inner[:1]
        items, fixed = (
            [_test(item) for item in several],
            len(several) > 1 or (origin is tuple and several == inner != ()),
        )
        return lambda value: _is_series(value, items, fixed, origin is collections.abc.Iterable)
    if hint in _SERIES:
        return lambda value: _is_series(value, [], False, hint is collections.abc.Iterable)
    if origin is not None:
        return callable if origin is collections.abc.Callable else lambda value: isinstance(value, origin)
    return lambda value: not isinstance(hint, type) or isinstance(value, hint)


def _is_array_type(hint: Any) -> bool:
    """Whether it is NumPy's or JAX's type of arrays; JAX need not be loaded for that."""
    return getattr(hint, "__name__", "").rsplit(".", 1)[-1] in ("Array", "ndarray") and (
        hint.__module__.split(".")[0] in ("numpy", "jax", "jaxlib")
    )


def _is_series(value: Any, items: list, is_fixed: bool, may_be_lazy: bool) -> bool:
    """Whether a value is several things, each of which passes its test; is_fixed: as many as there are tests."""
    if (
        isinstance(value, str | bytes | Mapping | type)
        or not isinstance(value, Iterable)
        or getattr(value, "shape", None) == ()
    ):
        return False
    if hasattr(value, "tolist") and hasattr(value, "ndim") and items:
        value = value.tolist()  # an array or a Series: its rows, which are lists where it has more axes
    if not isinstance(value, list | tuple):
        return may_be_lazy or hasattr(value, "__len__")
    if is_fixed:
        return len(value) == len(items) and all(test(item) for test, item in zip(items, value, strict=True))
    return not items or all(map(items[0], value))


def _is_bool(value: Any) -> bool:
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):  # NumPy's own
        return True
    return isinstance(value, numbers.Integral) and value in (0, 1)


def _is_int(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _is_float(value: Any) -> bool:
    if getattr(value, "shape", None) == () and hasattr(value, "dtype") and value.dtype.kind in "iuf":
        with contextlib.suppress(Exception):  # a tracer of JAX's has no value yet
            return math.isfinite(value)
        return True
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


def _is_numbers(value: Any) -> bool:
    import numpy as np

    if isinstance(value, str | bytes | None | Mapping | type):
        return False
    if hasattr(value, "dtype") and hasattr(value, "shape"):  # not copied, and JAX's tracers cannot be
        return getattr(value.dtype, "kind", "") in "biuf" or str(value.dtype) == "bfloat16"
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        return False
    return array.dtype.kind in "biuf" or (array.dtype.kind == "O" and hasattr(value, "columns"))


_SIMPLE = {
    bool: _is_bool,
    int: _is_int,
    float: _is_float,
    str: lambda value: isinstance(value, str),
    type(None): lambda value: value is None,
    None: lambda value: value is None,
    object: lambda value: True,
    Numbers: _is_numbers,
    collections.abc.Callable: callable,
    os.PathLike: lambda value: isinstance(value, os.PathLike),
}


def described(hint: Any) -> str:
    """What an annotation allows, in words.

    >>> described(float | None), described(list[int]), described(Literal["max", "min"])
    ('a finite number or None', 'several whole numbers', "'max' or 'min'")
    """
    if isinstance(hint, dataclasses.InitVar):
        hint = hint.type
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return _joined(described(option) for option in inner)
    if origin is Literal:
        return _joined(map(repr, inner))
    if _is_array_type(hint):
        return _NAMED[Numbers]
    if hint in _NAMED:
        return _NAMED[hint]
    if origin in _NAMED and (origin not in _SERIES or not inner or inner[0] is Any):
        return _NAMED[origin]
    if origin is tuple and inner and inner[-1] is not Ellipsis:
        return "(" + ", ".join(described(item) for item in inner) + ")"
    if origin is not None:
        return "several " + _plural(described(inner[0])) if inner else "a list"
    name = getattr(hint, "__name__", str(hint))
    return f"{'an' if name[:1] in 'AEIOU' else 'a'} {name}"


_SERIES = (collections.abc.Sequence, collections.abc.Iterable, list, tuple)


def _joined(options: Iterable[str]) -> str:
    *rest, last = dict.fromkeys(options)
    return f"{', '.join(rest)} or {last}" if rest else last


def _plural(words: str) -> str:
    return " or ".join(
        f"{word.split(' ', 1)[1]}s" if word[:2] in ("a ", "an") else word for word in words.split(" or ")
    )


def _origins(hint: Any) -> set:
    return {typing.get_origin(hint)} | {typing.get_origin(option) for option in typing.get_args(hint)}
