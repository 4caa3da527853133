"""Problems: the packaged data sets as arrays to learn from and arrays to test with."""

import hashlib
from dataclasses import dataclass

import numpy as np

from dragonet.core import errors

VALIDATION = 0.1  # the share of the training rows that is only watched; the test rows are used once, at the end


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows and labels to learn from and to test with.

    Shapes: x (n, ...), y (n,) places in `classes`. `white`: the pixel value of full ink, None where rows are not
    images; `features`: the names of a table's columns, in the order of x.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...]
    white: int | None = None
    features: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one row."""
        return self.x_train.shape[1:]

    @property
    def watched(self) -> int:
        """How many of the training rows, the last ones, are watched and not learned from."""
        return len(self.x_train) - int(len(self.x_train) * (1 - VALIDATION))

    def sha256(self) -> str:
        """A fingerprint of every number in it, the same on every machine."""
        digest = hashlib.sha256()
        for array in (self.x_train, self.y_train, self.x_test, self.y_test):
            little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
            digest.update(f"{little.dtype.str}{little.shape}".encode())
            digest.update(little.data)
        return digest.hexdigest()


def load(name: str, seed: int) -> Problem:
    """The problem of this name; where rows are split or drawn at random, the seed does it.

    >>> load("dragons", seed=0).classes
    ('Blue', 'Red', 'Yellow')
    """
    if name not in _LOADERS:
        raise errors.unknown_name("data set", name, _LOADERS)
    return _LOADERS[name](seed)


def _mnist(seed: int) -> Problem:
    from dragonet.datasets import mnist

    return _digits_of(mnist.load_data(), white=255)


def _digits(seed: int) -> Problem:
    from dragonet.datasets import digits

    return _digits_of(digits.load_data(), white=16)  # the tutorial's split, which does not depend on the seed


def _digits_of(data: tuple, white: int) -> Problem:
    (x_train, y_train), (x_test, y_test) = data
    return Problem(x_train, y_train, x_test, y_test, tuple("0123456789"), white=white)


def _dragons(seed: int) -> Problem:
    from dragonet.datasets import dragons

    (x_train, y_train), (x_test, y_test) = dragons.load_data("color", seed=seed)
    return Problem(x_train, y_train, x_test, y_test, dragons.COLORS, features=dragons.FEATURES)


_LOADERS = {"mnist": _mnist, "digits": _digits, "dragons": _dragons}
