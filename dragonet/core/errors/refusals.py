"""Refusals: errors in four parts: who speaks, what it needs, what it got, what to write instead."""

from typing import Any


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

    __module__ = "dragonet.core.errors"  # the name in tracebacks

    def __init__(self, who: str, needs: str, got: str, fix: str = "") -> None:
        super().__init__(who, needs, got, fix)
        self.who, self.needs, self.got, self.fix = who, needs, got, fix

    def __str__(self) -> str:
        return sentence(self.who, self.needs, self.got, self.fix)

    def __reduce__(self) -> tuple[Any, ...]:  # for copy and pickle: the parts as they are now, and the notes
        return type(self), (self.who, self.needs, self.got, self.fix), vars(self)


class DragonetValueError(DragonetError, ValueError):
    """A wrong value or shape."""

    __module__ = "dragonet.core.errors"  # the name in tracebacks


class DragonetTypeError(DragonetError, TypeError):
    """A wrong kind of thing."""

    __module__ = "dragonet.core.errors"  # the name in tracebacks


def value_error(who: str, needs: str, got: str, fix: str = "") -> DragonetValueError:
    """The error for a wrong value or shape, to be raised by the caller."""
    return DragonetValueError(who, needs, got, fix)


def type_error(who: str, needs: str, got: str, fix: str = "") -> DragonetTypeError:
    """The error for a wrong kind of thing, to be raised by the caller."""
    return DragonetTypeError(who, needs, got, fix)
