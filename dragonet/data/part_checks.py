"""What parts of the rows lack or repeat: errors, and sentences for the user."""

import numpy as np

from dragonet.core import errors
from dragonet.data import fingerprints
from dragonet.data.dataset import Data
from dragonet.data.row_splits import WHO, Places

_LEAST = 3  # rows of a class: one in each part


def describe_repeated_rows(data: Data, places: Places) -> list[str]:
    """Sentences about rows to watch and to test with that are equal to a training row."""
    if data.row_hashes is None:
        return []
    train, validation, test = places
    hashes = fingerprints.with_answers(data.row_hashes, data.y)
    in_training = np.unique(hashes[train])
    sentences = []
    for rows, part in ((validation, "validation"), (test, "test")):
        repeated = int(np.isin(hashes[rows], in_training).sum())
        if repeated:
            sentences.append(
                f"{repeated:,} of the {len(rows):,} {part} rows {'is' if repeated == 1 else 'are'} equal to a training "
                "row in all features and in what is to be predicted, which may make the score too good."
            )
    return sentences


def check_classes(data: Data, folds: int | None) -> None:
    """Raises ValueError for too few rows, rows of a class, or groups."""
    if len(data) < _LEAST:
        raise errors.value_error(WHO, f"at least {_LEAST} rows", f"{len(data)}")
    if data.task == "classes" and data.time is None:
        counts = np.bincount(data.y, minlength=len(data.classes))
        least = max(_LEAST, folds + 1 if folds and data.groups is None else 0)
        if counts[counts > 0].min() < least:
            rare = [data.classes[i] for i in np.flatnonzero((counts > 0) & (counts < least))]
            shown = ", ".join(f"{int(counts[data.classes.index(name)])} of {name!r}" for name in rare[:3])
            raise errors.value_error(
                WHO,
                f"at least {least} rows of each class",
                shown + (", ..." if len(rare) > 3 else ""),
                "Leave these rows out, or join classes.",
            )
    if data.groups is not None and len(np.unique(data.groups)) < max(_LEAST, folds or 0):
        raise errors.value_error(
            WHO,
            f"at least {max(_LEAST, folds or 0)} groups",
            f"{len(np.unique(data.groups))}",
            "Split without groups, or with fewer folds.",
        )


def describe_absent_classes(data: Data, places: Places) -> list[str]:
    """Sentences about classes that a part lacks; raises ValueError for one that the training rows lack."""
    if data.task != "classes":
        return []
    train, *others = (set(np.unique(data.y[rows]).tolist()) for rows in places)
    untrained = sorted(set.union(*others) - train)
    if untrained:
        why = ""
        if data.groups is not None:
            why = " (its rows are of too few groups)"
        elif data.time is not None:
            why = " (they come later)"
        raise errors.value_error(
            WHO,
            "rows of each class to train with",
            f"none of {data.classes[untrained[0]]!r}{why}",
            "Leave that class out, or take another seed.",
        )
    return [
        f"The {part} part has no row of {', '.join(repr(data.classes[i]) for i in sorted(train - classes)[:3])}."
        for classes, part in zip(others, ("validation", "test"), strict=True)
        if train - classes
    ]
