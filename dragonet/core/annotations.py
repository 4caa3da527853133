"""What an annotation allows: a test of a value, and the same in words.

`fits(value, hint)` answers for one value; `describe(hint)` is what a message says.
"""

import collections.abc
import contextlib
import dataclasses
import functools
import math
import numbers
import os
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, Union, cast, runtime_checkable

_FUNCTION: Any = collections.abc.Callable
Test = Callable[[Any], bool]  # whether an annotation allows a value

if TYPE_CHECKING:  # for a type checker the annotations are the types themselves
    from numpy.typing import ArrayLike as Numbers

    from dragonet.models.model import Model as Network
else:

    @runtime_checkable
    class Numbers(Protocol):
        """The annotation of arrays of numbers: NumPy's, JAX's, tables, lists; not words, dates or objects."""

        def __array__(self) -> Any: ...

    @runtime_checkable
    class Network(Protocol):
        """The annotation of models whose layers are looked into: a Sequential or a Model, no Fleet and no estimator."""

        def predict(self, x: Any) -> Any: ...
        def get_layer(self, name: Any) -> Any: ...
        def count_params(self) -> int: ...


@runtime_checkable
class Predictor(Protocol):
    """The annotation of whatever has a `predict`: a model, a Fleet, an estimator of scikit-learn."""

    def predict(self, x: Any) -> Any: ...


def fits(value: Any, hint: Any) -> bool:
    """Whether an annotation allows a value.

    >>> fits(1, bool), fits("False", bool), fits(float("nan"), float), fits([1, "a"], list[int])
    (True, False, False, False)
    >>> import numpy as np
    >>> fits(np.arange(2), collections.abc.Sequence), fits("ab", collections.abc.Sequence)
    (True, False)
    """
    return test_of(hint)(value)


@functools.lru_cache(maxsize=1024)
def test_of(hint: Any) -> Test:
    """The test that an annotation makes of a value."""
    if isinstance(hint, dataclasses.InitVar):
        return test_of(cast(Any, hint).type)
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any or isinstance(hint, str | TypeVar | typing.ForwardRef):
        return lambda value: True
    if origin in (Union, types.UnionType):
        options = [test_of(option) for option in inner]
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
    if hint in _SERIES or (isinstance(origin, type) and issubclass(origin, Iterable)):
        return _test_of_series(hint, origin, inner)
    if origin is not None:
        return callable if origin is _FUNCTION else lambda value: isinstance(value, origin)
    return lambda value: not isinstance(hint, type) or isinstance(value, hint)


def _test_of_series(hint: Any, origin: Any, inner: tuple[Any, ...]) -> Test:
    """The test for a list, a tuple, any other series of things, or a mapping."""
    if origin is None:
        return lambda value: _is_series(value, [], False, hint is collections.abc.Iterable)
    if issubclass(origin, Mapping):
        return lambda value: isinstance(value, Mapping)
    different = origin is tuple and len(inner) > 0 and inner[-1] is not Ellipsis
    items = [test_of(item) for item in (inner if different else inner[:1])]
    return lambda value: _is_series(value, items, different, origin is collections.abc.Iterable)


def _is_array_type(hint: Any) -> bool:
    """Whether it is NumPy's or JAX's type of arrays; JAX need not be loaded for that."""
    return getattr(hint, "__name__", "").rsplit(".", 1)[-1] in ("Array", "ndarray") and (
        hint.__module__.split(".")[0] in ("numpy", "jax", "jaxlib")
    )


def _is_series(value: Any, items: list[Test], is_fixed: bool, may_be_lazy: bool) -> bool:
    """Whether a value is several things, each of which passes its test; is_fixed: as many as there are tests."""
    is_several = isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping | type)
    if not is_several or getattr(cast(Any, value), "shape", None) == ():
        return False
    rows = _rows(cast(Any, value)) if items else cast(Any, value)
    if not isinstance(rows, list | tuple):
        return may_be_lazy or hasattr(rows, "__len__")
    things = cast(list[Any], rows)
    if is_fixed:
        return len(things) == len(items) and all(test(thing) for test, thing in zip(items, things, strict=True))
    return not items or all(map(items[0], things))


