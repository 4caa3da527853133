"""Convolutions: values by hand, what they are known for (shifts, causality, dilation, transposes), what they refuse."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dragonet import random
from dragonet.layers import (
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Convolution2D,
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv2D,
)

DRAW = np.random.default_rng(3)


def run(layer, x, **params):
    """The layer's formula with these weights."""
    params = {name: jnp.asarray(w) for name, w in params.items()}
    y, state = layer.apply(params, {}, jnp.asarray(x), training=False, key=None)
    assert state == {}
    return np.asarray(y)


def series(values):
    return np.asarray(values, "float32").reshape(1, -1, 1)


def filters(*values):
    return np.asarray(values, "float32").reshape(-1, 1, 1)


class TestByHand:
    x = series([1, 2, 3, 4, 5])

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ({}, [1 - 3, 2 - 4, 3 - 5]),
            ({"padding": "same"}, [0 - 2, 1 - 3, 2 - 4, 3 - 5, 4 - 0]),
            ({"padding": "causal"}, [0 - 1, 0 - 2, 1 - 3, 2 - 4, 3 - 5]),
            ({"padding": "causal", "dilation_rate": 2}, [-1, -2, -3, -4, 1 - 5]),
            ({"strides": 2}, [1 - 3, 3 - 5]),
            ({"padding": "same", "strides": 2}, [0 - 2, 2 - 4, 4 - 0]),
        ],
    )
    def test_steps(self, options, expected):
        y = run(Conv1D(1, 3, use_bias=False, **options), self.x, kernel=filters(1, 0, -1))
        np.testing.assert_array_equal(y.ravel(), expected)

    def test_pixels_bias_and_activation(self):
        x = np.array([[1, 2], [3, 4]], "float32").reshape(1, 2, 2, 1)
        W = np.array([[10, 20], [30, 40]], "float32").reshape(2, 2, 1, 1)
        layer = Conv2D(1, 2, activation="relu")
        assert run(layer, x, kernel=W, bias=np.array([7.0], "float32")).item() == 10 + 40 + 90 + 160 + 7
        assert run(layer, x, kernel=W, bias=np.array([-301.0], "float32")).item() == 0

    def test_even_kernels_pad_more_behind_as_keras_does(self):
        y = run(Conv1D(1, 2, padding="same", use_bias=False), self.x, kernel=filters(1, 10))
        np.testing.assert_array_equal(y.ravel(), [21, 32, 43, 54, 5])

    def test_depthwise_leaves_channels_apart(self):
        x = np.array([[[1, 100], [2, 200]]], "float32")
        W = np.array([[[1, 2], [1, 0]], [[0, 0], [0, 1]]], "float32")  # (2 steps, 2 channels, 2 filters each)
        y = run(DepthwiseConv1D(2, depth_multiplier=2, use_bias=False), x, kernel=W)
        np.testing.assert_array_equal(y.ravel(), [1, 2, 100, 200])

    def test_transposed_paints_the_filter_at_each_step(self):
        y = run(Conv1DTranspose(1, 3, strides=2, use_bias=False), series([1, 10]), kernel=filters(1, 2, 3))
        np.testing.assert_array_equal(y.ravel(), [1, 2, 3 + 10, 20, 30])


def test_groups_are_convolutions_side_by_side():
    x = DRAW.normal(size=(2, 4, 5, 4)).astype("float32")
    W = DRAW.normal(size=(3, 3, 2, 6)).astype("float32")
    together = run(Conv2D(6, 3, groups=2, use_bias=False), x, kernel=W)
    apart = [
        run(Conv2D(3, 3, use_bias=False), x[..., i : i + 2], kernel=W[..., j : j + 3]) for i, j in ((0, 0), (2, 3))
    ]
    np.testing.assert_allclose(together, np.concatenate(apart, axis=-1), atol=1e-5)


def test_separable_is_depthwise_and_then_pointwise():
    x = DRAW.normal(size=(1, 5, 5, 2)).astype("float32")
    layer = SeparableConv2D(3, 2, depth_multiplier=2, use_bias=False)
    (params, _), _ = layer.init(random.key(0), x.shape)
    h = run(DepthwiseConv2D(2, depth_multiplier=2, use_bias=False), x, kernel=params["depthwise_kernel"])
    y = run(Conv2D(3, 1, use_bias=False), h, kernel=params["pointwise_kernel"])
    np.testing.assert_allclose(run(layer, x, **params), y, atol=1e-5)


