"""MNIST: 70,000 handwritten digits, 28 × 28 grey levels, by Y. LeCun and C. Cortes (CC BY-SA 3.0)."""

from pathlib import Path

import numpy as np

from dragonet.data.files import array_files

_FILE = Path(__file__).parent / "files" / "mnist.npz"

Arrays = tuple[np.ndarray, np.ndarray]


def load_data(path: str = "mnist.npz") -> tuple[Arrays, Arrays]:
    """(x_train, y_train), (x_test, y_test), from the package.

    Shapes: x_train (60000, 28, 28), x_test (10000, 28, 28), uint8 from 0 (paper) to 255 (ink); y (n,), uint8, 0 to 9.
    `path` is where Keras would keep its download; there is none, so it changes nothing.

    >>> (x_train, y_train), (x_test, y_test) = load_data()
    >>> x_train.shape, x_test.shape, y_train[:5].tolist()
    ((60000, 28, 28), (10000, 28, 28), [5, 0, 4, 1, 9])
    """
    arrays = array_files.npz(_FILE)
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
