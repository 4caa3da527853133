"""Sequences: DNA as one-hot rows, FASTA files, and counts of genes brought to one scale."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dragonet.core import arguments, checks, errors

BASES = "ACGT"
# What each of IUPAC's letters may stand for (Cornish-Bowden 1985, Nucleic Acids Research 13:3021).
_MEANT = {
    "A": "A",
    "C": "C",
    "G": "G",
    "T": "T",
    "U": "T",
    "R": "AG",
    "Y": "CT",
    "S": "CG",
    "W": "AT",
    "K": "GT",
    "M": "AC",
    "B": "CGT",
    "D": "AGT",
    "H": "ACT",
    "V": "ACG",
    "N": "ACGT",
    "-": "",
    ".": "",
}


@arguments.leaving("sequences")
def one_hot_dna(sequences: Sequence[str], length: int | None = None) -> np.ndarray:
    """DNA or RNA as numbers: one of four columns, A C G T, is 1 at each place.

    Shapes: n sequences give (n, length, 4), float32; `length` is the longest one's unless it is set. Shorter sequences
    end in zeros, longer ones are cut. U counts as T; a letter that stands for several bases, such as N, is shared among
    them, and a gap is zero. Raises ValueError for any other letter.

    >>> one_hot_dna(["AC", "n"]).tolist()
    [[[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]], [[0.25, 0.25, 0.25, 0.25], [0.0, 0.0, 0.0, 0.0]]]
    """
    if isinstance(sequences, str):
        raise errors.type_error("one_hot_dna", "a list of sequences", "one word", "Write one_hot_dna([sequence]).")
    if not arguments.fits(sequences, Sequence):
        raise errors.type_error("one_hot_dna", "a list of sequences", errors.short_repr(sequences))
    sequences = [str(sequence).upper() for sequence in sequences]
    if length is None:
        length = max(map(len, sequences), default=0)
    checks.whole("one_hot_dna", "length", length)
    table, known = np.zeros((256, len(BASES)), np.float32), np.zeros(256, bool)
    for letter, bases in _MEANT.items():
        known[ord(letter)] = True
        for base in bases:
            table[ord(letter), BASES.index(base)] = 1 / len(bases)
    written = np.full((len(sequences), length), ord("-"), np.uint8)
    for i, sequence in enumerate(sequences):
        letters = np.frombuffer(sequence[:length].encode("latin-1", "replace"), np.uint8)
        if not known[letters].all():
            place = int((~known[letters]).argmax())
            raise errors.value_error(
                "one_hot_dna",
                f"the letters of DNA, {''.join(_MEANT)}",
                f"{sequence[place]!r} at place {place + 1} of sequence {i + 1}",
            )
        written[i, : len(letters)] = letters
    return table[written]


def read_fasta(path: str | os.PathLike) -> tuple[list[str], list[str]]:
    """The names and the sequences in a FASTA file, in its order; a name is all that follows '>' in its line.

    Raises ValueError for a file that does not begin with '>', and for a name without a sequence.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.fa").write_text(">one\\nACGT\\nAC\\n>two\\nGG\\n")
    ...     read_fasta(Path(folder, "a.fa"))
    (['one', 'two'], ['ACGTAC', 'GG'])
    """
    path = Path(path)
    if not path.is_file():
        raise errors.value_error("read_fasta", "a file that is there", f"{str(path)!r}, which is not")
    names: list[str] = []
    parts: list[list[str]] = []
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line in file:
            line = line.strip()
            if line.startswith(">"):
                names.append(line[1:].strip())
                parts.append([])
            elif line and not line.startswith(";"):
                if not parts:
                    hint = "Unpack it first." if path.suffix == ".gz" else ""
                    raise errors.value_error(
                        f"{path.name}", "FASTA, which begins with '>'", errors.short_repr(line), hint
                    )
                parts[-1].append(line)
    if not names:
        raise errors.value_error(f"{path.name}", "at least one sequence", "an empty file")
    for name, lines in zip(names, parts, strict=True):
        if not lines:
            raise errors.value_error(f"{path.name}", "a sequence after each name", f"none after {name!r}")
    return names, ["".join(lines) for lines in parts]


@arguments.checked
def log_scaled(x: arguments.Numbers, rows: np.ndarray | None = None) -> np.ndarray:
    """Counts of genes as numbers from 0 to 1: (log(1 + x) − min) / (max − min), for each gene, over `rows`.

    Shapes: x (n, genes), float32 of the same shape. Give the training rows, so that nothing is learned from the others, which may
    then lie outside 0 to 1. A gene that does not vary is 0. Raises ValueError for numbers below 0.

    >>> log_scaled([[0, 5], [3, 5], [1, 5]]).round(2).tolist()
    [[0.0, 0.0], [1.0, 0.0], [0.5, 0.0]]
    """
    x = x.toarray() if hasattr(x, "toarray") else np.asarray(x)
    if x.ndim != 2 or x.dtype.kind not in "biuf" or not (x >= 0).all():
        raise errors.value_error("log_scaled", "counts (n, genes) of at least 0", errors.short_repr(x))
    logs = np.log1p(x.astype(np.float32))
    learned = logs if rows is None else logs[checks.row_numbers("log_scaled", rows, len(logs))]
    low, high = learned.min(0), learned.max(0)
    return np.where(high > low, (logs - low) / np.where(high > low, high - low, 1), 0).astype(np.float32)