def test_shifting_the_series_shifts_the_output():
    x, W = DRAW.normal(size=(1, 12, 2)).astype("float32"), DRAW.normal(size=(3, 2, 4)).astype("float32")
    layer = Conv1D(4, 3, padding="same", use_bias=False)
    y, shifted = run(layer, x, kernel=W), run(layer, np.roll(x, 1, axis=1), kernel=W)
    np.testing.assert_array_equal(shifted[:, 3:-2], y[:, 2:-3])


@pytest.mark.parametrize("axis", [1, 2])
def test_shifting_the_image_shifts_the_output(axis):
    x, W = DRAW.normal(size=(1, 9, 8, 1)).astype("float32"), DRAW.normal(size=(3, 3, 1, 2)).astype("float32")
    layer = Conv2D(2, 3, padding="same", use_bias=False)
    y, shifted = run(layer, x, kernel=W), run(layer, np.roll(x, 1, axis=axis), kernel=W)
    inside = np.s_[:, 2:-2, 2:-2]
    np.testing.assert_array_equal(shifted[inside], np.roll(y, 1, axis=axis)[inside])


def seen(layers, length, at):
    """Which steps of the input the output's step `at` depends on."""

    def y(x):
        for layer in layers:
            x, _ = layer.apply({"kernel": jnp.ones((layer.kernel_size[0], 1, 1))}, {}, x, training=False, key=None)
        return x[0, at, 0]

    return np.flatnonzero(np.asarray(jax.grad(y)(jnp.ones((1, length, 1)))).ravel()).tolist()


def test_dilation_widens_what_is_seen():
    dilated = [Conv1D(1, 3, padding="same", dilation_rate=d, use_bias=False) for d in (1, 2, 4)]
    assert seen(dilated, 31, 15) == list(range(15 - 7, 15 + 7 + 1))  # 1 + 2·(1 + 2 + 4) = 15 steps
    plain = [Conv1D(1, 3, padding="same", use_bias=False)] * 3
    assert seen(plain, 31, 15) == list(range(15 - 3, 15 + 3 + 1))


def test_causal_convolutions_do_not_see_the_future():
    layers = [Conv1D(1, 2, padding="causal", dilation_rate=d, use_bias=False) for d in (1, 2)]
    assert seen(layers, 9, 5) == [2, 3, 4, 5]


@pytest.mark.parametrize(
    "options",
    [
        {"strides": (2, 3), "padding": "same"},
        {"strides": (2, 3)},
        {"dilation_rate": 2},
        {"padding": "same"},
    ],
)
def test_transposed_is_the_transpose_of_the_convolution(options):
    """<conv x, y> = <x, transposed y>: the definition of a transpose."""
    x, W = DRAW.normal(size=(1, 6, 9, 2)).astype("float32"), DRAW.normal(size=(3, 3, 2, 4)).astype("float32")
    forward = run(Conv2D(4, 3, use_bias=False, **options), x, kernel=W)
    y = DRAW.normal(size=forward.shape).astype("float32")
    back = run(Conv2DTranspose(2, 3, use_bias=False, **options), y, kernel=W)
    whole = np.zeros(x.shape)  # strides may leave the last pixels unseen
    whole[:, : back.shape[1], : back.shape[2]] = back[:, :6, :9]
    np.testing.assert_allclose(np.vdot(forward, y), np.vdot(x, whole), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    "layer",
    [
        lambda **f: Conv2D(3, 3, strides=(2, 1), padding="same", use_bias=True, **f),
        lambda **f: Conv2DTranspose(3, 2, strides=(1, 2), **f),
    ],
)
def test_channels_first_is_channels_last_with_its_axes_moved(layer):
    x = DRAW.normal(size=(2, 5, 6, 2)).astype("float32")
    last, first = layer(), layer(data_format="channels_first")
    (params, _), _ = last.init(random.key(0), x.shape)
    params["bias"] = jnp.arange(3.0)
    moved = run(first, np.moveaxis(x, -1, 1), **params)
    np.testing.assert_allclose(np.moveaxis(moved, 1, -1), run(last, x, **params), atol=1e-5)


def primitives(function, *args):
    return {equation.primitive.name for equation in jax.make_jaxpr(function)(*args).eqns}


def test_the_formula_and_its_slopes_are_plain_convolutions():
    layer, x = Conv2D(2, 3, padding="same", use_bias=False), jnp.ones((1, 4, 4, 1))
    f = lambda W, x: layer.apply({"kernel": W}, {}, x, training=False, key=None)[0].sum()  # noqa: E731
    found = primitives(jax.grad(f, (0, 1)), jnp.ones((3, 3, 1, 2)), x)
    assert "conv_general_dilated" in found
    assert not found & {"dot_general", "gather", "custom_vjp_call"}


