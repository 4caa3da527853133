"""What the layers of cases_core.py refuse, word for word: who speaks, what it needs, what it got, what to do."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dragonet import layers, random
from dragonet.layers import Input

WRONG_ARGUMENTS = [
    ("Dense", (0,), "Dense needs units to be a whole number of at least 1, but got 0."),
    ("Dense", (2.5,), "Dense needs units to be a whole number of at least 1, but got 2.5."),
    ("Dense", (2, "rleu"), "There is no activation 'rleu'. Did you mean 'relu'?"),
    ("Dropout", (20,), "Dropout needs rate to be a number from 0 to below 1, but got 20. Write 0.2 for 20 %."),
    ("SpatialDropout1D", (1,), "SpatialDropout1D needs rate to be a number from 0 to below 1, but got 1."),
    ("Dropout", (0.5, (0, 1)), "Dropout needs each size in noise_shape to be a whole number of at least 1, but got 0."),
    ("GaussianNoise", (-1,), "GaussianNoise needs stddev to be a number from 0, but got -1."),
    ("ReLU", (-1,), "ReLU needs max_value to be a number from 0, but got -1."),
    ("Flatten", ("rows",), "Flatten needs data_format to be one of 'channels_last', 'channels_first', but got 'rows'."),
    ("Reshape", (5,), "Reshape needs target_shape to be a tuple, but got 5. Write Reshape((5,))."),
    ("Reshape", ((-1, -1),), "Reshape needs at most one -1 in target_shape, but got (-1, -1)."),
    (
        "Permute",
        ((0, 1),),
        "Permute needs dims to be the axes 1, 2, ... of a row in a new order, but got (0, 1). "
        "The batch's axis 0 stays where it is: write (2, 1) to swap the two axes of a row.",
    ),
    ("RepeatVector", (0,), "RepeatVector needs n to be a whole number of at least 1, but got 0."),
    ("BatchNormalization", (-1, 2), "BatchNormalization needs momentum to be a number from 0 to 1, but got 2."),
    ("LayerNormalization", ("last",), "LayerNormalization needs axis to be a whole number or several, but got 'last'."),
    ("GroupNormalization", (0,), "GroupNormalization needs groups to be a whole number of at least 1, but got 0."),
    ("Dot", (0,), "Dot needs axes of a row, which begin at 1, but got 0."),
    ("Dot", ((1, 2, 3),), "Dot needs axes to be a whole number or two of them, but got (1, 2, 3)."),
    ("Embedding", (0, 3), "Embedding needs input_dim to be a whole number of at least 1, but got 0."),
    ("Lambda", (3,), "Lambda needs a function, but got 3."),
    ("Input", (784,), "Input needs shape to be a tuple, but got 784. Write shape=(784,)."),
    (
        "Input",
        (),
        "Input needs a shape (of one row), or a batch_shape, but got neither. "
        "Write Input(shape=(784,)) for rows of 784 numbers.",
    ),
]


@pytest.mark.parametrize(("layer", "arguments", "said"), WRONG_ARGUMENTS)
def test_wrong_arguments(layer, arguments, said):
    with pytest.raises((ValueError, TypeError)) as failure:
        getattr(layers, layer)(*arguments)
    assert str(failure.value) == said


WRONG_SHAPES = [
    (
        "Dense",
        {"units": 2},
        (3,),
        "Dense(units=2, name='it') needs inputs of shape (batch, ..., features), but got shape (3,). One number "
        "a row is the shape (batch, 1): write x.reshape(-1, 1).",
    ),
    (
        "Dense",
        {"units": 2},
        (None, None),
        "Dense(units=2, name='it') needs to know the size of axis -1 of its input, but got shape (None, None).",
    ),
    (
        "Dense",
        {"units": 2},
        [(1, 2), (1, 2)],
        "Dense(units=2, name='it') needs one input, but got several, of shapes [(1, 2), (1, 2)]. Put "
        "Concatenate() or Add() before it.",
    ),
    (
        "ReLU",
        {},
        [(1, 2)],
        "ReLU(name='it') needs one input, but got several, of shapes [(1, 2)]. Put Concatenate() or Add() before it.",
    ),
    (
        "Reshape",
        {"target_shape": (2, 2)},
        (None, 5),
        "Reshape(target_shape=(2, 2), name='it') needs rows of 4 numbers, but got rows of shape (5,), which are 5.",
    ),
    (
        "Reshape",
        {"target_shape": (2, -1)},
        (None, 5),
        "Reshape(target_shape=(2, -1), name='it') needs rows of a multiple of 2 numbers, but got rows of shape "
        "(5,), which are 5.",
    ),
    (
        "Permute",
        {"dims": (2, 1)},
        (None, 5),
        "Permute(dims=(2, 1), name='it') needs rows of 2 axes, but got shape (None, 5).",
    ),
    (
        "RepeatVector",
        {"n": 2},
        (2, 3, 4),
        "RepeatVector(n=2, name='it') needs inputs of shape (batch, features), but got shape (2, 3, 4).",
    ),
    (
        "SpatialDropout1D",
        {"rate": 0.5},
        (2, 3),
        "SpatialDropout1D(rate=0.5, name='it') needs inputs of shape (batch, length, channels), but got shape "
        "(2, 3). Put Reshape((3, 1)) before it.",
    ),
    (
        "BatchNormalization",
        {"axis": 3},
        (2, 3),
        "BatchNormalization(axis=3, name='it') needs an input with an axis 3, but got shape (2, 3).",
    ),
    (
        "GroupNormalization",
        {"groups": 4},
        (2, 6),
        "GroupNormalization(groups=4, name='it') needs channels in 4 equal groups, but got 6 channels. Write groups=3.",
    ),
    (
        "Softmax",
        {"axis": (1, 2)},
        (2, 6),
        "Softmax(axis=(1, 2), name='it') needs an input with an axis 1 and 2, but got shape (2, 6).",
    ),
    (
        "PReLU",
        {},
        (2, None),
        "PReLU(name='it') needs to know the size of axis 1 of its input, but got shape (2, None).",
    ),
    (
        "Add",
        {},
        (2, 3),
        "Add(name='it') needs a list of two or more inputs, but got one input. Write Add(name='it')([a, b]).",
    ),
    (
        "Add",
        {},
        [(None, 3), (None, 4)],
        "Add(name='it') needs inputs of one shape (1 stands for any size), but got shapes (None, 3) and (None, 4).",
    ),
    (
        "Add",
        {},
        [(2, 3), (1, 3)],
        "Add(name='it') needs inputs of one shape (1 stands for any size), but got shapes (2, 3) and (1, 3).",
    ),
    (
        "Subtract",
        {},
        [(2, 3), (2, 3), (2, 3)],
        "Subtract(name='it') needs a list of 2 inputs, but got 3 inputs. Write Subtract(name='it')([a, b]).",
    ),
    (
        "Concatenate",
        {},
        [(2, 3), (2, 4, 3)],
        "Concatenate(name='it') needs inputs that agree in all axes but -1, but got shapes (2, 3) and (2, 4, 3).",
    ),
    (
        "Dot",
        {"axes": 1},
        [(2, 3), (2, 4)],
        "Dot(axes=1, name='it') needs two axes of one size, but got shapes (2, 3) and (2, 4).",
    ),
]


@pytest.mark.parametrize(("layer", "arguments", "shape", "said"), WRONG_SHAPES)
def test_wrong_input_shapes(layer, arguments, shape, said):
    with pytest.raises(ValueError) as failure:
        getattr(layers, layer)(**arguments, name="it").init(random.key(0), shape)
    assert str(failure.value) == said


@pytest.mark.parametrize("layer", ["Dense", "BatchNormalization", "LayerNormalization", "GroupNormalization", "PReLU"])
def test_another_width_than_the_one_it_was_built_for(layer):
    arguments = {"Dense": {"units": 2}, "GroupNormalization": {"groups": 1}}.get(layer, {})
    built = getattr(layers, layer)(**arguments, name="it")
    built.build((None, 3))
    with pytest.raises(ValueError, match=r"built for inputs .* is 3, but x has shape \(2, 4\)\.$"):
        built.apply(*built.gather(), jnp.ones((2, 4)), training=True, key=None)
    with pytest.raises(ValueError, match=r"built for inputs of another shape than \(None, 4\), for which its .* a sec"):
        built(Input((4,)))


def test_images_of_as_many_pixels_are_told_to_flatten():
    layer = layers.Dense(2)
    layer.build((None, 6))
    with pytest.raises(ValueError, match=r"is 6, but x has shape \(5, 2, 3\)\. Put Flatten\(\) before it\."):
        layer.apply(*layer.gather(), jnp.ones((5, 2, 3)), training=False, key=None)


def test_dice_without_a_key():
    with pytest.raises(ValueError, match=r"^Dropout\(rate=0.5, name='d'\) needs a key in training mode, but got"):
        layers.Dropout(0.5, name="d").apply({}, {}, jnp.ones((2, 2)), training=True, key=None)


def test_embedding_says_which_number_is_not_in_its_table():
    layer = layers.Embedding(3, 2, name="it")
    for wrong, said in ((5, "5. input_dim must be above the largest number: write Embedding(6, ...)."), (-1, "-1.")):
        with pytest.raises(ValueError) as failure:
            layer(np.array([[0, wrong]]))
        assert str(failure.value) == (
            f"Embedding(input_dim=3, output_dim=2, name='it') needs whole numbers from 0 to 2, but got {said}"
        )


@pytest.mark.parametrize("wrong", [3, -1])
def test_embedding_gives_nan_where_it_cannot_raise(wrong):
    layer = layers.Embedding(3, 2)
    layer.build((None, 2))
    y = jax.jit(lambda params, x: layer.apply(params, {}, x, training=True, key=None)[0])(
        layer.gather()[0], np.array([[0, wrong]])
    )
    assert np.isfinite(y[0, 0]).all() and np.isnan(y[0, 1]).all()
