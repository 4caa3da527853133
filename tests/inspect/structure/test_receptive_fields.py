"""receptive_field: by hand, and against the inputs that change the output when they are changed one by one."""

import math

import numpy as np
import pytest

import dragonet
from dragonet import inspect, layers
from dragonet.inspect.structure.receptive_field_graph import compute_reaches


def influencing_positions(model, axis):
    """For each layer the input positions along an axis that change position 0, 1, 2, ... of its output."""
    rng = np.random.default_rng(0)
    x = rng.random((1, *model.input_shape[1:])).astype("float32")
    n = x.shape[axis]
    changed = np.repeat(x, n, axis=0)
    for i in range(n):
        np.moveaxis(changed, axis, 1)[i, i] += 1
    result = {}
    for name, y in inspect.activations(model, np.concatenate([x, changed])).items():
        differs = (y[1:] != y[0]).any(tuple(a for a in range(1, y.ndim) if a != axis))
        result[name] = [set(np.flatnonzero(column)) for column in differs.T]
    return result


def with_positive_weights(model):
    """The model with weights above 0, so that no contributions cancel and no ReLU outputs 0."""
    model.set_weights([np.abs(w) + 0.1 for w in model.get_weights()])
    return model


CHAINS = {
    "dilated, strided, pooled": [
        layers.Conv1D(2, 3, dilation_rate=2, name="a"),
        layers.AveragePooling1D(2, name="b"),
        layers.Conv1D(2, 3, padding="same", activation="relu", name="c"),
        layers.Conv1D(1, 2, strides=2, padding="same", name="d"),
    ],
    "causal, padded, cropped, upsampled": [
        layers.ZeroPadding1D((2, 1), name="a"),
        layers.Conv1D(2, 3, padding="causal", name="b"),
        layers.Cropping1D((1, 0), name="c"),
        layers.UpSampling1D(2, name="d"),
        layers.Conv1D(1, 2, name="e"),
    ],
    "transposed": [
        layers.Conv1D(2, 4, strides=2, name="a"),
        layers.Conv1DTranspose(2, 5, strides=2, padding="same", name="b"),
        layers.DepthwiseConv1D(2, name="c"),
    ],
}


@pytest.mark.parametrize("name", CHAINS)
def test_the_field_contains_every_influencing_position(name):
    n = 20
    model = with_positive_weights(dragonet.Sequential([layers.Input((n, 1)), *CHAINS[name]]))
    influencing = influencing_positions(model, 1)
    reaches = compute_reaches(model.graph, model.input)
    for field, node in zip(inspect.receptive_field(model), model.graph.nodes, strict=True):
        reach = reaches[id(node.outputs)][1]
        for i, positions in enumerate(influencing[field.layer]):
            low, high = reach.low + i * reach.stride, reach.high + i * reach.stride
            inside = set(range(math.ceil(low), math.floor(high) + 1)) & set(range(n))
            assert positions <= inside, (field, i)
            if name == "dilated, strided, pooled" and inside:  # after upsampling the field is a bound
                assert (min(positions), max(positions)) == (min(inside), max(inside)), (field, i)
        largest = max(max(positions) - min(positions) + 1 for positions in influencing[field.layer] if positions)
        assert largest <= field.size[0] <= largest + (name != "dilated, strided, pooled"), field


def test_a_graph_with_branches_has_the_largest_field():
    x = dragonet.Input((12, 10, 1))
    h = layers.Conv2D(2, (3, 1), padding="same", name="tall")(x)
    wide = layers.Conv2D(2, (1, 5), padding="same", name="wide")(h)
    model = with_positive_weights(
        dragonet.Model(x, layers.AveragePooling2D(2, name="pool")(layers.add([h, wide], name="join")))
    )
    fields = inspect.receptive_field(model)
    assert [field.size for field in fields] == [(3, 1), (3, 5), (3, 5), (4, 6)]
    assert fields["pool"].stride == (2, 2) and fields["pool"].start == (-1, -2)
    assert influencing_positions(model, 1)["pool"][1] == {1, 2, 3, 4} and influencing_positions(model, 2)["pool"][
        1
    ] == {0, 1, 2, 3, 4, 5}


def test_the_tutorials_cnn_as_a_table():
    chain = [
        layers.Reshape((28, 28, 1), input_shape=(28, 28)),
        layers.Conv2D(4, 5, padding="same", name="one"),
        layers.MaxPooling2D(2, name="two"),
        layers.Conv2D(4, 5, padding="same", name="three"),
        layers.Flatten(name="flat"),
    ]
    fields = inspect.receptive_field(dragonet.Sequential(chain))
    assert str(fields).splitlines() == [
        "layer    kind          sees     moves by  starts at",
        "reshape  Reshape       1 × 1    1 × 1     0, 0",
        "one      Conv2D        5 × 5    1 × 1     −2, −2",
        "two      MaxPooling2D  6 × 6    2 × 2     −2, −2",
        "three    Conv2D        14 × 14  2 × 2     −6, −6",
        "flat     Flatten       all",
    ]
    assert str(fields["three"]) == "three sees 14 × 14 pixels from −6, −6 on, and moves by 2 × 2"
    assert fields["flat"].whole and fields["flat"].size == (28, 28) and fields["flat"].stride == (None, None)


MIXING = [
    layers.LayerNormalization(axis=(1, 2)),
    layers.GroupNormalization(1),
    layers.Softmax(axis=1),
    layers.GlobalAveragePooling1D(keepdims=True),
    layers.Lambda(lambda x: x[:, ::-1]),
]
LOCAL = [
    layers.LayerNormalization(),
    layers.Dense(3),
    layers.BatchNormalization(),
    layers.Dropout(0.5),
    layers.Permute((2, 1)),
    layers.PReLU(),
]


@pytest.mark.parametrize("kinds", [MIXING, LOCAL], ids=["mixing", "local"])
def test_which_layers_mix_the_steps(kinds):
    x = dragonet.Input((9, 2))
    h = layers.Conv1D(2, 3, padding="same", name="conv")(x)
    model = dragonet.Model(x, [layer(h) for layer in kinds])
    fields = inspect.receptive_field(model)
    assert len(fields) == 1 + len(kinds)
    assert all(field.whole == (kinds is MIXING) for field in fields if field.layer != "conv")


def test_one_of_several_inputs_is_chosen_by_name():
    a, b = dragonet.Input((8, 1), name="a"), dragonet.Input((8, 1), name="b")
    h = layers.Conv1D(1, 3, padding="same", name="conv")(a)
    model = dragonet.Model(
        [a, b], layers.add([h, layers.MaxPooling1D(3, 1, padding="same", name="pool")(b)], name="sum")
    )
    assert [field.layer for field in inspect.receptive_field(model, input="a")] == ["conv", "sum"]
    with pytest.raises(ValueError, match=r"which input is meant, but got a model with \['a', 'b'\]\. Write input='a'"):
        inspect.receptive_field(model)
    with pytest.raises(ValueError, match="no input in the model named 'c'"):
        inspect.receptive_field(model, input="c")
    with pytest.raises(ValueError, match="a layer that depends on the input 'a', but got 'pool', which does not"):
        inspect.receptive_field(model, "pool", input="a")


def test_a_model_without_convolution_or_pooling_is_refused():
    with pytest.raises(ValueError, match="with convolutions or pooling over the steps or pixels"):
        inspect.receptive_field(dragonet.Sequential([layers.Input((4,)), layers.Dense(2)]))
