"""Sequences: DNA as one-hot rows, FASTA files, and counts of genes brought to one scale."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dragonet.core import arguments, checks, errors

BASES = "ACGT"
# The bases that each of IUPAC's letters may stand for (Cornish-Bowden 1985, Nucleic Acids Research 13:3021).
_BASES_OF = {
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
    shares_of, is_letter = np.zeros((256, len(BASES)), np.float32), np.zeros(256, bool)
    for letter, bases in _BASES_OF.items():
        is_letter[ord(letter)] = True
        for base in bases:
            shares_of[ord(letter), BASES.index(base)] = 1 / len(bases)
    letters_of = np.full((len(sequences), length), ord("-"), np.uint8)
    for i, sequence in enumerate(sequences):
        letters = np.frombuffer(sequence[:length].encode("latin-1", "replace"), np.uint8)
        if not is_letter[letters].all():
            place = int((~is_letter[letters]).argmax())
            raise errors.value_error(
                "one_hot_dna",
                f"the letters of DNA, {''.join(_BASES_OF)}",
                f"{sequence[place]!r} at place {place + 1} of sequence {i + 1}",
            )
        letters_of[i, : len(letters)] = letters
    return shares_of[letters_of]


def read_fasta(path: str | os.PathLike[str]) -> tuple[list[str], list[str]]:
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
    sequences: list[list[str]] = []
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line in file:
            line = line.strip()
            if line.startswith(">"):
                names.append(line[1:].strip())
                sequences.append([])
            elif line and not line.startswith(";"):
                if not sequences:
                    hint = "Unpack it first." if path.suffix == ".gz" else ""
                    raise errors.value_error(
                        f"{path.name}", "FASTA, which begins with '>'", errors.short_repr(line), hint
                    )
                sequences[-1].append(line)
    if not names:
        raise errors.value_error(f"{path.name}", "at least one sequence", "an empty file")
    for name, lines in zip(names, sequences, strict=True):
        if not lines:
            raise errors.value_error(f"{path.name}", "a sequence after each name", f"none after {name!r}")
    return names, ["".join(lines) for lines in sequences]


@arguments.checked
def log_scaled(x: arguments.Numbers, rows: np.ndarray | None = None) -> np.ndarray:
    """Counts of genes as numbers from 0 to 1: (log(1 + x) − min) / (max − min), for each gene, over `rows`.

    Shapes: x (n, genes), float32 of the same shape. Pass the training rows, so that nothing is learned from the others, which may
    then lie outside 0 to 1. A gene that does not vary is 0. Raises ValueError for numbers below 0.

    >>> log_scaled([[0, 5], [3, 5], [1, 5]]).round(2).tolist()
    [[0.0, 0.0], [1.0, 0.0], [0.5, 0.0]]
    """
    unfold = getattr(x, "toarray", None)  # of a sparse matrix
    counts = np.asarray(x) if unfold is None else unfold()
    if counts.ndim != 2 or counts.dtype.kind not in "biuf" or not (counts >= 0).all():
        raise errors.value_error("log_scaled", "counts (n, genes) of at least 0", errors.short_repr(counts))
    logs = np.log1p(counts.astype(np.float32))
    training = logs if rows is None else logs[checks.row_numbers("log_scaled", rows, len(logs))]
    low, high = training.min(0), training.max(0)
    return np.where(high > low, (logs - low) / np.where(high > low, high - low, 1), 0).astype(np.float32)
