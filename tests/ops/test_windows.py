"""Convolutions and pooling of ops give Keras's numbers, and Keras's slopes."""

import jax
import keras
import numpy as np
import pytest

from dragonet import ops

RNG = np.random.default_rng(0)
LINE, PICTURE, VOLUME = (RNG.normal(size=(2, *lengths, 4)).astype("float32") for lengths in ((9,), (7, 6), (4, 5, 4)))
WINDOWS = [{}, {"padding": "same"}, {"strides": 2}, {"strides": 2, "padding": "same"}, {"dilation_rate": 2}]


def _kernel(*shape):
    return RNG.normal(size=shape).astype("float32")


CASES = [
    *[("conv", (LINE, _kernel(3, 4, 5)), options) for options in WINDOWS],
    *[("conv", (PICTURE, _kernel(3, 2, 2, 6)), options) for options in WINDOWS],
    ("conv", (VOLUME, _kernel(2, 2, 2, 4, 3)), {}),
    *[("depthwise_conv", (PICTURE, _kernel(3, 2, 4, 2)), options) for options in WINDOWS],
    *[("separable_conv", (PICTURE, _kernel(3, 2, 4, 2), _kernel(1, 1, 8, 5)), options) for options in WINDOWS],
    *[
        (op, (x, 3, 3), options)
        for op in ("max_pool", "average_pool")
        for x in (LINE, PICTURE)
        for options in WINDOWS[:2]
    ],
    *[
        (op, (x, 3), options)
        for op in ("max_pool", "average_pool")
        for x in (LINE, PICTURE)
        for options in WINDOWS[2:4]
    ],
    ("max_pool", (VOLUME, (2, 1, 2)), {"strides": (1, 2, 2)}),
]


@pytest.mark.parametrize(("op", "arguments", "options"), CASES)
def test_values_are_keras_s(op, arguments, options):
    ours, theirs = (np.asarray(getattr(home, op)(*arguments, **options)) for home in (ops, keras.ops))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    assert ours.dtype == theirs.dtype


def test_windows_lie_side_by_side_without_strides():
    for op in (ops.max_pool, ops.average_pool):
        assert np.array_equal(op(LINE, 3), op(LINE, 3, 3))


def test_channels_first_is_channels_last_with_its_axes_in_another_order():
    kernel = _kernel(3, 2, 4, 5)
    first = ops.conv(np.moveaxis(PICTURE, -1, 1), kernel, data_format="channels_first")
    np.testing.assert_allclose(np.moveaxis(first, 1, -1), ops.conv(PICTURE, kernel), rtol=1e-5, atol=1e-5)
    pooled = ops.average_pool(np.moveaxis(PICTURE, -1, 1), 2, data_format="channels_first")
    np.testing.assert_allclose(np.moveaxis(pooled, 1, -1), ops.average_pool(PICTURE, 2), rtol=1e-6)


def test_the_slope_of_a_tie_is_keras_s():
    ties = np.ones((1, 4, 1), "float32")
    ours, theirs = (jax.grad(lambda x, home=home: home.max_pool(x, 2, 2).sum())(ties) for home in (ops, keras.ops))
    assert np.array_equal(ours, theirs)
