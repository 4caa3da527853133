"""occlusion: by hand on a linear model, which patches cover what, and what it refuses."""

import numpy as np
import pytest

import dragonet
from dragonet import inspect, layers

W = np.random.default_rng(0).normal(size=(5, 6)).astype("float32")


@pytest.fixture(scope="module")
def linear():
    model = dragonet.Sequential([layers.Input((5, 6)), layers.Flatten(), layers.Dense(1, activation="sigmoid")])
    model.set_weights([W.reshape(-1, 1), np.zeros(1)])
    return model


def test_each_position_gets_the_mean_drop_of_the_patches_that_cover_it(linear):
    x = np.random.default_rng(1).normal(size=(2, 5, 6)).astype("float32")
    result = inspect.occlusion(linear, x, target=1, patch=(2, 3), stride=2, fill=0.5)
    total, count = np.zeros((2, 5, 6)), np.zeros((5, 6))
    for i in (0, 2, 3):  # the last patch ends at the border
        for j in (0, 2, 3):
            part = np.s_[i : i + 2, j : j + 3]
            total[:, *part] += (W[part] * (x[:, *part] - 0.5)).sum((1, 2))[:, None, None]
            count[part] += 1
    np.testing.assert_allclose(result.values, total / count, atol=1e-5)
    np.testing.assert_allclose(result.score, (W * x).sum((1, 2)), rtol=1e-5)
    assert result.method == "occlusion" and result.map.shape == (2, 5, 6)


def test_a_patch_of_one_pixel_gives_weight_times_input(linear):
    x = np.ones((1, 5, 6))
    np.testing.assert_allclose(inspect.occlusion(linear, x, target=1, patch=1).values, W[None], atol=1e-5)
    np.testing.assert_allclose(inspect.occlusion(linear, x, target=0, patch=1).values, -W[None], atol=1e-5)


def test_a_series_is_covered_in_all_channels():
    model = dragonet.Sequential(
        [
            layers.Input((16, 3)),
            layers.Conv1D(2, 3, activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    x = np.random.default_rng(0).normal(size=(2, 16, 3))
    result = inspect.occlusion(model, x, target=[0, 1], patch=16)
    nothing = inspect.occlusion(model, np.zeros_like(x), target=[0, 1])
    np.testing.assert_allclose(result.values, np.repeat((result.score - nothing.score)[:, None], 16, axis=1), atol=1e-5)
    assert inspect.occlusion(model, x).values.shape == (2, 16) and (nothing.values == 0).all()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"patch": 6}, "occlusion needs patch up to 5 × 6, but got 6 × 6"),
        ({"patch": 2, "stride": 3}, "stride up to 2 × 2, but got 3 × 3"),
        ({"patch": (1, 2, 3)}, r"patch to be a whole number or 2 of them, but got \(1, 2, 3\)"),
        ({"fill": "black"}, "fill to be a number, but got 'black'"),
    ],
)
def test_mistakes_are_refused(linear, options, message):
    with pytest.raises(ValueError, match=message):
        inspect.occlusion(linear, np.ones((1, 5, 6)), **options)
