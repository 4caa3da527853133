"""Things whose fields are their configuration: printed, compared, saved and loaded from one list.

Layers, losses, metrics, optimizers, initializers, ... are dataclasses derived from `Configurable`; `lookup` finds one by the
name, class or config that stands for it.
"""

import dataclasses
import functools
import importlib
import inspect
import types
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self, TypeVar, cast

import numpy as np

from dragonet.core import arguments, errors, session
from dragonet.core.custom_objects import tables
from dragonet.core.serialization import HELPERS, from_json, is_ours, to_json

_Thing = TypeVar("_Thing")


class Checked(type):
    """Turns the three mistakes that are possible when a dataclass is constructed into sentences, then finishes the object."""

    @property
    def __signature__(cls) -> inspect.Signature:  # Python would otherwise show __call__'s (*args, **kwargs)
        of_init = inspect.signature(cls.__init__)
        return of_init.replace(parameters=list(of_init.parameters.values())[1:], return_annotation=of_init.empty)

    def __call__(cls: type[_Thing], *args: Any, **kwargs: Any) -> _Thing:  # the type of the object, for type checkers
        if "__dataclass_fields__" not in cls.__dict__ and inspect.get_annotations(cls):
            raise errors.type_error(
                f"class {cls.__name__}",
                "the decorator @dataclass above it",
                "none",
                "Its fields would not become arguments otherwise.",
            )
        try:
            thing: Any = super().__call__(*args, **kwargs)
        except Exception as failure:
            mistake = None if errors.is_refusal(failure) else _find_mistake(cls, args, kwargs)
            if mistake is None:
                raise
        else:
            # After __post_init__, whose own sentence says more: a range, what to write instead.
            mistake = _find_mistake(cls, args, kwargs)
            if mistake is None:
                thing._finish_init()
                return thing
        raise mistake


