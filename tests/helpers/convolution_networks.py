"""Small convolutional networks that learn on both engines."""

import numpy as np
import pytest

import dragonet as dn
from helpers.native_common import close, steps

L = dn.layers


def network(shape, *layers, optimizer=None):
    dn.utils.set_random_seed(3)
    model = dn.Sequential([L.Input(shape), *layers, L.Flatten(), L.Dense(4, activation="softmax")])
    model.compile(optimizer or dn.optimizers.SGD(0.3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def images(shape, rows=64):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, *shape)).astype("f4"), rng.integers(0, 4, rows).astype("i4")


def learns_as_on_xla(shape, *layers):
    """The weights after three steps, and the loss, are those of XLA."""
    model = network(shape, *layers)
    x, y = images(shape)
    (ours, loss, _), (theirs, wanted, _) = (
        steps(model, x, y, engine=engine, count=3, batch=19) for engine in ("native", "xla")
    )
    close(ours, theirs)
    assert loss == pytest.approx(wanted, rel=1e-5)


def conv2d(*args, **options):
    return L.Conv2D(*args, **{"padding": "same", "activation": "relu"} | options)
