"""RandomCrop: windows at places drawn evenly, and the size that it promises in each case."""

import numpy as np
import pytest

from dragonet import random
from dragonet.layers import CenterCrop, RandomCrop, Resizing

PLACES = np.arange(20.0, dtype="float32").reshape(1, 4, 5, 1)


def cropped(layer, x, training=True):
    return np.asarray(layer.apply({}, {}, x, training=training, key=random.key(0))[0])


def test_each_window_as_often():
    corners = cropped(RandomCrop(2, 3), np.repeat(PLACES, 2700, 0))
    first, counts = np.unique(corners[:, 0, 0, 0], return_counts=True)
    assert first.tolist() == [0, 1, 2, 5, 6, 7, 10, 11, 12]
    assert counts.min() > 220
    np.testing.assert_array_equal(corners - corners[:, :1, :1], np.tile(PLACES[:, :2, :3], (2700, 1, 1, 1)))


@pytest.mark.parametrize("size", [(2, 3), (4, 5), (6, 3), (8, 8)])
@pytest.mark.parametrize("training", [True, False])
def test_always_of_the_promised_size(size, training):
    assert cropped(RandomCrop(*size), PLACES, training).shape == (1, *size, 1)
    first = RandomCrop(*size, data_format="channels_first")
    assert cropped(first, np.moveaxis(PLACES, -1, 1), training).shape == (1, 1, *size)


def test_the_central_window_outside_training():
    result = cropped(RandomCrop(2, 2), PLACES, training=False)
    np.testing.assert_allclose(result, Resizing(2, 2, crop_to_aspect_ratio=True)(PLACES), atol=1e-6)
    np.testing.assert_allclose(cropped(RandomCrop(8, 8), PLACES), CenterCrop(8, 8)(PLACES), atol=1e-6)


def test_refuses_a_size_of_nothing():
    with pytest.raises(ValueError, match="RandomCrop needs height to be a whole number of at least 1"):
        RandomCrop(0, 3)
