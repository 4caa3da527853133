"""How much the annotations of public functions say: few parameters may be `Any`."""

import collections
import importlib
import inspect
import pkgutil
from typing import Any

import dragonet

MOST = 0.05  # of the parameters


def public_functions():
    """Each public function and method once, with the room that it is public in."""
    seen = set()
    packages = [m.name for m in pkgutil.walk_packages(dragonet.__path__, "dragonet.") if ".core" not in m.name]
    for name in packages:
        module = importlib.import_module(name)
        for public in getattr(module, "__all__", ()):
            thing = getattr(module, public)
            if not getattr(thing, "__module__", "").startswith("dragonet."):
                continue
            for function in functions_of(thing):
                key = (function.__module__, function.__qualname__)
                if key not in seen:
                    seen.add(key)
                    yield name.split(".")[1], function


def functions_of(thing):
    if inspect.isclass(thing):
        for name, member in vars(thing).items():
            function = inspect.unwrap(getattr(member, "__func__", member))
            if inspect.isfunction(function) and (not name.startswith("_") or name in ("__init__", "__call__")):
                yield function
    elif callable(thing):
        yield inspect.unwrap(thing)


def test_few_public_parameters_are_any():
    total, untyped = collections.Counter[str](), collections.Counter[str]()
    for room, function in public_functions():
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name not in ("self", "cls") and parameter.kind not in (
                parameter.VAR_POSITIONAL,
                parameter.VAR_KEYWORD,
            ):
                total[room] += 1
                untyped[room] += parameter.annotation in (Any, parameter.empty, "Any")
    share = untyped.total() / total.total()
    worst = ", ".join(f"{room} {n} of {total[room]}" for room, n in untyped.most_common(10))
    assert share <= MOST, f"{share:.1%} of the public parameters are Any: {worst}"
