"""Things whose fields are their configuration: printed, compared, saved and loaded from one list.

Layers, losses, metrics, optimizers, initializers, ... are dataclasses derived from `Configurable`; `lookup` finds one by the
name, class or config that is given where an object is meant.
"""

import dataclasses
import functools
import importlib
import inspect
import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from dragonet.core import arguments, errors, session
from dragonet.core.serialization import HELPERS, from_json, is_ours, tables, to_json


class Checked(type):
    """Turns the three mistakes one can make when constructing a dataclass into sentences, then lets it settle."""

    @property
    def __signature__(cls) -> inspect.Signature:  # Python would otherwise show __call__'s (*args, **kwargs)
        of_init = inspect.signature(cls.__init__)
        return of_init.replace(parameters=list(of_init.parameters.values())[1:], return_annotation=of_init.empty)

    def __call__(cls, *args, **kwargs):
        if "__dataclass_fields__" not in cls.__dict__ and inspect.get_annotations(cls):
            raise errors.type_error(
                f"class {cls.__name__}",
                "the decorator @dataclass above it",
                "none",
                "Its fields would not become arguments otherwise.",
            )
        try:
            thing = super().__call__(*args, **kwargs)
        except Exception as failure:
            mistake = None if errors.is_refusal(failure) else _find_mistake(cls, args, kwargs)
            if mistake is None:
                raise
        else:
            # After __post_init__, whose own sentence says more: a range, what to write instead.
            mistake = _find_mistake(cls, args, kwargs)
            if mistake is None:
                thing._settle()
                return thing
        raise mistake


def _find_mistake(cls: type, args: tuple, kwargs: dict) -> TypeError | ValueError | None:
    """The sentence for an unknown, missing or surplus argument, or for one that its annotation does not allow, or None."""
    signature = _signature(cls)
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError as failure:
        return errors.wrong_arguments(cls.__name__, signature, kwargs, failure)
    return arguments.find_mistake(cls.__name__, _annotations(cls), given)


@functools.lru_cache(maxsize=1024)
def _signature(cls: type) -> inspect.Signature:
    return inspect.signature(cls)


@functools.lru_cache(maxsize=1024)
def _annotations(cls: type) -> tuple[tuple[str, Any], ...]:
    """Those of dragonet's own arguments: what a user's class means by its annotations is the user's."""
    ours = next(base for base in cls.__mro__ if is_ours(base))
    shared = inspect.signature(ours.__init__).parameters
    return tuple((name, hint) for name, hint in arguments.hints(cls.__init__) if cls is ours or name in shared)


class Configurable(metaclass=Checked):
    """The base of dataclasses whose fields are their config; `_not_saved` names the fields that a file does not need.

    Not itself a dataclass, so that a user's own class may be a frozen one or not, or as in Keras a plain class.
    """

    _not_saved = ()
    _unsaid: tuple[str, ...] = ()  # fields that repr leaves out, such as a name that nobody gave

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        # Set before a plain @dataclass looks, so that it keeps our repr instead of writing its own.
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = Configurable.__repr__

    def _settle(self) -> None:
        """After construction: lists become tuples, so that a config cannot change behind its owner's back."""
        for field in _fields(self):
            held = getattr(self, field.name)
            if isinstance(held, list):
                object.__setattr__(self, field.name, _as_tuple(held))

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
    def from_config(cls, config: Mapping[str, Any]) -> "Configurable":
        """The object that `get_config` described."""
        return cls(**{name: from_json(held) for name, held in config.items()})

    def settled_defaults(self) -> dict[str, Any]:
        """What `__post_init__` makes of defaults where it changes them, 1 into (1, 1): repr leaves them out too."""
        return {}

    def __repr__(self) -> str:
        parts, settled = [], self.settled_defaults()
        for field in _fields(self):
            held = getattr(self, field.name)
            default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
            default = settled.get(field.name, default)
            if field.init and field.repr and field.name not in self._unsaid and not _same(held, default):
                parts.append(f"{field.name}={held.__name__ if inspect.isfunction(held) else repr(held)}")
        return f"{type(self).__name__}({', '.join(parts)})"


def _fields(thing: Any) -> tuple:
    """A class's own fields first, then those that it shares with all of its kind."""
    return (
        tuple(sorted(dataclasses.fields(thing), key=lambda field: field.kw_only))
        if dataclasses.is_dataclass(thing)
        else ()
    )


def _same(held: Any, default: Any) -> bool:
    if default is dataclasses.MISSING:
        return False
    try:
        if default is None and to_json(held) == "linear":  # what no activation becomes
            return True
        return to_json(held) == to_json(default) or to_json(held) == to_json(_resolved_name(default))
    except (TypeError, ValueError):
        return held is default


def _resolved_name(default: Any) -> Any:
    """A default written as a name, 'glorot_uniform', next to the object that it stands for."""
    if isinstance(default, str):
        for room in ("initializers", "activations"):
            table = importlib.import_module(f"dragonet.{room}")
            try:
                return table.get(default)
            except ValueError:
                continue
    return default


def identity(held: Any) -> Any:
    """A hashable value, equal for objects that compute the same; functions and unknown objects stand for themselves.

    Names and `trainable` do not count: they change no formula.

    >>> from dragonet.layers import Dense
    >>> identity(Dense(3, name="a")) == identity(Dense(3, name="b")), identity(Dense(3)) == identity(Dense(4))
    (True, False)
    """
    # Only a dataclass itself: one that is derived from it without the decorator may hold more than the fields tell.
    if isinstance(held, Configurable) and "__dataclass_fields__" in type(held).__dict__:
        fields = (field.name for field in dataclasses.fields(held) if field.name not in ("name", "trainable"))
        given = vars(held)  # not what an attribute reads as: a Normalization that has adapted shows its variables
        return type(held), tuple(
            (name, identity(given[name] if name in given else getattr(held, name))) for name in fields
        )
    if isinstance(held, list | tuple):
        return tuple(identity(item) for item in held)
    if isinstance(held, Mapping):
        return tuple((name, identity(item)) for name, item in held.items())
    if isinstance(held, np.ndarray):
        return held.shape, str(held.dtype), held.tobytes()
    try:
        hash(held)
    except TypeError:
        return id(held)
    return type(held).__name__, held


def _as_tuple(held: Any) -> Any:
    return tuple(_as_tuple(item) for item in held) if isinstance(held, list | tuple) else held


# --- names given where an object is meant ----------------------------------------------------------------------------


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
        return from_json({"module": f"keras.{table.__name__.removeprefix('dragonet.')}"} | dict(identifier))
    if isinstance(identifier, str):
        names = {name: name for name in table.__all__ if name not in HELPERS}
        by_name = {session.snake_case(name): name for name in names} | names | dict(aliases or {})
        for scope in tables():
            if identifier in scope:
                return _made(scope[identifier])
        if identifier not in by_name:
            raise errors.unknown_name(what, identifier, [name for name in by_name if name[:1].islower()])
        return _made(getattr(table, by_name[identifier]))
    thing = identifier
    if inspect.isclass(identifier) and identifier.__module__ != "builtins":
        thing = identifier()
    if inspect.isclass(thing) or not (callable(thing) or isinstance(thing, Configurable)):
        raise errors.type_error(f"The {what}", needs, errors.short_repr(identifier))
    return thing


def _made(thing: Any) -> Any:
    return thing() if inspect.isclass(thing) else thing
