"""Models with `call`, run by Keras and by dragonet."""

import keras
import numpy as np
import pytest
from helpers import subclassed_layers as code
from helpers.compare_trainings import compare_trainings

import dragonet


def mlp(k):
    block = code.block(k)

    class MLP(k.Model):
        def __init__(self, hidden=(8, 4), **kwargs):
            super().__init__(**kwargs)
            self.hidden = [k.layers.Dense(width, activation="relu") for width in hidden]
            self.norm = k.layers.BatchNormalization()
            self.encoder = k.Sequential([k.layers.Dense(6, activation="tanh"), k.layers.Dense(5)])
            self.block = block()
            self.out = k.layers.Dense(2)

        def call(self, inputs, training=False):
            x = inputs
            for layer in self.hidden:
                x = layer(x)
            x = self.norm(x, training=training)
            return self.out(self.block(self.encoder(x), training=training))

    return MLP


def called(k):
    model = mlp(k)(name="mlp")
    model(np.zeros((2, 5), "float32"))
    return model


def inside_a_graph(k):
    x = k.Input((5,))
    return k.Model(x, k.layers.Dense(1)(mlp(k)(hidden=[3])(x)))


def with_weights_of_its_own(k):
    class Scaled(k.Model):
        def __init__(self):
            super().__init__()
            self.dense = k.layers.Dense(3)

        def build(self, input_shape):
            self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")
            self.dense.build(input_shape)
            self.built = True

        def call(self, x):
            return self.dense(x * self.scale)

    model = Scaled()
    model(np.zeros((2, 5), "float32"))
    return model


@pytest.mark.parametrize("build", [called, inside_a_graph, with_weights_of_its_own], ids=lambda build: build.__name__)
def test_trains_as_in_keras(build):
    theirs, ours = compare_trainings(build, metrics=["mae"])
    assert [type(layer).__name__ for layer in ours.layers] == [type(layer).__name__ for layer in theirs.layers]
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]


def test_a_model_is_built_by_fit():
    x, y = np.ones((8, 5)), np.ones((8, 2))
    for k in (keras, dragonet):
        model = mlp(k)()
        assert model.weights == [] or k is keras
        model.compile("sgd", "mse")
        model.fit(x, y, verbose=0)
        assert len(model.weights) == 24 and model.built
