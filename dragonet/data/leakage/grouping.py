"""Grouping: columns that may say which rows belong together, by their names or because their values stand in blocks."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from dragonet.core import errors, shell

_LEAST_VALUES = 3  # groups that can be split into training, validation and test rows
_LEAST_BLOCKS = 5  # different values, from which on blocks are not there by chance, and a name is not that of a kind
_MOST_ROWS = 1_000_000  # looked at for blocks

_NUMBERED = r"(?:[ _.-]?(?:ids?|no|nr|num|number|code|name|label|barcode|position|#)[.#]?)?"
# Names that say which row this is where every value is another; where values repeat they may be measurements.
_COUNTER = re.compile(r"(?:.*[ _.-])?(?:index|idx|nr|no|key|rownames?|row|unnamed: ?\d*)", re.I)
# Names that say whose row this is: the value itself is no measurement.
_IDENTITY = re.compile(
    r"(?i:(?:.*[ _.-])?(?:ids?|uuid|guid|barcode|accession)|id(?:[ _.-].*|#)|[efiuprs]id|ptid|usubjid|mrn|seqn|orig\.ident|"
    r"(?:pat|patient|part|participant|subj?|subject|sampl?e?|case|record|resp|study|animal|mouse|donor|person|house|hh|fam|family|"
    r"child|user|event|row|specimen)ids?|(?:file|first|last|sur|full|user)[ _.-]?name|e-?mail|(?:ear|animal)[ _.-]?tag|"
    r"(?:subjects?|subj|participants?|donors?|individuals?|probands?|respondents?|patient|person|animal|mouse|mice|rat|monkey|user|"
    r"student|infant|child|sample|specimen|biopsy|isolate|plate|well|cell[ _.-]?line|slide|cage|litter|flow[ _.-]?cell|customer|"
    r"client|account|image|file|patienten?|probanden?|versuchstier|sujet|sujeto|paciente|individu|muestra|[eé]chantillon)"
    + _NUMBERED
    + r"|(?:patienten|probanden|tier|fall|proben|kunden)(?:-?(?:id|nr\.?|nummer)))|.*[a-z](?:Id|ID)"
)
# Names of what several rows may share and a network may still learn from.
_CONTEXT = re.compile(
    r"(?:.*[ _.-])?(?:batch(?:es)?|runs?|lanes?|chips?|sites?|cent(?:er|re)s?|hospitals?|clinics?|wards?|labs?|laborator(?:y|ies)|"
    r"schools?|classrooms?|famil(?:y|ies)|households?|farms?|herds?|plots?|blocks?|tanks?|strains?|sessions?|experiments?|"
    r"replicates?|scanners?|operators?|cohorts?|clones?|colony|nest|tree|embryo|clutch|brood|transect|quadrat|station|"
    r"device|machine|sensor|lot|video|recording|study|chrom(?:osome)?)" + _NUMBERED,
    re.I,
)


def is_counter(name: str) -> bool:
    """Whether a column of this name tells rows apart and nothing else, if all its values differ.

    >>> is_counter("Index"), is_counter("sampleID"), is_counter("height")
    (True, True, False)
    """
    return bool(_COUNTER.fullmatch(name) or _IDENTITY.fullmatch(name))


def is_identity(name: str) -> bool:
    """Whether a name says that the column holds whose row, or which sample, it is.

    >>> is_identity("ID"), is_identity("cell_line"), is_identity("site"), is_identity("valid")
    (True, True, False, False)
    """
    return bool(_IDENTITY.fullmatch(name))


def recurs(name: str, distinct: int, n: int) -> bool:
    """Whether a column of this name, with so many different values in n cells, says whose row it is, with several rows for some."""
    return is_identity(name) and _LEAST_BLOCKS <= distinct < n


def in_blocks(values: np.ndarray) -> bool:
    """Whether values (n,) that repeat stand together, each in one block, though the rows are not sorted by them.

    values: numbers or words; nan and None are passed over.

    >>> in_blocks(np.array([7, 7, 2, 2, 9, 9, 4, 4, 1, 1])), in_blocks(np.repeat([1, 2, 3, 4, 5], 2))
    (True, False)
    """
    values = values[:_MOST_ROWS]
    known = values[~missing(values)]
    if len(known) < 2 * _LEAST_BLOCKS:
        return False
    firsts = known[np.append(True, known[1:] != known[:-1])]
    if 2 * len(firsts) > len(known) or len(firsts) < _LEAST_BLOCKS:
        return False
    distinct = len(set(firsts.tolist()))
    if distinct < _LEAST_BLOCKS or len(firsts) > 1.1 * distinct:
        return False
    monotonic = firsts[1:] >= firsts[:-1]
    return not (monotonic.all() or not monotonic.any())


def missing(values: np.ndarray) -> np.ndarray:
    """Which values (n,) are nan or None."""
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype == object:
        return np.array([value is None or value != value for value in values], bool)
    return np.zeros(len(values), bool)


def sentences(candidates: Mapping[str, Callable[[], np.ndarray]], kept: bool = True) -> list[str]:
    """What is said of columns or arrays beside the rows that may say which rows belong together.

    candidates: names, and what gives their values (n,). kept: whether they are learned from.
    """
    named, blocks = [], []
    for name, values in candidates.items():
        if is_identity(name) or _CONTEXT.fullmatch(name):
            v = values()
            known = v[~missing(v)].tolist()
            if _LEAST_VALUES <= len(set(known)) <= len(known) / 2:
                named.append(name)
        elif in_blocks(values()):
            blocks.append(name)
    said = []
    for names, why in (
        (named, "by its name"),
        (blocks, "as its values stand in blocks though the rows are not sorted by it"),
    ):
        if names:
            one = len(names) == 1
            learned = f" {'It is' if one else 'They are'} learned from as well." if kept else ""
            said.append(
                f"{listed(names)} may say which rows belong together, {why if one else _plural(why)}.{learned} "
                f"To keep the rows of one in one part write {shell.option('--groups', names[0])}."
            )
    return said


def _plural(why: str) -> str:
    return why.replace("its name", "their names").replace("its values", "their values").replace("by it", "by them")


def listed(names: Sequence[Any], most: int = 5) -> str:
    """Names in a sentence, not too many.

    >>> listed(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    shown = [errors.short_repr(name) for name in names[:most]]
    if len(names) > most:
        return ", ".join(shown) + f" and {len(names) - most:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 2 else shown)
