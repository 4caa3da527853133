"""Random changes of colours: the formula at a fixed factor as Keras computes it, the factors drawn, and what is refused."""

import keras
import numpy as np
import pytest

from dragonet import random
from dragonet.layers import RandomBrightness, RandomGrayscale, Solarization

IMAGES = np.random.default_rng(3).uniform(0, 255, (6, 5, 4, 3)).astype("float32")


def augmented(layer, x=IMAGES, key=0):
    return np.asarray(layer.apply({}, {}, x, training=True, key=random.key(key))[0])


class TestAsKeras:
    @pytest.mark.parametrize(
        ("name", "kwargs"),
        [
            ("RandomBrightness", {"factor": (0.3, 0.3)}),
            ("RandomBrightness", {"factor": (-0.2, -0.2), "value_range": (0, 300)}),
            ("RandomGrayscale", {"factor": 1.0}),
            ("RandomGrayscale", {"factor": 0.0}),
            ("Solarization", {}),
            ("Solarization", {"value_range": (0, 300)}),
        ],
    )
    def test_same_picture_at_a_fixed_factor(self, name, kwargs):
        ours = {"RandomBrightness": RandomBrightness, "RandomGrayscale": RandomGrayscale, "Solarization": Solarization}
        theirs = getattr(keras.layers, name)(**kwargs)(IMAGES, training=True)
        np.testing.assert_allclose(augmented(ours[name](**kwargs)), theirs, rtol=1e-5, atol=1e-4)

    def test_solarization_by_hand(self):
        x = np.array([[[[0.0], [100.0], [200.0]]]], "float32")
        layer = Solarization(addition_factor=0.0, threshold_factor=(0.0, 1.0))
        results = np.concatenate([augmented(layer, np.repeat(x, 200, 0), key) for key in range(3)])[:, 0, :, 0]
        assert set(results[:, 1].round(3)) == {100.0, 155.0}
        assert abs((results[:, 1] == 100).mean() - 155 / 255) < 0.08  # the threshold is above 100


class TestDrawnFactors:
    def test_brightness_is_uniform_and_differs_between_images(self):
        x = np.full((2000, 1, 1, 1), 0.5, "float32")
        delta = augmented(RandomBrightness((-0.1, 0.3), value_range=(0, 1)), x).ravel() - 0.5
        assert -0.1 <= delta.min() < -0.09
        assert 0.29 < delta.max() <= 0.3001
        assert abs(delta.mean() - 0.1) < 0.01

    def test_grey_as_often_as_the_factor_says(self):
        x = np.tile(np.array([1.0, 0.0, 0.0], "float32"), (2000, 1, 1, 1))
        assert abs((augmented(RandomGrayscale(0.3), x)[..., 1] > 0).mean() - 0.3) < 0.04

    @pytest.mark.parametrize("layer", [RandomBrightness(0.2), RandomGrayscale(), Solarization(0.2, 0.5)])
    def test_repeatable_and_off_outside_training(self, layer):
        np.testing.assert_array_equal(augmented(layer), augmented(layer))
        assert (augmented(layer) != augmented(layer, key=1)).any()
        np.testing.assert_array_equal(layer.apply({}, {}, IMAGES, training=False, key=None)[0], IMAGES)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: RandomBrightness(2), "factor to be a number from -1 to 1"),
        (lambda: RandomBrightness(0.1, value_range=(1, 0)), r"RandomBrightness needs value_range=\(low, high\)"),
        (lambda: RandomGrayscale(1.5), "factor to be a number from 0 to 1"),
        (
            lambda: augmented(RandomGrayscale(), IMAGES[..., :1]),
            "images of three channels, red, green and blue, but got 1",
        ),
        (lambda: Solarization(threshold_factor=(0.1, 2)), "threshold_factor to be a number from 0 to 1"),
    ],
)
def test_refusals(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()
