"""digits: the images and the rows of scikit-learn."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from dragonet.datasets import digits


def test_digits_are_those_of_scikit_learn():
    theirs = load_digits()
    x, y = digits.load()
    assert x.shape == (1797, 8, 8) and x.dtype == np.uint8
    np.testing.assert_array_equal(x, theirs.images)
    np.testing.assert_array_equal(y, theirs.target)


@pytest.mark.parametrize("options", [{}, {"test_size": 0.25, "seed": 7}])
def test_digits_are_split_into_the_rows_of_scikit_learn(options):
    theirs = load_digits()
    x_train, x_test, y_train, y_test = train_test_split(
        theirs.data, theirs.target, test_size=options.get("test_size", 0.2), random_state=options.get("seed", 42)
    )
    (our_x_train, our_y_train), (our_x_test, our_y_test) = digits.load_data(**options)
    np.testing.assert_array_equal(our_x_train.reshape(-1, 64), x_train)
    np.testing.assert_array_equal(our_x_test.reshape(-1, 64), x_test)
    np.testing.assert_array_equal(our_y_train, y_train)
    np.testing.assert_array_equal(our_y_test, y_test)


def test_digits_default_split_is_that_of_the_tutorial():
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert [a.shape for a in (x_train, y_train, x_test, y_test)] == [(1437, 8, 8), (1437,), (360, 8, 8), (360,)]
