"""Resizing and CenterCrop: values by hand, whole numbers, and refusals; test_every_layer_as_keras.py compares with Keras."""

import keras
import numpy as np
import pytest

from dragonet.layers import CenterCrop, Resizing

PIXELS = np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3)).astype("uint8")


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"])
def test_whole_numbers_stay_whole_as_in_keras(interpolation):
    ours = np.asarray(Resizing(8, 4, interpolation)(PIXELS))
    theirs = np.asarray(keras.layers.Resizing(8, 4, interpolation)(PIXELS))
    assert ours.dtype == theirs.dtype == np.uint8
    assert np.abs(ours.astype(int) - theirs).max() <= 1  # a half may be rounded either way


def test_padding_by_hand():
    x = np.ones((1, 2, 4, 1), "float32")
    y = np.asarray(Resizing(4, 4, pad_to_aspect_ratio=True, fill_value=7.0)(x))
    assert y[0, :, 0, 0].tolist() == [7, 1, 1, 7]


def test_center_by_hand():
    x = np.arange(16.0).reshape(1, 4, 4, 1).astype("float32")
    assert np.ravel(CenterCrop(2, 2)(x)).tolist() == [5, 6, 9, 10]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Resizing(0, 2), "Resizing needs height to be a whole number of at least 1"),
        (lambda: Resizing(2, 2, "area"), "interpolation to be one of 'bilinear', 'nearest'"),
        (lambda: Resizing(2, 2, fill_mode="reflect"), "fill_mode to be one of 'constant'"),
        (
            lambda: Resizing(2, 2, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True),
            "or pad_to_aspect_ratio, but got both",
        ),
        (lambda: CenterCrop(2, 2)(np.ones((3, 4))), "CenterCrop"),
    ],
)
def test_refusals(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()