def _rows(value: Any) -> Any:
    """The rows of an array or a Series as a list, with lists in it where there are more axes; else the value."""
    return value.tolist() if hasattr(value, "tolist") and hasattr(value, "ndim") else value


def _is_bool(value: Any) -> bool:
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):  # NumPy's own
        return True
    return isinstance(value, numbers.Integral) and value in (0, 1)


def is_int(value: Any) -> bool:
    """Whether a value is a whole number, Python's or NumPy's, and no boolean."""
    return not isinstance(value, bool) and isinstance(value, numbers.Integral)


def is_number(value: Any) -> bool:
    """Whether a value is a number, Python's or NumPy's, and no boolean; it may be infinite."""
    return not isinstance(value, bool) and isinstance(value, numbers.Real)


def _is_float(value: Any) -> bool:
    if getattr(value, "shape", None) == () and hasattr(value, "dtype") and value.dtype.kind in "iuf":
        with contextlib.suppress(Exception):  # a tracer of JAX's has no value yet
            return math.isfinite(value)
        return True
    return is_number(value) and math.isfinite(value)


def _is_numbers(value: Any) -> bool:
    import numpy as np  # here, as the command line checks its arguments without it

    if isinstance(value, str | bytes | None | Mapping | type):
        return False
    if hasattr(value, "dtype") and hasattr(value, "shape"):  # not copied, and JAX's tracers cannot be
        return getattr(value.dtype, "kind", "") in "biuf" or str(value.dtype) == "bfloat16"
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        return False
    return array.dtype.kind in "biuf" or (array.dtype.kind == "O" and hasattr(value, "columns"))


def _is_str(value: Any) -> bool:
    return isinstance(value, str)


def _is_none(value: Any) -> bool:
    return value is None


def _is_path(value: Any) -> bool:
    return isinstance(value, os.PathLike)


_SERIES = (collections.abc.Sequence, collections.abc.Iterable, list, tuple)
_SIMPLE: dict[Any, Test] = {
    bool: _is_bool,
    int: is_int,
    float: _is_float,
    str: _is_str,
    type(None): _is_none,
    None: _is_none,
    object: lambda value: True,
    Numbers: _is_numbers,
    _FUNCTION: callable,
    os.PathLike: _is_path,
}
_NAMES: dict[Any, str] = {
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
    _FUNCTION: "a function",
    collections.abc.Mapping: "a dict",
    collections.abc.Sequence: "a list",
    collections.abc.Iterable: "a list",
    list: "a list",
    tuple: "a tuple",
    type: "a class",
}


def describe(hint: Any) -> str:
    """What an annotation allows, in words.

    >>> describe(float | None), describe(list[int]), describe(Literal["max", "min"])
    ('a finite number or None', 'several whole numbers', "'max' or 'min'")
    """
    if isinstance(hint, dataclasses.InitVar):
        hint = cast(Any, hint).type
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return _join(describe(option) for option in inner)
    if origin is Literal:
        return _join(map(repr, inner))
    if _is_array_type(hint):
        return _NAMES[Numbers]
    if hint in _NAMES:
        return _NAMES[hint]
    if origin in _NAMES and (origin not in _SERIES or not inner or inner[0] is Any):
        return _NAMES[origin]
    if origin is tuple and inner and inner[-1] is not Ellipsis:
        return "(" + ", ".join(describe(item) for item in inner) + ")"
    if origin is not None:
        return "several " + _plural(describe(inner[0])) if inner else "a list"
    name = getattr(hint, "__name__", str(hint))
    return f"{'an' if name[:1] in 'AEIOU' else 'a'} {name}"


def _join(options: Iterable[str]) -> str:
    *rest, last = dict.fromkeys(options)
    return f"{', '.join(rest)} or {last}" if rest else last


def _plural(words: str) -> str:
    return " or ".join(
        f"{word.split(' ', 1)[1]}s" if word[:2] in ("a ", "an") else word for word in words.split(" or ")
    )


def has_literal(hint: Any) -> bool:
    """Whether an annotation names the allowed values themselves, alone or among others."""
    return Literal in {typing.get_origin(option) for option in (hint, *typing.get_args(hint))}
