"""to_categorical and normalize: Keras's values, and what they refuse."""

import keras
import numpy as np
import pytest

from dragonet import utils


@pytest.mark.parametrize("x", [[0, 2, 1], [[0], [2]], [[0, 1], [2, 0]], [1.0, 0.0], 1], ids=str)
@pytest.mark.parametrize("num_classes", [None, 4])
def test_to_categorical_as_keras(x, num_classes):
    ours, theirs = utils.to_categorical(x, num_classes), keras.utils.to_categorical(x, num_classes)
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)


def test_to_categorical_refuses_numbers_that_are_no_class():
    with pytest.raises(ValueError, match=r"^to_categorical needs class numbers from 0 to 1, but got 0 to 2.$"):
        utils.to_categorical([0, 2], 2)
    with pytest.raises(ValueError, match=r"^to_categorical needs class numbers from 0 to 2, but got -1 to 2.$"):
        utils.to_categorical([-1, 2])  # Keras would mark the last class
    with pytest.raises(TypeError, match=r"needs class numbers, but got .*For words write np.unique\("):
        utils.to_categorical(["red", "green"])


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("order", [1, 2])
def test_normalize_as_keras(axis, order):
    x = np.array([[3.0, 4.0], [0.0, 0.0], [1.0, -1.0]])
    if axis == 0:  # Keras takes axis 0 for the last
        np.testing.assert_allclose(utils.normalize(x, 0, order), utils.normalize(x.T, 1, order).T)
    else:
        np.testing.assert_allclose(utils.normalize(x, axis, order), keras.utils.normalize(x, axis, order))
