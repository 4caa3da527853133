"""Grouping: columns that may say which rows belong together, by their names or because equal values stand in blocks."""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from dragonet.core import errors, shell

_LEAST_GROUPS = 3  # one each for training, validation and test rows
_LEAST_BLOCKS = 5  # different values: fewer may stand in blocks by chance, or be kinds of things
_MOST_ROWS = 1_000_000  # rows that are searched for blocks

_NUMBERED = r"(?:[ _.-]?(?:ids?|no|nr|num|number|code|name|label|barcode|position|#)[.#]?)?"
# Names that identify the row if all values differ; if values repeat they may be measurements.
_COUNTER = re.compile(r"(?:.*[ _.-])?(?:index|idx|nr|no|key|rownames?|row|unnamed: ?\d*)", re.I)
# Names that identify the person, animal or sample of a row: the value is never a measurement.
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
# Names of what several rows may share, and a network may learn from.
_CONTEXT = re.compile(
    r"(?:.*[ _.-])?(?:batch(?:es)?|runs?|lanes?|chips?|sites?|cent(?:er|re)s?|hospitals?|clinics?|wards?|labs?|laborator(?:y|ies)|"
    r"schools?|classrooms?|famil(?:y|ies)|households?|farms?|herds?|plots?|blocks?|tanks?|strains?|sessions?|experiments?|"
    r"replicates?|scanners?|operators?|cohorts?|clones?|colony|nest|tree|embryo|clutch|brood|transect|quadrat|station|"
    r"device|machine|sensor|lot|video|recording|study|chrom(?:osome)?)" + _NUMBERED,
    re.I,
)


def is_counter(name: str) -> bool:
    """Whether a column of this name only identifies rows, if all its values differ.

    >>> is_counter("Index"), is_counter("sampleID"), is_counter("height")
    (True, True, False)
    """
    return bool(_COUNTER.fullmatch(name) or _IDENTITY.fullmatch(name))


def is_identity(name: str) -> bool:
    """Whether a name suggests that the column names the subject or the sample of a row.

    >>> is_identity("ID"), is_identity("cell_line"), is_identity("site"), is_identity("valid")
    (True, True, False, False)
    """
    return bool(_IDENTITY.fullmatch(name))


def repeats_identity(name: str, different: int, n: int) -> bool:
    """Whether a column of this name, with so many different values in n cells, identifies persons or samples of several rows."""
    return is_identity(name) and _LEAST_BLOCKS <= different < n


def are_in_blocks(values: np.ndarray) -> bool:
    """Whether equal values (n,) stand together, each in one block, though the rows are not sorted by them.

    values: numbers or words; nan and None are passed over.

    >>> are_in_blocks(np.array([7, 7, 2, 2, 9, 9, 4, 4, 1, 1])), are_in_blocks(np.repeat([1, 2, 3, 4, 5], 2))
    (True, False)
    """
    values = values[:_MOST_ROWS]
    known = values[~is_missing(values)]
    if len(known) < 2 * _LEAST_BLOCKS:
        return False
    firsts = known[np.append(True, known[1:] != known[:-1])]  # the first value of each block
    if 2 * len(firsts) > len(known) or len(firsts) < _LEAST_BLOCKS:
        return False
    different = len(set(firsts.tolist()))
    if different < _LEAST_BLOCKS or len(firsts) > 1.1 * different:
        return False
    is_rising = firsts[1:] >= firsts[:-1]
    return not (is_rising.all() or not is_rising.any())


def is_missing(values: np.ndarray) -> np.ndarray:
    """Which values (n,) are nan or None."""
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype == object:
        return np.array([value is None or value != value for value in values], bool)
    return np.zeros(len(values), bool)


def sentences(candidates: Mapping[str, Callable[[], np.ndarray]], are_features: bool = True) -> list[str]:
    """Sentences about columns, or arrays beside the rows, that may say which rows belong together.

    candidates: for each name a function that returns the values (n,). are_features: whether the network learns from them.
    """
    by_name, by_blocks = [], []
    for name, values in candidates.items():
        if is_identity(name) or _CONTEXT.fullmatch(name):
            if _have_groups(values()):
                by_name.append(name)
        elif are_in_blocks(values()):
            by_blocks.append(name)
    described = [(by_name, "by its name", "by their names")]
    described += [
        (
            by_blocks,
            "as its values stand in blocks though the rows are not sorted by it",
            "as their values stand in blocks though the rows are not sorted by them",
        )
    ]
    return [
        _describe(names, why if len(names) == 1 else why_several, are_features)
        for names, why, why_several in described
        if names
    ]


def _have_groups(values: np.ndarray) -> bool:
    """Whether there are enough different values (n,), and on average two rows of each."""
    known = values[~is_missing(values)].tolist()
    return _LEAST_GROUPS <= len(set(known)) <= len(known) / 2


def _describe(names: Sequence[str], why: str, are_features: bool) -> str:
    learned = f" {'It is' if len(names) == 1 else 'They are'} learned from as well." if are_features else ""
    return (
        f"{join_names(names)} may say which rows belong together, {why}.{learned} "
        f"To keep the rows of one in one part write {shell.option('--groups', names[0])}."
    )


def join_names(names: Sequence[object], most: int = 5) -> str:
    """Names in quotes, as part of a sentence; at most `most` of them.

    >>> join_names(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    shown = [errors.short_repr(name) for name in names[:most]]
    if len(names) > most:
        return ", ".join(shown) + f" and {len(names) - most:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 2 else shown)
