"""The small digits: 1,797 images of 8 × 8, by E. Alpaydin and C. Kaynak (UCI, CC BY 4.0), in scikit-learn's order.

files/digits.npz is `sklearn.datasets.load_digits()` in uint8: importing scikit-learn takes longer than reading it.
"""

from pathlib import Path

import numpy as np

from dragonet.data import split
from dragonet.data.files import array_files

_FILE = Path(__file__).parent / "files" / "digits.npz"

Arrays = tuple[np.ndarray, np.ndarray]


def load() -> Arrays:
    """All images and labels, in scikit-learn's order: x (1797, 8, 8) uint8 from 0 to 16, y (1797,) from 0 to 9.

    >>> x, y = load()
    >>> x.shape, int(x.max()), y[:5].tolist()
    ((1797, 8, 8), 16, [0, 1, 2, 3, 4])
    """
    arrays = array_files.npz(_FILE)
    return arrays["x"], arrays["y"].astype(np.int64)


def load_data(test_size: float = 0.2, seed: int = 42) -> tuple[Arrays, Arrays]:
    """(x_train, y_train), (x_test, y_test), the same rows as scikit-learn's train_test_split(random_state=seed).

    Shapes: x (n, 8, 8) uint8 from 0 to 16, y (n,) from 0 to 9; n is 1437 and 360 by default.
    Raises ValueError for a test_size that leaves one of the two parts empty.

    >>> (x_train, y_train), (x_test, y_test) = load_data()
    >>> x_train.reshape(-1, 64).shape, x_test.shape
    ((1437, 64), (360, 8, 8))
    """
    x_train, x_test, y_train, y_test = split(*load(), test_size=test_size, seed=seed)
    return (x_train, y_train), (x_test, y_test)
