"""Graphs in files: residual, shared, nested, cut out of another, with several inputs and outputs; drawn at random too."""

import json

import jax
import numpy as np
import pytest
from helpers import keras_files as both
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dragonet import Input, Model, layers, models
from dragonet.models.graph_config import to_config
from dragonet.models.graph_from_config import from_config

DRAW = np.random.default_rng(5)
ROWS = DRAW.normal(size=(3, 4)).astype("float32")


def residual(library):
    x = library.Input((4,), name="x")
    h = library.layers.Dense(4, activation="tanh", name="d")(x)
    return library.Model(x, library.layers.Dense(2, name="e")(library.layers.add([x, h]))), ROWS


def shared(library):
    a, b = (library.Input((4,), name=name) for name in "ab")
    twin = library.layers.Dense(3, name="twin")
    return library.Model([a, b], library.layers.Subtract()([twin(a), twin(b)])), [ROWS, ROWS[::-1]]


def nested(library):
    x, inside = library.Input((4,), name="x"), library.Input((4,), name="inside")
    inner = library.Model(inside, library.layers.Dense(4, activation="tanh", name="d")(inside), name="inner")
    chain = library.models.Sequential([library.Input((4,)), library.layers.Dense(4, name="d"), library.layers.ReLU()])
    return library.Model(x, [inner(chain(inner(x))), chain(x)]), ROWS


def nested_twice(library):
    x, y, z = (library.Input((4,), name=name) for name in "xyz")
    innermost = library.Model(x, library.layers.Dense(4, name="d")(x), name="innermost")
    inner = library.Model(y, {"once": innermost(y), "twice": innermost(innermost(y))}, name="inner")
    made = inner(z)
    return library.Model(z, library.layers.Concatenate()([made["twice"], made["once"]])), ROWS


def named_ends(library):
    a, b = (library.Input((4,), name=name) for name in "ab")
    both_ = library.layers.Concatenate(name="c")([a, b])
    ends = {"sum": library.layers.Dense(1, name="sum")(both_), "input": a, "deep": [both_]}
    return library.Model({"b": b, "a": a}, ends), {"a": ROWS, "b": 2 * ROWS}


def extractor(library):
    sequential = library.models.Sequential(
        [
            library.Input((4,)),
            library.layers.Dense(3, name="d"),
            library.layers.ReLU(name="r"),
            library.layers.Dense(2, name="e"),
        ]
    )
    return library.Model(sequential.inputs, [layer.output for layer in sequential.layers]), ROWS


def cut(library):
    x = library.Input((4,), name="x")
    h = library.layers.Dense(4, name="d")(x)
    return library.Model(h, library.layers.Dense(2, name="e")(library.layers.ReLU()(h))), ROWS


def signs(library):
    x = library.Input((4,), name="x")
    h = library.layers.Dense(4, name="d")(x)
    return library.Model(x, (h + x) * (h - x)), ROWS


GRAPHS = [residual, shared, nested, nested_twice, named_ends, extractor, cut, signs]


def agree(source, loaded, x):
    before, after = both.outputs(source, x), both.outputs(loaded, x)
    for a, b in zip(before, after, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.__name__)
@pytest.mark.parametrize("to", both.LIBRARIES)
@pytest.mark.parametrize("source", both.LIBRARIES)
def test_graphs_travel(graph, source, to, tmp_path):
    with both.nothing_drawn():
        model, x = graph(both.LIBRARIES[source])
        both.randomized(model)
    model.save(tmp_path / "m.keras")
    loaded = both.load(both.LIBRARIES[to], tmp_path / "m.keras")
    agree(model, loaded, x)
    assert len(loaded.weights) == len(model.weights)


