"""mnist: what Keras gives, from the package."""

import inspect

import numpy as np

from dragonet.datasets import mnist


def test_mnist_is_what_keras_gives():
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    assert [a.shape for a in (x_train, y_train, x_test, y_test)] == [
        (60000, 28, 28),
        (60000,),
        (10000, 28, 28),
        (10000,),
    ]
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype("uint8")}
    assert (x_train.min(), x_train.max()) == (0, 255)
    # The counts that LeCun's page and every paper since have.
    assert np.bincount(y_train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert (round(x_train.mean() / 255, 4), round(x_train.std() / 255, 4)) == (0.1307, 0.3081)


def test_mnist_has_the_signature_of_keras():
    assert str(inspect.signature(mnist.load_data)).split(" ->")[0] == "(path: str = 'mnist.npz')"


def test_mnist_can_be_written_to_without_changing_the_next_load():
    (x, _), _ = mnist.load_data()
    x[0] = 7
    assert mnist.load_data()[0][0][0].max() == 255
