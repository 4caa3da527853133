"""TimeDistributed against Keras with the same weights."""

import numpy as np
import pytest
from helpers.wrapper_pair import MASK, X, pair, same_outputs

import dragonet
from dragonet import layers

PICTURES = np.random.default_rng(3).normal(size=(2, 3, 6, 6, 2)).astype("float32")


def test_it_is_keras_s():
    same_outputs(*pair(lambda room: room.TimeDistributed(room.Dense(3, activation="relu"))), MASK)
    same_outputs(*pair(lambda room: room.TimeDistributed(room.Conv2D(3, 3)), PICTURES), x=PICTURES)


def test_it_takes_a_model():
    inner = dragonet.Sequential([dragonet.Input((6, 6, 2)), layers.Flatten(), layers.Dense(4)])
    model = dragonet.Sequential([dragonet.Input((3, 6, 6, 2)), layers.TimeDistributed(inner), layers.LSTM(2)])
    assert len(model.trainable_variables) == 5 and model.predict(PICTURES).shape == (2, 2)
    steps = np.stack([inner.predict(PICTURES[:, t]) for t in range(3)], axis=1)
    np.testing.assert_allclose(layers.TimeDistributed(inner)(PICTURES), steps, atol=1e-5)


def test_mistakes():
    with pytest.raises(TypeError, match=r"TimeDistributed needs a layer, but got 'dense'"):
        layers.TimeDistributed("dense")
    with pytest.raises(ValueError, match=r"inputs of shape \(batch, steps, \.\.\.\), but got shape \(3, 4\)"):
        layers.TimeDistributed(layers.Dense(2))(X[:, 0])
    with pytest.raises(ValueError, match=r"a mask of shape \(3, 5\), but got shape \(3, 4\)"):
        layers.TimeDistributed(layers.Dense(2))(X, mask=MASK[:, :4])