@pytest.mark.filterwarnings("ignore:When providing `inputs` as a dict")
@pytest.mark.parametrize("number", [2, 0.5, -3])
def test_numbers_beside_tensors_in_keras_become_layers(number, tmp_path):
    keras = both.LIBRARIES["keras"]
    x = keras.Input((4,))
    keras.Model(x, [x + number, number + x, x - number, number - x, x * number, number * x]).save(tmp_path / "m.keras")
    model = models.load_model(tmp_path / "m.keras")
    for a, b in zip(
        both.outputs(model, ROWS),
        [ROWS + number, number + ROWS, ROWS - number, number - ROWS, ROWS * number, number * ROWS],
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


def test_operations_of_keras_are_read(tmp_path):
    keras = both.LIBRARIES["keras"]
    x, wide = keras.Input((4,)), keras.Input((3, 4))
    keras.Model([x, wide], [x / 2, x[:, 0], keras.ops.relu(x), x[:, None] + wide]).save(tmp_path / "m.keras")
    model = models.load_model(tmp_path / "m.keras")
    rows = np.float32([[1, -2, 3, 4]])
    outputs = model([rows, np.ones((1, 3, 4), "float32")])
    wanted = [rows / 2, rows[:, 0], np.maximum(rows, 0), rows[:, None] + np.ones((1, 3, 4), "float32")]
    for a, b in zip(outputs, wanted, strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_operation_that_no_graph_holds_is_named(tmp_path):
    keras = both.LIBRARIES["keras"]
    x = keras.Input((4,))
    keras.Model(x, keras.ops.sinh(keras.ops.cross(x[:, :3], x[:, :3]))).save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match=r"cannot be loaded. dragonet needs models made of .* the operation 'Cross'"):
        models.load_model(tmp_path / "m.keras")


def test_a_layer_in_two_nested_models_stays_one(tmp_path):
    x, z = Input((4,)), Input((4,))
    twin = layers.Dense(4, name="twin")
    left = Model(x, twin(x), name="left")
    right = models.Sequential([Input((4,)), twin, layers.ReLU()], name="right")
    Model(z, [left(z), right(z), twin(z)]).save(tmp_path / "m.keras")
    loaded = models.load_model(tmp_path / "m.keras")
    layers_of_file = {
        id(loaded.get_layer("twin")),
        id(loaded.get_layer("left").get_layer("twin")),
        id(loaded.get_layer("right").layers[0]),
    }
    assert len(layers_of_file) == 1
    assert loaded.count_params() == 20


def test_frozen_layers_stay_frozen(tmp_path):
    model = models.Sequential(
        [Input((4,)), layers.Dense(3), layers.BatchNormalization(trainable=False), layers.Dense(2)]
    )
    model.trainable = False
    model.layers[-1].trainable = True
    model.save(tmp_path / "m.keras")
    for library in both.LIBRARIES.values():
        loaded = both.load(library, tmp_path / "m.keras")
        assert [layer.trainable for layer in loaded.layers] == [False, False, True]
        assert len(loaded.trainable_variables) == 2
    whole, _ = residual(both.LIBRARIES["dragonet"])
    whole.trainable = False
    whole.save(tmp_path / "m.keras")
    assert not models.load_model(tmp_path / "m.keras").trainable_variables


def test_the_json_of_a_model_makes_one_with_fresh_weights():
    model, _ = nested(both.LIBRARIES["dragonet"])
    again = models.model_from_json(model.to_json())
    assert again.get_config() == model.get_config()
    assert again.count_params() == model.count_params()
    with pytest.raises(TypeError, match="model_from_json needs the JSON of a model"):
        models.model_from_json(json.dumps({"a": 1}))


def test_a_sequential_without_shape_travels_as_config():
    config = models.Sequential([layers.Dense(3), layers.ReLU()]).get_config()
    again = models.Sequential.from_config(json.loads(json.dumps(config)))
    assert not again.built
    assert [type(layer).__name__ for layer in again.layers] == ["Dense", "ReLU"]


def test_two_layers_of_one_name_are_refused_before_writing():
    x = Input((4,))
    with pytest.raises(ValueError, match="layers with names of their own, but got 'd' twice"):
        to_config(Model(x, layers.Dense(3, name="d")(layers.Dense(4, name="d")(x))))


# --- drawn at random --------------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["dense", "norm", "again", "add", "join", "nest"]), st.integers(0, 99), st.integers(0, 99)
    ),
    min_size=1,
    max_size=9,
)


def drawn(library, steps, ends):
    """A graph of width 2 in which each step takes tensors made so far."""
    known, made, inner = [library.Input((2,), name=name) for name in ("x", "y")], [], None
    for kind, i, j in steps:
        a, b = known[i % len(known)], known[j % len(known)]
        if kind == "again" and made:
            known.append(made[j % len(made)](a))
        elif kind == "add":
            known.append(library.layers.add([a, b]))
        elif kind == "join":
            known.append(library.layers.Dense(2)(library.layers.Concatenate()([a, b])))
        elif kind == "nest":
            if inner is None:
                start = library.Input((2,))
                inner = library.Model(start, library.layers.Dense(2)(library.layers.Dense(2)(start)))
            known.append(inner(a))
        else:
            made.append(library.layers.Dense(2) if kind != "norm" else library.layers.BatchNormalization())
            known.append(made[-1](a))
    return library.Model(known[:2], [known[2:][end % len(known[2:])] for end in ends])


@settings(max_examples=20, deadline=None)
@example(
    steps=[("dense", 0, 0), ("dense", 0, 0), ("join", 0, 0), ("add", 2, 34)], ends=[2, 3]
)  # an output that is used too
@given(steps=STEPS, ends=st.lists(st.integers(0, 99), min_size=1, max_size=3))
def test_random_graphs_keep_each_weight_in_its_place_both_ways(steps, ends, tmp_path_factory):
    path = tmp_path_factory.mktemp("g") / "m.keras"
    for source, to in (("dragonet", "keras"), ("keras", "dragonet")):
        with both.nothing_drawn():
            model = both.randomized(drawn(both.LIBRARIES[source], steps, ends))
        model.save(path)
        before, after = both.weights(model), both.weights(both.load(both.LIBRARIES[to], path))
        assert before.keys() == after.keys()
        jax.tree.map(np.testing.assert_array_equal, before, after)


@settings(max_examples=20, deadline=None)
@given(steps=STEPS, ends=st.lists(st.integers(0, 99), min_size=1, max_size=3))
def test_random_graphs_have_one_config(steps, ends):
    with both.nothing_drawn():
        model = drawn(both.LIBRARIES["dragonet"], steps, ends)
        config = to_config(model)
        again = from_config(Model, json.loads(json.dumps(config)))
    assert to_config(again) == config
    assert again.graph.identity() == model.graph.identity()