def test_unknown_lengths_stay_unknown():
    assert Conv2D(4, 3, strides=2).compute_output_shape((None, None, 9, 1)) == (None, None, 4, 4)
    assert Conv1DTranspose(4, 3, strides=2).compute_output_shape((None, None, 1)) == (None, None, 4)


def test_penalties_find_weights_of_other_names():
    assert list(DepthwiseConv2D(2, depthwise_regularizer="l2").regularizers()) == ["kernel"]
    layer = SeparableConv2D(2, 2, pointwise_regularizer="l2", depthwise_constraint="non_neg", bias_constraint="non_neg")
    assert list(layer.regularizers()) == ["pointwise_kernel"]
    assert list(layer.constraints()) == ["depthwise_kernel", "bias"]


def test_repr_shows_what_was_chosen():
    assert repr(Conv2D(16, 5, padding="same", activation="relu", name="c")) == (
        "Conv2D(filters=16, kernel_size=(5, 5), padding='same', activation=relu, name='c')"
    )
    assert Convolution2D is Conv2D


@pytest.mark.parametrize(
    ("make", "shape", "message"),
    [
        (
            lambda: Conv2D(4, 3, name="c"),
            (None, 28, 28),
            r"^Conv2D\(.*\) needs inputs of shape \(batch, height, width, channels\), but got shape \(None, 28, 28\)\. "
            r"Put Reshape\(\(28, 28, 1\)\) before it\.$",
        ),
        (
            lambda: Conv2D(4, 3, data_format="channels_first"),
            (None, 28, 28),
            r"Put Reshape\(\(1, 28, 28\)\) before it\.",
        ),
        (lambda: Conv1D(4, 3), (None, 100), r"\(batch, steps, channels\).*Put Reshape\(\(100, 1\)\) before it\."),
        (
            lambda: Conv2D(4, 3),
            (None, 784, 1, 1, 1),
            r"needs inputs of shape .*, but got shape \(None, 784, 1, 1, 1\)\.$",
        ),
        (
            lambda: Conv2D(4, 5),
            (None, 3, 9, 1),
            r"needs inputs of at least 5 x 5 pixels, the reach of its window, but got shape \(None, 3, 9, 1\)\. "
            r"Write padding='same'",
        ),
        (lambda: Conv1D(4, 3, dilation_rate=4), (None, 8, 1), r"at least 9 steps.*got shape \(None, 8, 1\)"),
        (lambda: Conv2D(4, 3), (None, 8, 8, None), r"needs to know the size of axis -1"),
        (lambda: Conv2D(4, 3, groups=2), (None, 8, 8, 3), r"a multiple of its 2 groups, but got shape .*, which has 3"),
    ],
)
def test_inputs_that_do_not_fit(make, shape, message):
    with pytest.raises(ValueError, match=message):
        make().init(random.key(0), shape)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv2D(0, 3), r"^Conv2D needs filters to be a whole number of at least 1, but got 0\."),
        (lambda: Conv2D(4, (3, 3, 3)), r"kernel_size to be a whole number or 2 of them, but got \(3, 3, 3\)"),
        (lambda: Conv2D(4, 3, strides=0), r"strides to be a whole number of at least 1, but got 0"),
        (lambda: Conv2D(4, 3, padding="causal"), r"padding to be one of 'valid', 'same', but got 'causal'"),
        (lambda: Conv2D(4, 3, data_format="last"), r"data_format to be one of 'channels_last', 'channels_first'"),
        (
            lambda: Conv2D(4, 3, strides=2, dilation_rate=2),
            r"either strides or dilation_rate to be 1, but got strides=\(2, 2\) and dilation_rate=\(2, 2\)",
        ),
        (lambda: Conv2D(4, 3, groups=3), r"filters to be a multiple of groups, but got filters=4 and groups=3"),
        (lambda: Conv1DTranspose(4, 3, strides=2, output_padding=2), r"output_padding below strides"),
        (lambda: Conv2D(4, 3, activation="rleu"), r"There is no activation 'rleu'\. Did you mean 'relu'\?"),
    ],
)
def test_arguments_that_make_no_sense(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_another_number_of_channels_is_refused():
    layer = Conv2D(2, 3, name="c")
    layer(np.ones((1, 5, 5, 3), "float32"))
    message = r"Conv2D\(.*was built for inputs whose last axis is 3, but x has shape \(1, 5, 5, 1\)"
    with pytest.raises(ValueError, match=message):
        layer(np.ones((1, 5, 5, 1), "float32"))
