"""A layer that holds other layers, in dragonet and in Keras, with the same weights."""

from typing import Any
from unittest import mock

import jax
import keras
import numpy as np
from keras.src.initializers.random_initializers import Orthogonal, VarianceScaling

from dragonet import layers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 5, 4)).astype("float32")
MASK = np.array([[1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [1, 0, 1, 0, 1]], bool)


def pair(make: Any, x: np.ndarray = X) -> tuple[Any, Any]:
    """`make(room)` of dragonet's and of Keras's layers, built for x, with Keras's weights."""
    ours, theirs = make(layers), make(keras.layers)
    ours(x)
    with mock.patch.object(VarianceScaling, "__call__", _zeros), mock.patch.object(Orthogonal, "__call__", _zeros):
        theirs.build(x.shape)  # drawing would compile for half a second
    shapes = [weight.shape for weight in theirs.get_weights()]
    assert [weight.shape for weight in ours.get_weights()] == shapes
    weights = [RNG.normal(size=shape).astype("float32") for shape in shapes]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs


def same_outputs(ours: Any, theirs: Any, mask: Any = None, x: np.ndarray = X, **others: Any) -> None:
    """Both return the same arrays."""
    a, b = (jax.tree.leaves(layer(x, mask=mask, **others)) for layer in (ours, theirs))
    for mine, keras_s in zip(a, b, strict=True):
        np.testing.assert_allclose(mine, keras_s, rtol=1e-5, atol=1e-5)


def _zeros(initializer: Any, shape: tuple, dtype: Any = None) -> np.ndarray:
    return np.zeros(shape, dtype)
