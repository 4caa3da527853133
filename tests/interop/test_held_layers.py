"""Files of models with layers and models of the user's classes: Keras reads ours, and we read Keras's."""

import keras
import numpy as np
import pytest
from helpers import subclassed_layers as code

import dragonet

X = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")


def classes(k):
    block, linear = code.block(k), code.linear(k)

    class Net(k.Model):
        def __init__(self, widths=(8, 4), **kwargs):
            super().__init__(**kwargs)
            self.widths = list(widths)
            self.hidden = [k.layers.Dense(width, activation="relu") for width in widths]
            self.norm = k.layers.BatchNormalization()
            self.encoder = k.Sequential([k.layers.Dense(6, activation="tanh"), k.layers.Dense(5)])
            self.block = block()
            self.nest = {"a": [k.layers.Dense(5)], "b": (linear(5),)}
            self.out = k.layers.Dense(2)

        def call(self, inputs, training=False):
            x = inputs
            for layer in self.hidden:
                x = layer(x)
            x = self.encoder(self.norm(x, training=training), training=training)
            x = self.nest["b"][0](self.nest["a"][0](x))
            return self.out(self.block(x, training=training))

        def get_config(self):
            return {**super().get_config(), "widths": self.widths}

    return {"Net": Net, "Block": block, "Linear": linear}


def net(k):
    return classes(k)["Net"](widths=[3, 6])


def graph(k):
    own, x = classes(k), k.Input((5,))
    return k.Model(x, k.layers.Dense(1)(own["Block"](width=7)(own["Linear"](3)(x))))


@pytest.mark.parametrize("make", [net, graph])
@pytest.mark.parametrize(("writer", "reader"), [(keras, dragonet), (dragonet, keras), (dragonet, dragonet)])
def test_files_go_both_ways(make, writer, reader, tmp_path):
    model = make(writer)
    model(X)
    model.compile("adam", "mse")
    y = np.zeros((4, model.predict(X, verbose=0).shape[1]))
    model.fit(X, y, verbose=0)
    expected = model.predict(X, verbose=0)
    model.save(tmp_path / "m.keras")
    again = reader.models.load_model(tmp_path / "m.keras", custom_objects=classes(reader))
    np.testing.assert_allclose(again.predict(X, verbose=0), expected, atol=1e-6)
    again.fit(X, y, verbose=0)
    model.save_weights(tmp_path / "m.weights.h5")
    other = make(reader)
    other(X)
    other.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_allclose(other.predict(X, verbose=0), expected, atol=1e-6)


def test_the_arguments_are_the_config_where_there_is_no_get_config(tmp_path):
    @dragonet.saving.register_keras_serializable("lab")
    class Times(dragonet.layers.Layer):
        def __init__(self, factor, names=("a", "b"), **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

        def call(self, x):
            return x * self.factor

    layer = Times(3.0, name="times")
    assert layer.get_config() == {
        "name": "times",
        "trainable": True,
        "dtype": None,
        "factor": 3.0,
    }
    model = dragonet.Sequential([dragonet.Input((5,)), layer])
    model.save(tmp_path / "m.keras")
    again = dragonet.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(X, verbose=0), 3 * X)
    with pytest.raises(TypeError, match=r"^A file of Times needs a function get_config\(self\), as an argument is no"):
        Times(np.ones(2)).get_config()


def test_a_class_that_is_not_known_is_asked_for(tmp_path):
    graph(dragonet).save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match=r"uses the class 'Linear', .* custom_objects=\{'Linear': Linear\}"):
        dragonet.models.load_model(tmp_path / "m.keras")
