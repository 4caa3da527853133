"""clone_model: the clone has layers and weights of its own, and computes what Keras's clone computes."""

import keras
import numpy as np
import pytest

import dragonet
from dragonet.models import clone_model

X = np.linspace(-1, 1, 12, dtype="float32").reshape(3, 4)


def chain(api):
    return api.Sequential([api.Input((4,)), api.layers.Dense(3, activation="tanh"), api.layers.Dense(2)])


def shared(api):
    a, b = api.Input((4,), name="a"), api.Input((4,), name="b")
    dense, inner = api.layers.Dense(3, name="twice"), chain(api)
    h = api.layers.Add()([dense(a), dense(b)])
    return api.Model([a, b], {"sum": api.layers.Dense(1)(h) + 1.0, "inner": inner(a)})


class Own(dragonet.Model):
    def __init__(self, units=3):
        super().__init__()
        self.units = units
        self.dense = dragonet.layers.Dense(units)

    def call(self, x):
        return self.dense(x)


@pytest.mark.parametrize(("of", "x"), [(chain, X), (shared, [X, X[::-1]])])
def test_a_clone_computes_the_same_with_the_same_weights_as_keras(of, x):
    ours, theirs = of(dragonet), of(keras)
    clone, their_clone = clone_model(ours), keras.models.clone_model(theirs)
    assert type(clone) is type(ours)
    assert [layer.name for layer in clone.layers] == [layer.name for layer in ours.layers]
    assert [w.shape for w in clone.get_weights()] == [w.shape for w in their_clone.get_weights()]
    assert not {id(v) for v in clone.variables} & {id(v) for v in ours.variables}
    for mine, other in zip(clone.get_weights(), ours.get_weights(), strict=True):
        assert mine.ndim == 1 or not np.array_equal(mine, other)
    clone.set_weights(their_clone.get_weights())
    y, their_y = clone.predict(x, verbose=0), their_clone.predict(x, verbose=0)
    for mine, other in zip(np.atleast_1d(_list(y)), np.atleast_1d(_list(their_y)), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-6, atol=1e-6)


def _list(y):
    return y[min(y)] if isinstance(y, dict) else y


def test_a_layer_called_twice_is_one_layer_in_the_clone():
    clone = clone_model(shared(dragonet))
    calls = [node for node in clone.graph.nodes if node.layer.name == "twice"]
    assert len(calls) == 2
    assert calls[0].layer is calls[1].layer


@pytest.mark.parametrize("recursive", [False, True])
def test_the_function_sees_the_layers_that_keras_shows_it(recursive):
    names = {}
    for api, clone in ((dragonet, clone_model), (keras, keras.models.clone_model)):

        def function(layer, api=api):
            names.setdefault(api, []).append(type(layer).__name__)
            return type(layer).from_config(layer.get_config())

        clone(shared(api), clone_function=function, recursive=recursive)
    kinds = [sorted(kind for kind in names[api] if kind in ("Dense", "Sequential")) for api in names]
    assert kinds[0] == kinds[1]
    assert ("Sequential" in kinds[0]) != recursive


def test_a_call_function_may_add_layers():
    def call(layer, *args, **kwargs):
        y = layer(*args, **kwargs)
        return dragonet.layers.Dropout(0.5)(y) if isinstance(layer, dragonet.layers.Dense) else y

    model = shared(dragonet)
    clone = clone_model(model, clone_function=lambda layer: layer, call_function=call)
    assert sum(isinstance(layer, dragonet.layers.Dropout) for layer in clone.layers) == 3
    assert clone.get_layer("twice") is model.get_layer("twice")


def test_tensors_may_take_the_place_of_the_inputs():
    x = dragonet.Input((4,))
    h = dragonet.layers.Rescaling(2.0)(x)
    clone = clone_model(chain(dragonet), input_tensors=h)
    assert clone.input is h
    a, b = dragonet.layers.Rescaling(2.0)(x), dragonet.layers.Rescaling(3.0)(x)
    clone = clone_model(shared(dragonet), input_tensors=[a, b])
    assert clone.inputs[0] is a


def test_what_was_compiled_is_compiled_alike():
    model = chain(dragonet)
    model.compile(dragonet.optimizers.SGD(0.5), "mae")
    clone = clone_model(model)
    assert clone.compiled
    assert float(clone.optimizer.learning_rate) == 0.5
    assert clone.optimizer is not model.optimizer


def test_a_model_with_a_call_is_made_from_its_config():
    model = Own(5)
    model(X)
    clone = clone_model(model)
    assert type(clone) is Own
    assert clone.units == 5
    assert clone(X).shape == (3, 5)
    assert clone.dense is not model.dense


@pytest.mark.parametrize(
    ("model", "arguments", "message"),
    [
        (chain, {"call_function": print}, r"clone_model\(call_function=...\) needs a Model\(inputs, outputs\)"),
        (lambda _: Own(), {"clone_function": print}, "needs a Sequential or a Model"),
        (shared, {"input_tensors": 1}, "clone_model needs input_tensors nested as the model's inputs"),
        (chain, {"input_tensors": [1, 2]}, "clone_model of a Sequential needs one tensor as input_tensors"),
    ],
)
def test_refusals(model, arguments, message):
    with pytest.raises(ValueError, match=message):
        clone_model(model(dragonet), **arguments)
