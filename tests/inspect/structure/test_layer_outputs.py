"""activations and filters: each layer's numbers and kernels, by hand and against predict, for chains, graphs and nested models."""

import numpy as np
import pytest

import dragonet
from dragonet import inspect, layers
from dragonet.core import session

X = np.random.default_rng(0).normal(size=(3, 6, 6, 1)).astype("float32")


@pytest.fixture(scope="module")
def nested():
    """Two calls of one layer, a join, and a Sequential as a layer."""
    inner = dragonet.Sequential(
        [layers.Input((6, 6, 1)), layers.Conv2D(2, 3, name="conv"), layers.ReLU(name="relu")], name="inner"
    )
    x = dragonet.Input((6, 6, 1))
    h = layers.Flatten(name="flat")(inner(x))
    shared = layers.Dense(32, name="shared")
    first = shared(h)
    joined = layers.add([first, shared(first)], name="join")
    return dragonet.Model(x, layers.Dense(2, activation="softmax", name="out")(joined))


def test_every_layers_output_in_the_order_of_computation(nested):
    outputs = inspect.activations(nested, X)
    assert list(outputs) == ["inner/conv", "inner/relu", "flat", "shared", "shared #2", "join", "out"]
    W, b = nested.get_layer("inner").get_weights()
    by_hand = (X[:, 1:4, 2:5, 0, None] * W[:, :, 0][None]).sum((1, 2)) + b
    np.testing.assert_allclose(outputs["inner/conv"][:, 1, 2], by_hand, rtol=1e-5)
    np.testing.assert_array_equal(outputs["inner/relu"], np.maximum(outputs["inner/conv"], 0))
    np.testing.assert_array_equal(outputs["join"], outputs["shared"] + outputs["shared #2"])
    np.testing.assert_allclose(outputs["out"], nested.predict(X), rtol=1e-5)
    assert all(type(array) is np.ndarray for array in outputs.values())


def test_some_layers_by_name_or_object_and_rows_beyond_one_batch(nested):
    assert list(inspect.activations(nested, X, "flat")) == ["flat"]
    assert list(inspect.activations(nested, X, [nested.get_layer("shared"), "conv"])) == [
        "inner/conv",
        "shared",
        "shared #2",
    ]
    many = np.repeat(X, 100, axis=0)
    np.testing.assert_allclose(inspect.activations(nested, many, "out")["out"], nested.predict(many), rtol=1e-5)


def test_inspecting_a_model_does_not_change_it(nested):
    weights, calls = nested.get_weights(), [len(layer._nodes) for layer in nested.graph.flat]
    counters = repr(session.current())
    inspect.activations(nested, X)
    inspect.saliency(nested, X)
    inspect.receptive_field(nested)
    assert repr(session.current()) == counters
    assert [len(layer._nodes) for layer in nested.graph.flat] == calls
    assert all((a == b).all() for a, b in zip(weights, nested.get_weights(), strict=True))


def test_filters_of_each_kind_in_their_layout():
    x = dragonet.Input((8, 8, 3))
    kinds = [
        layers.Conv2D(5, (3, 2), name="conv"),
        layers.Conv2DTranspose(4, 3, name="transposed"),
        layers.DepthwiseConv2D(3, depth_multiplier=2, name="depth"),
    ]
    model = dragonet.Model(x, [layer(x) for layer in kinds])
    kernels = {layer.name: layer.kernel.numpy() for layer in kinds}
    filters = {name: inspect.filters(model, name) for name in kernels}
    assert {name: result.kernels.shape for name, result in filters.items()} == {
        "conv": (5, 3, 2, 3),
        "transposed": (4, 3, 3, 3),
        "depth": (6, 3, 3, 1),
    }
    np.testing.assert_array_equal(filters["conv"].kernels[4, 2, 1], kernels["conv"][2, 1, :, 4])
    np.testing.assert_array_equal(filters["transposed"].kernels[1, 2, 0], kernels["transposed"][2, 0, 1])
    np.testing.assert_array_equal(filters["depth"].kernels[3, :, :, 0], kernels["depth"][:, :, 1, 1])
    assert filters["conv"].axes == ("height", "width", "channels") and len(filters["conv"]) == 5


def test_a_dense_on_images_has_templates_with_the_names_of_its_classes():
    chain = [layers.Flatten(input_shape=(4, 5)), layers.Dropout(0.5), layers.Dense(3, name="digit")]
    model = dragonet.Sequential(chain)
    model.classes_ = np.array(["ant", "bee", "cat"])
    filters = inspect.filters(model, "digit")
    assert filters.axes == ("height", "width") and filters.names == ("ant", "bee", "cat")
    np.testing.assert_array_equal(np.asarray(filters), model.layers[2].kernel.numpy().T.reshape(3, 4, 5))


def test_series_and_tables():
    series = [layers.Input((9, 4)), layers.Conv1D(2, 3, name="a"), layers.Flatten(), layers.Dense(5, name="b")]
    series = dragonet.Sequential(series)
    assert inspect.filters(series, "a").axes == inspect.filters(series, "b").axes == ("steps", "channels")
    assert inspect.filters(series, "b").kernels.shape == (5, 7, 2)
    table = dragonet.Sequential([layers.Input((4,)), layers.Dense(2, name="c")])
    assert inspect.filters(table, "c").axes == ("features",) and inspect.filters(table, "c").names == ("0", "1")


def test_mistakes_are_refused(nested):
    with pytest.raises(ValueError, match=r"no layer in the model named 'flet'\. Did you mean 'flat'"):
        inspect.activations(nested, X, "flet")
    with pytest.raises(ValueError, match="layers to be at least one, but got none"):
        inspect.activations(nested, X, [])
    with pytest.raises(TypeError, match="activations needs a Sequential or a Model, but got 3"):
        inspect.activations(3, X)
    with pytest.raises(ValueError, match=r"x\[None\] is a batch of one"):
        inspect.activations(nested, X[0])
    with pytest.raises(
        ValueError, match=r"a layer with a kernel, but got 'flat', a Flatten\. Those are inner/conv, shared"
    ):
        inspect.filters(nested, "flat")
