"""Every layer of the lists travels in `.keras` files both ways: one model holds them all, each on an input of its own."""

import numpy as np
import pytest
from helpers import keras_files as both
from helpers import layer_cases as cases
from helpers.layer_case import Case

from dragonet import layers

# Those of the lists, and the layers that only have tests of their own.
CASES = [*cases.CASES, Case("DepthwiseConv1D", {"kernel_size": 2, "depth_multiplier": 2, "strides": 2}, (2, 5, 3))]

ways = pytest.mark.parametrize("to", both.LIBRARIES)
every_case = pytest.mark.parametrize("number", range(len(CASES)), ids=[str(case) for case in CASES])


def drawn(case):
    draw, shapes = np.random.default_rng(3), case.inputs if isinstance(case.inputs, list) else [case.inputs]
    if case.below or case.uint8:
        dtype = "int32" if case.below else "uint8"
        return [draw.integers(0, case.below or 256, shape).astype(dtype) for shape in shapes]
    return [draw.normal(size=shape).astype("float32") for shape in shapes]


X = [x for case in CASES for x in drawn(case)]


def zoo(library):
    """The model of all layers, with the same weights in both libraries."""
    inputs, ends = [], []
    with both.nothing_drawn():
        for number, case in enumerate(CASES):
            mine = [
                library.Input(x.shape[1:], dtype=str(x.dtype), name=f"x{number}_{i}") for i, x in enumerate(drawn(case))
            ]
            layer = getattr(library.layers, case.layer)(**case.kwargs, name=f"layer{number}")
            ends.append(layer(mine if isinstance(case.inputs, list) else mine[0]))
            inputs += mine
        return both.randomized(library.Model(inputs, ends))


@pytest.fixture(scope="module")
def travelled(tmp_path_factory):
    """Keras's model, and the two that were saved by one library and loaded by the other."""
    folder, models = tmp_path_factory.mktemp("zoo"), {"source": zoo(both.LIBRARIES["keras"])}
    for to, source in (("dragonet", models["source"]), ("keras", zoo(both.LIBRARIES["dragonet"]))):
        source.save(folder / f"{to}.keras")
        models[to] = both.load(both.LIBRARIES[to], folder / f"{to}.keras")
    return {name: (both.outputs(model, X), both.weights(model)) for name, model in models.items()}


@ways
@every_case
def test_predictions_are_equal_after_the_journey(to, number, travelled):
    before, after = travelled["source"][0][number], travelled[to][0][number]
    assert before.shape == after.shape
    limit = CASES[number].tolerance * max(1.0, np.abs(before).max(initial=0))
    np.testing.assert_array_less(np.abs(before - after), limit)


@ways
@every_case
def test_weights_are_the_same_bits(to, number, travelled):
    before, after = (travelled[name][1][f"layer{number}"] for name in ("source", to))
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_lists_have_every_layer_that_a_file_may_name():
    listed = {getattr(layers, case.layer) for case in CASES} | {layers.InputLayer, layers.Layer, layers.Lambda}
    # tests/layers/recurrent and tests/layers/attention
    listed |= {layers.Attention, layers.AdditiveAttention, layers.MultiHeadAttention, layers.GroupQueryAttention}
    listed |= {layers.RNN, layers.StackedRNNCells, layers.Bidirectional, layers.TimeDistributed}
    listed |= {layers.RandomCrop}  # tests/layers/augmentation: on purpose not as Keras 3.15 does
    listed |= {layers.MinGRU, layers.LRU, layers.SimpleRNNCell, layers.LSTMCell, layers.GRUCell}
    classes = (getattr(layers, name) for name in layers.__all__)
    assert {cls for cls in classes if isinstance(cls, type) and issubclass(cls, layers.Layer)} == listed
