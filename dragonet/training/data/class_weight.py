"""class_weight: how much the rows of each class count, as weights of the single rows."""

import operator
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from dragonet.core import checks, errors
from dragonet.training.data import labels


def with_class_weight(
    class_weight: Any, y: np.ndarray, weights: np.ndarray | None, width: int | None, words: np.ndarray | None
) -> np.ndarray:
    """The weight of each row: that of its class, times the row's own; 1 for a class without one.

    y: class numbers or one-hot rows; width: the units of the model's output; words: what its classes are called, if labels
    were words. A key may be a class's number, of any type that holds a whole number, or its word.
    Raises ValueError for a class that the model does not have.
    """
    if not isinstance(class_weight, Mapping) or not class_weight:
        raise errors.type_error(
            "fit",
            "class_weight as a dict {class: weight}",
            errors.short_repr(class_weight),
            "Write dict(enumerate(weights)) for a list." if isinstance(class_weight, list | tuple) else "",
        )
    numbers = y.argmax(-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(len(y), -1)[:, 0]
    numbers = np.rint(numbers).astype(np.int64)
    table: dict[int, float] = {}
    for key, weight in class_weight.items():
        number = _number(key, words)
        known = 0 <= number < max(width or 0, 2) or (numbers == number).any()
        if not known:
            raise _unknown(key, width, words)
        if number in table:
            raise errors.value_error(
                "fit", "one weight for each class in class_weight", f"two for {errors.short_repr(key)}"
            )
        table[number] = checks.number("fit", f"class_weight[{key!r}]", weight, 0)
    classes = np.array(sorted(table))
    place = np.searchsorted(classes, numbers).clip(0, len(classes) - 1)
    of_class = np.array([table[number] for number in classes], np.float32)[place]
    rows = np.where(classes[place] == numbers, of_class, np.float32(1))
    return rows if weights is None else rows * weights


def _number(key: Any, words: np.ndarray | None) -> int:
    """The class number that a key stands for.

    >>> _number("b", np.array(["a", "b"])), _number(1.0, None), _number(np.bool_(True), None), _number("2", None)
    (1, 1, 1, 2)
    """
    if words is not None and isinstance(key, str | Real | np.generic):
        place = labels.place_of(words, key)
        if place is not None:
            return place
        if labels.read_as_numbers(words):  # 0 is no class of "1" and "2"
            raise _unknown(key, None, words)
    if isinstance(key, np.generic):
        key = key.item()
    if isinstance(key, str) and words is None and key.strip().lstrip("-").isdecimal():
        return int(key)
    if isinstance(key, Real) and (isinstance(key, Integral) or float(key).is_integer()):
        return int(operator.index(key) if isinstance(key, Integral) else float(key))
    raise _unknown(key, None, words)


def _unknown(key: Any, width: int | None, words: np.ndarray | None) -> ValueError:
    classes = "the numbers in y"
    if words is not None:
        classes = errors.short_repr(words.tolist())
    elif width:
        classes = f"0 to {max(width, 2) - 1}"
    needs = "keys of class_weight that are classes of the model"
    return errors.value_error("fit", needs, errors.short_repr(key), f"The classes are {classes}.")
