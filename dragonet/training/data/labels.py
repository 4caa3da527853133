"""Labels that are names of classes: one numbering for a model's life, in `model.classes_`, and what is done with other labels."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.losses.base import CLASS_TARGETS

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_TRUTH = {"true": 1.0, "false": 0.0}


def class_names(names: Any) -> np.ndarray | None:
    """Names of classes as an array, in the order of the class numbers.

    Raises ValueError or TypeError for names that are not a list, that are empty, or that repeat.
    """
    if names is None:
        return None
    example = "Write model.classes_ = ['no', 'yes']."
    if isinstance(names, str | bytes) or not hasattr(names, "__len__"):
        raise errors.type_error("model.classes_", "a list of names", errors.short_repr(names), example)
    classes = np.array([name.decode() if isinstance(name, bytes) else name for name in names])
    if classes.ndim != 1 or not len(classes) or classes.dtype.kind not in "USOiufb":
        raise errors.value_error("model.classes_", "a list of names", errors.short_repr(names), example)
    classes = classes.astype(str) if classes.dtype.kind in "SO" else classes
    values, counts = np.unique(classes, return_counts=True)
    if counts.max() > 1:
        raise errors.value_error(
            "model.classes_", "each name once", f"{values[counts.argmax()]!s} {counts.max()} times"
        )
    return classes


@contextlib.contextmanager
def numbering_kept(model: Any) -> Iterator[None]:
    """Within it a training may fix the names of classes; they are forgotten again where it fails before its first step."""
    names, steps = model.classes_, model.training_state.steps
    try:
        yield
    except BaseException:
        if model.training_state.steps == steps:
            model.classes_ = names
        raise


def class_numbers(
    model: Any, y: np.ndarray, loss: Any, width: int | None, who: str, *, learns: bool, part: bool
) -> np.ndarray:
    """y as class numbers (or one-hot rows, where the loss takes them) where it names classes, else as it is.

    learns: a first training fixes the numbering. part: y may lack some of the classes, as one batch of several does.
    Raises ValueError for words without a number, and for numbers whose class is not clear.
    """
    words = y.dtype.kind == "U"
    targets = getattr(loss, "targets", "")
    if targets not in CLASS_TARGETS:
        if words:
            raise errors.value_error(
                f"The loss {type(loss).__name__}",
                "y of numbers",
                f"words such as {str(y.flat[0])!r}",
                "For classes use loss='sparse_categorical_crossentropy' and a softmax.",
            )
        return y
    if y.ndim == 2 and y.shape[1] == 1:
        labels = y[:, 0]
    elif y.ndim == 1:
        labels = y
    elif words:
        raise errors.value_error("The model", "one word a row in y", f"shape {y.shape}")
    else:
        return y
    if words and model.classes_ is None:
        _fix_numbering(model, labels, width, who, learns, part)
    if model.classes_ is None:
        return y
    numbers = _places(model.classes_, labels, who)
    return np.eye(width, dtype=np.float32)[numbers] if targets == "one_hot" and width else numbers


def place_of(names: np.ndarray, label: Any) -> int | None:
    """The class number of one label, by the rule for y; None where no class has this name.

    >>> place_of(np.array(["1", "2"]), 2.0), place_of(np.array(["no", "yes"]), "yes"), place_of(np.array(["no", "yes"]), 1)
    (1, 1, None)
    """
    try:
        return int(_places(names, np.array([label]), "")[0])
    except ValueError:
        return None


def read_as_numbers(names: np.ndarray) -> bool:
    """Whether a number may be the name of a class."""
    return bool(np.isfinite(_numbers(names)).any())


def _fix_numbering(model: Any, words: np.ndarray, width: int | None, who: str, learns: bool, part: bool) -> None:
    """Number the words of a first training by their order in the alphabet."""
    if len(model.outputs) > 1:
        instead = "Number them: words, y = np.unique(y, return_inverse=True)."
        raise errors.value_error("Words as labels", "a model of one output", f"{len(model.outputs)}", instead)
    such = f"words such as {str(words[0])!r}"
    if not learns or model.training_state.steps > 0:
        raise errors.value_error(
            who,
            "class numbers in y, as this model was not trained on words",
            such,
            "If you know their order, write model.classes_ = [...], the word of class 0 first.",
        )
    names = np.unique(words)
    needed = 2 if width == 1 else width
    if needed is not None and len(names) > needed:
        raise errors.value_error(
            "The model",
            f"at most {needed} classes, as its last layer has {width} unit{'s' * (width != 1)}",
            f"{len(names)} in y, {errors.short_repr(names.tolist())}",
            f"Write Dense({len(names)}, activation='softmax').",
        )
    if part and needed is not None and len(names) < needed:
        raise errors.value_error(
            f"{who}, which sees one batch after another,",
            f"to know all {needed} words before",
            f"{len(names)} in the first batch",
            f"Write model.classes_ = {[*names.tolist(), '...']!r} before.",
        )
    model.classes_ = names


def _places(names: np.ndarray, labels: np.ndarray, who: str) -> np.ndarray:
    """The place of each label among the names; a number is looked up among the names that are, or read as, numbers."""
    if names.dtype.kind == labels.dtype.kind == "U":
        order = np.argsort(names)
        places = order[np.searchsorted(names, labels, sorter=order).clip(max=len(names) - 1)]
        return _checked(names[places] == labels, places, names, labels, who)
    values, numbers = (_numbers(array) for array in (names, labels))
    readable = np.isfinite(values)
    if not readable.any() or len(np.unique(values[readable])) < readable.sum():
        raise errors.value_error(
            who,
            f"labels that the model was trained on, {errors.short_repr(names.tolist())}",
            f"numbers such as {labels[0]!s}" if labels.dtype.kind != "U" else f"words such as {str(labels[0])!r}",
            "For class numbers write model.classes_[y], which are their names.",
        )
    known = np.flatnonzero(readable)[np.argsort(values[readable])]
    places = known[np.searchsorted(values[known], numbers).clip(max=len(known) - 1)]
    return _checked(values[places] == numbers, places, names, labels, who)


def _checked(right: np.ndarray, places: np.ndarray, names: np.ndarray, labels: np.ndarray, who: str) -> np.ndarray:
    if not right.all():
        odd = labels[~right].tolist()[0]
        raise errors.value_error(
            who,
            f"labels that the model was trained on, {errors.short_repr(names.tolist())}",
            repr(odd),
            "To begin anew with other classes make a new model, or write model.classes_ = None.",
        )
    return places.astype(np.int32)


def _numbers(labels: np.ndarray) -> np.ndarray:
    """Labels as numbers, NaN for words that do not read as one; True and False count as 1 and 0."""
    if labels.dtype.kind != "U":
        return labels.astype(np.float64)
    names, places = np.unique(labels, return_inverse=True)
    read = [
        float(name) if _NUMBER.fullmatch(name) else _TRUTH.get(name.strip().lower(), np.nan) for name in names.tolist()
    ]
    return np.array(read, np.float64)[places]
