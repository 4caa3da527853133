"""Number format: how the words of a column are written as numbers, and the numbers that they stand for."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from dragonet.core import errors

STYLES = ("plain", "clock", "ratio")
_LONGEST_UNIT = 100  # letters of a unit in a file


@dataclass(frozen=True)
class NumberFormat:
    """How the words of a column are read as numbers; saved with a model, so that new rows are read in the same way.

    decimal: '.' or ',', or '' where no cell shows which; unit: the unit of all values, '' for none; style: 'plain',
    'clock' (14:30 is 14.5 hours) or 'ratio' (1:80 is 80); multipliers: whether k, M and so on stand for thousands, millions, ....
    """

    decimal: str = ""
    unit: str = ""
    style: str = "plain"
    multipliers: bool = False

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, config: object) -> "NumberFormat":
        """The format in a file. Raises ValueError for other fields and for values of another type."""
        defaults = asdict(cls())
        if (
            not isinstance(config, dict)
            or set(config) != set(defaults)
            or any(type(config[name]) is not type(defaults[name]) for name in defaults)
        ):
            names = ", ".join(field.name for field in fields(cls))
            raise _format_error(f"the fields {names}", config)
        is_known = config["decimal"] in ("", ".", ",") and config["style"] in STYLES
        if not is_known or len(config["unit"]) > _LONGEST_UNIT:
            raise _format_error(f"a decimal sign and one of the styles {', '.join(STYLES)}", config)
        return cls(**config)


PLAIN = NumberFormat()


@dataclass(frozen=True, eq=False)
class NumberWords:
    """The numbers that the different words of a column stand for.

    values (n,): nan for a word that is no number; format; is_limit (n,): words such as '<0.5'; is_ambiguous (n,): words whose
    comma or point could be a decimal sign or group digits; example: a word that Python would not read, with its number.
    mixed_units: the units, where they differ and cannot be converted: then no word is a number.
    """

    values: np.ndarray
    format: NumberFormat
    is_limit: np.ndarray
    is_ambiguous: np.ndarray
    example: tuple[str, float] | None = None
    mixed_units: tuple[str, ...] = ()

    @classmethod
    def without_limits(
        cls,
        values: np.ndarray,
        format: NumberFormat,
        *,
        example: tuple[str, float] | None = None,
        mixed_units: Sequence[str] = (),
    ) -> "NumberWords":
        """Words of which none is a detection limit and none is ambiguous."""
        no_word = np.zeros(len(values), bool)
        return cls(values, format, no_word, no_word, example, tuple(mixed_units))

    @property
    def count_different(self) -> int:
        """How many different numbers there are, without detection limits."""
        return len(np.unique(self.values[~np.isnan(self.values) & ~self.is_limit]))


def _format_error(needs: str, config: object) -> ValueError:
    return errors.value_error("An encoder", f"{needs} in the format of a number", errors.short_repr(config))
