"""A package's table of contents that loads a file only when one of its names is asked for (PEP 562)."""

import importlib
from collections.abc import Callable, Mapping


def contents(package: str, table: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """`__getattr__`, `__dir__` and `__all__` for a package whose table maps a file to the names in it.

    A file with no names after it is itself a public submodule; 'dragonet.x.y' is a file of another package.
    """
    home = {name: file for file, names in table.items() for name in names.split()}
    public = sorted(home) + [file for file, names in table.items() if not names]

    def __getattr__(name: str) -> object:
        if name in home:
            file = home[name] if home[name].startswith("dragonet.") else f"{package}.{home[name]}"
            return getattr(importlib.import_module(file), name)
        if name in table:
            return importlib.import_module(f"{package}.{name}")
        raise AttributeError(_unknown(package, name, public))

    return __getattr__, lambda: public, public


def _unknown(package: str, name: str, public: list[str]) -> str:
    # `from package import file` asks for the attribute first and then imports the file, so this runs on every such import.
    errors = importlib.import_module("dragonet.errors")
    return f"{package} has no {name!r}. {errors.did_you_mean(name, public)}"
