"""A package's table of contents that loads a file only when one of its names is asked for (PEP 562)."""

import importlib
import importlib.abc
import sys
from collections.abc import Callable, Mapping
from typing import Any

_public: dict[str, list[str]] = {}  # the names of each package that has such a table


def contents(package: str, table: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """`__getattr__`, `__dir__` and `__all__` for a package whose table maps a file to the names in it.

    A file with no names after it is itself a public submodule; 'dragonet.x.y' is a file of another package.
    """
    file_of = {name: file for file, names in table.items() for name in names.split()}
    public = sorted(file_of) + [file for file, names in table.items() if not names]
    _public[package] = public

    def __getattr__(name: str) -> Any:
        if name in file_of:
            file = file_of[name] if file_of[name].startswith("dragonet.") else f"{package}.{file_of[name]}"
            return getattr(importlib.import_module(file), name)
        if name in table:
            return importlib.import_module(f"{package}.{name}")
        raise _NoSuchName(package, name, public)

    return __getattr__, lambda: public, public


class _NoSuchName(AttributeError):
    """Makes its sentence only when it is printed: `from package import file` tries the attribute before the file."""

    def __str__(self) -> str:
        return _unknown(*self.args)


def _unknown(package: str, name: str, public: list[str]) -> str:
    errors = importlib.import_module("dragonet.core.errors")
    room = package.removeprefix("dragonet").removeprefix(".")
    return f"{package} has no {name!r}. {errors.absent_or_near(room, name, public)}"


class _Missing(importlib.abc.MetaPathFinder):
    """Explains `from dragonet.layers import LSTM`, for which Python hides the error of `__getattr__`. The last of the finders."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        package, _, name = fullname.rpartition(".")
        if package in _public and not name.startswith("_"):
            raise ModuleNotFoundError(_unknown(package, name, _public[package]), name=package)


sys.meta_path.append(_Missing())