def _find_mistake(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> errors.DragonetError | TypeError | None:
    """The sentence for an unknown, missing or surplus argument, or for one that its annotation does not allow, or None."""
    signature = _signature(cls)
    try:
        values = signature.bind(*args, **kwargs).arguments
    except TypeError as failure:
        return errors.wrong_arguments(cls.__name__, signature, kwargs, failure)
    return arguments.find_mistake(cls.__name__, _annotations(cls), values)


@functools.lru_cache(maxsize=1024)
def _signature(cls: type) -> inspect.Signature:
    return inspect.signature(cls)


@functools.lru_cache(maxsize=1024)
def _annotations(cls: type) -> tuple[tuple[str, Any], ...]:
    """The annotations of dragonet's own arguments; those of a user's class are not checked."""
    ours = next(base for base in cls.__mro__ if is_ours(base))
    shared = inspect.signature(ours.__init__).parameters
    return tuple((name, hint) for name, hint in arguments.hints(cls.__init__) if cls is ours or name in shared)


class Configurable(metaclass=Checked):
    """The base of dataclasses whose fields are their config; `_not_saved` names the fields that a file does not need.

    Not itself a dataclass, so that a user's own class may be a frozen one or not, or as in Keras a plain class.
    """

    _not_saved: ClassVar[tuple[str, ...]] = ()
    _hidden_in_repr: tuple[str, ...] = ()  # fields that repr leaves out, such as a name that the user did not choose

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Set before a plain @dataclass looks, so that it keeps our repr instead of writing its own.
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = Configurable.__repr__

    def _finish_init(self) -> None:
        """After construction: lists become tuples, so that a config cannot change when its owner changes a list."""
        for field in _fields(self):
            value = getattr(self, field.name)
            if isinstance(value, list):
                object.__setattr__(self, field.name, _as_tuple(value))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal object, as plain JSON values.

        >>> from dragonet.initializers import RandomNormal
        >>> RandomNormal(stddev=0.1).get_config()
        {'mean': 0.0, 'stddev': 0.1, 'seed': None}
        """
        return {
            field.name: to_json(getattr(self, field.name))
            for field in _fields(self)
            if field.init and field.name not in self._not_saved
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The object that `get_config` described."""
        return cls(**{name: from_json(value) for name, value in config.items()})

    def resolved_defaults(self) -> dict[str, Any]:
        """What `__post_init__` makes of defaults where it changes them, 1 into (1, 1): repr leaves them out too."""
        return {}

    def __repr__(self) -> str:
        parts: list[str] = []
        resolved = self.resolved_defaults()
        for field in _fields(self):
            value = getattr(self, field.name)
            default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
            default = resolved.get(field.name, default)
            if field.init and field.repr and field.name not in self._hidden_in_repr and not _is_same(value, default):
                parts.append(f"{field.name}={value.__name__ if inspect.isfunction(value) else repr(value)}")
        return f"{type(self).__name__}({', '.join(parts)})"


def _fields(thing: object) -> list[dataclasses.Field[Any]]:
    """A class's own fields first, then those that it shares with all of its kind; none of what is no dataclass."""
    if not dataclasses.is_dataclass(thing):
        return []
    return sorted(dataclasses.fields(thing), key=lambda field: field.kw_only is True)


def _is_same(value: Any, default: Any) -> bool:
    """Whether a field's value is its default, or what the default stands for."""
    if default is dataclasses.MISSING:
        return False
    try:
        if default is None and to_json(value) == "linear":  # what no activation becomes
            return True
        return to_json(value) == to_json(default) or to_json(value) == to_json(_resolve_name(default))
    except (TypeError, ValueError):
        return value is default


def _resolve_name(default: Any) -> Any:
    """The object that a default stands for where it is written as a name: 'glorot_uniform'."""
    if isinstance(default, str):
        for room in ("initializers", "activations"):
            table = importlib.import_module(f"dragonet.{room}")
            try:
                return table.get(default)
            except ValueError:
                continue
    return default


def identity(value: Any) -> Any:
    """A hashable value, equal for objects that compute the same; functions and unknown objects stand for themselves.

    Names and `trainable` do not count: they change no formula.

    >>> from dragonet.layers import Dense
    >>> identity(Dense(3, name="a")) == identity(Dense(3, name="b")), identity(Dense(3)) == identity(Dense(4))
    (True, False)
    """
    # Only a dataclass itself: one that is derived from it without the decorator may have more than the fields tell.
    if isinstance(value, Configurable) and "__dataclass_fields__" in type(value).__dict__:
        fields = (
            field.name for field in dataclasses.fields(cast(Any, value)) if field.name not in ("name", "trainable")
        )
        own = vars(value)  # not what an attribute reads as: a Normalization that has adapted shows its variables
        return type(value), tuple(
            (name, identity(own[name] if name in own else getattr(value, name))) for name in fields
        )
    if isinstance(value, list | tuple):
        return tuple(identity(item) for item in cast(Iterable[Any], value))
    if isinstance(value, Mapping):
        return tuple((name, identity(item)) for name, item in cast(Mapping[Any, Any], value).items())
    if isinstance(value, slice):  # has no hash before Python 3.12
        part = cast(Any, value)
        return "slice", part.start, part.stop, part.step
    if isinstance(value, np.ndarray):
        array = cast(np.ndarray, value)
        return array.shape, str(array.dtype), array.tobytes()
    try:
        hash(value)
    except TypeError:
        return id(value)
    return type(value).__name__, value


def _as_tuple(value: Any) -> Any:
    return tuple(_as_tuple(item) for item in cast(Iterable[Any], value)) if isinstance(value, list | tuple) else value


# --- names where an object is meant ----------------------------------------------------------------------------------


def lookup(what: str, identifier: Any, table: types.ModuleType, aliases: Mapping[str, str] | None = None) -> Any:
    """The object that a string, a class, a JSON dict or the object itself stands for.

    A string may be the class's name ('GlorotUniform'), its snake case ('glorot_uniform') or an alias ('mse').
    Raises ValueError with the nearest name, TypeError for anything else.
    """
    if identifier is None:
        return None
    example = next(name for name in table.__all__ if name not in HELPERS)
    needs = f"the name of one ({example!r}), an object or a function"
    if isinstance(identifier, Mapping) and "class_name" not in identifier:
        raise errors.type_error(
            f"The {what}", needs, errors.short_repr(identifier), "A config is {'class_name': ..., 'config': {...}}."
        )
    if isinstance(identifier, Mapping):  # one without a module, as in Keras's own examples, is of this table
        config = dict(cast(Mapping[str, Any], identifier))
        return from_json({"module": f"keras.{table.__name__.removeprefix('dragonet.')}"} | config)
    if isinstance(identifier, str):
        names = {name: name for name in table.__all__ if name not in HELPERS}
        by_name = {session.snake_case(name): name for name in names} | names | dict(aliases or {})
        for scope in tables():
            if identifier in scope:
                return _instance(scope[identifier])
        if identifier not in by_name:
            raise errors.unknown_name(what, identifier, [name for name in by_name if name[:1].islower()])
        return _instance(getattr(table, by_name[identifier]))
    thing = identifier
    if inspect.isclass(identifier) and identifier.__module__ != "builtins":
        thing = identifier()
    if inspect.isclass(thing) or not (callable(thing) or isinstance(thing, Configurable)):
        raise errors.type_error(f"The {what}", needs, errors.short_repr(identifier))
    return thing


def _instance(thing: Any) -> Any:
    """An object of a class with its defaults; anything else as it is."""
    return thing() if inspect.isclass(thing) else thing
