"""Pooling, padding, cropping, upsampling: values by hand, and what they refuse."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dragonet import random
from dragonet.layers import (
    AveragePooling1D,
    AveragePooling2D,
    AvgPool2D,
    Cropping2D,
    GlobalAveragePooling1D,
    GlobalMaxPool1D,
    MaxPooling1D,
    MaxPooling2D,
    UpSampling2D,
    ZeroPadding2D,
)

IMAGE = np.arange(1.0, 10.0, dtype="float32").reshape(1, 3, 3, 1)  # 1 2 3 / 4 5 6 / 7 8 9


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (MaxPooling2D(2), [[5]]),
        (MaxPooling2D(2, strides=1), [[5, 6], [8, 9]]),
        (MaxPooling2D(2, padding="same"), [[5, 6], [8, 9]]),
        (AveragePooling2D(2, strides=1), [[3, 4], [6, 7]]),
        (AveragePooling2D(2, padding="same"), [[3, 4.5], [7.5, 9]]),  # only what is inside counts
        (AveragePooling2D((3, 1), strides=1, padding="same"), [[2.5, 3.5, 4.5], [4, 5, 6], [5.5, 6.5, 7.5]]),
        (Cropping2D(((1, 0), (0, 2))), [[4], [7]]),
        (ZeroPadding2D(((0, 0), (1, 0))), [[0, 1, 2, 3], [0, 4, 5, 6], [0, 7, 8, 9]]),
        (UpSampling2D((1, 2)), [[1, 1, 2, 2, 3, 3], [4, 4, 5, 5, 6, 6], [7, 7, 8, 8, 9, 9]]),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_values_by_hand(layer, expected):
    y = layer(IMAGE)
    assert layer.compute_output_shape(IMAGE.shape) == y.shape
    np.testing.assert_array_equal(y[0, :, :, 0], expected)


def test_padding_never_wins_over_negative_numbers():
    assert MaxPooling2D(2, padding="same")(-IMAGE).max() == -1


def test_whole_numbers_are_pooled_too():
    x = IMAGE.astype("uint8")
    assert MaxPooling2D(2)(x).item() == 5
    assert AveragePooling2D(2)(x).item() == 3


def test_max_pooling_s_slope_is_the_plain_one():
    def f(x):
        return MaxPooling2D(2, strides=1).apply({}, {}, x, training=True, key=None)[0].sum()

    assert "select_and_scatter_add" in {equation.primitive.name for equation in jax.make_jaxpr(jax.grad(f))(IMAGE).eqns}


def test_a_mask_leaves_steps_out_of_the_mean():
    x = np.array([[[1.0], [3.0], [100.0]], [[5.0], [5.0], [5.0]]], "float32")
    mask = np.array([[True, True, False], [False, False, False]])
    layer = GlobalAveragePooling1D()
    np.testing.assert_array_equal(layer(x, mask=mask), [[2.0], [0.0]])  # no step, no mean: 0 rather than NaN
    first = GlobalAveragePooling1D(data_format="channels_first", keepdims=True)
    np.testing.assert_array_equal(first(x.transpose(0, 2, 1), mask=mask), [[[2.0]], [[0.0]]])
    assert layer.compute_mask(x, mask) is None
    with pytest.raises(ValueError, match=r"needs a mask of shape \(2, 3\), but got shape \(2, 2\)"):
        layer.apply({}, {}, jnp.asarray(x), training=False, key=None, mask=jnp.ones((2, 2)))


def test_settings_read_as_keras_s():
    layer = MaxPooling2D(3, name="p")
    assert (layer.pool_size, layer.strides, layer.data_format) == ((3, 3), (3, 3), "channels_last")
    assert repr(layer) == "MaxPooling2D(pool_size=(3, 3), name='p')"
    assert repr(AvgPool2D(2, strides=1, name="p")) == "AveragePooling2D(pool_size=(2, 2), strides=(1, 1), name='p')"


@pytest.mark.parametrize(
    ("make", "shape", "message"),
    [
        (lambda: MaxPooling2D(4), (None, 3, 8, 1), r"at least 4 x 4 pixels.*, but got shape \(None, 3, 8, 1\)"),
        (lambda: MaxPooling2D(), (None, 28, 28), r"Put Reshape\(\(28, 28, 1\)\) before it"),
        (lambda: AveragePooling1D(2), (None, 28, 28, 1), r"needs inputs of shape \(batch, steps, channels\)"),
        (lambda: GlobalMaxPool1D(), (None, 28), r"Put Reshape\(\(28, 1\)\) before it"),
        (lambda: Cropping2D(2), (None, 4, 8, 1), r"needs inputs that are larger than what it cuts off"),
        (lambda: MaxPooling1D(2, padding="full"), None, r"^MaxPooling1D needs padding to be one of 'valid', 'same'"),
        (lambda: MaxPooling1D(2, strides=0), None, r"strides to be a whole number of at least 1"),
        (lambda: ZeroPadding2D((1, 2, 3)), None, r"padding to be a number, \(height, width\) or \(\(top, bottom\)"),
        (lambda: ZeroPadding2D(-1), None, r"padding to be a whole number of at least 0, but got -1"),
        (lambda: UpSampling2D(2, interpolation="cubic"), None, r"interpolation to be one of 'nearest', 'bilinear'"),
    ],
)
def test_what_they_refuse(make, shape, message):
    with pytest.raises(ValueError, match=message):
        make().init(random.key(0), shape)
