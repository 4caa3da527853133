"""Shell words: names and values quoted so that a printed command runs as it is printed."""

import os
import re
import shlex
from collections.abc import Iterable

_PLAIN_FOR_WINDOWS = re.compile(r"[\w@+=:,./\\-]+")


def quoted(word: str, windows: bool | None = None) -> str:
    """A word as a shell takes it: as POSIX shells do, or in double quotes for those of Windows.

    windows: which of the two; by default as this system does.

    >>> print(quoted("age"), quoted("cell line", windows=False), quoted("cell line", windows=True))
    age 'cell line' "cell line"
    """
    if not (os.name == "nt" if windows is None else windows):
        return shlex.quote(word)
    if _PLAIN_FOR_WINDOWS.fullmatch(word):
        return word
    ending = word[len(word.rstrip("\\")) :]  # backslashes before a quote count twice
    return '"' + re.sub(r'(\\*)"', r'\1\1\\"', word) + ending + '"'


def option(name: str, value: str, windows: bool | None = None) -> str:
    """An option with its value; joined by an equals sign where the value would be taken for another option.

    >>> print(option("--drop", "age"), option("--drop", "-x"))
    --drop age --drop=-x
    """
    return f"{name}{'=' if value.startswith('-') else ' '}{quoted(value, windows)}"


def joined(words: Iterable[str], windows: bool | None = None) -> str:
    """Words as one command line.

    >>> print(joined(["dragonet", "train", "my data.csv"], windows=True))
    dragonet train "my data.csv"
    """
    return " ".join(quoted(word, windows) for word in words)
