"""Read options: what a user asks of `read` besides the source, and where the rows come from."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from dragonet.core import errors
from dragonet.data.columns import kinds, missing_codes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Names: TypeAlias = str | Sequence[str] | None
Array: TypeAlias = "str | os.PathLike[str] | ArrayLike | None"  # an array, or its key, or its file


def as_names(names: object) -> tuple[str, ...]:
    """One name or several, as a tuple of words.

    >>> as_names("a"), as_names(None), as_names(["a", 1])
    (('a',), (), ('a', '1'))
    """
    if names is None:
        return ()
    return tuple(map(str, names)) if isinstance(names, Sequence) and not isinstance(names, str) else (str(names),)


@dataclass(frozen=True, eq=False)
class ReadOptions:
    """What each column or array is used for; `read` describes these arguments."""

    target: Names = None
    groups: "str | ArrayLike | None" = None
    time: "str | ArrayLike | None" = None
    drop: Names = ()
    columns: Mapping[str, str] | None = None
    missing: missing_codes.Codes = None

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the targets."""
        return as_names(self.target)

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns of targets, groups and time."""
        return (*self.targets, *(names for names in (self.groups, self.time) if isinstance(names, str)))

    @property
    def kinds(self) -> dict[str, str]:
        """The kinds of columns that the user set; raises ValueError for an unknown kind."""
        return {name: kinds.check_kind(kind, name) for name, kind in (self.columns or {}).items()}

    def change(self, **changes: Any) -> "ReadOptions":
        """The same options, some of them changed."""
        return replace(self, **changes)

    def refuse_codes(self, what: str) -> None:
        """Raises ValueError where codes for missing values were set for data without columns, such as pictures."""
        if self.missing not in (None, (), []):
            raise errors.value_error(
                "read",
                "missing for the columns of a table",
                f"{errors.short_repr(self.missing)} for {what}",
                "Write nan in their place.",
            )


@dataclass(frozen=True)
class Origin:
    """Where rows come from: a name for messages, the SHA-256 of the files (None: of the values), what the reader noticed."""

    name: str
    sha256: str | None = None
    noticed: tuple[str, ...] = ()
