"""Dropout and noise: the share, the scale and the spread in training, by the law of large numbers on fixed seeds."""

import numpy as np
import pytest

from dragonet import layers, random

N = 20_000


def trained(layer, x, seed=0):
    return np.asarray(layer.apply({}, {}, np.asarray(x, "float32"), training=True, key=random.key(seed))[0])


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_dropout_sets_its_share_to_zero_and_scales_the_rest(rate):
    y = trained(layers.Dropout(rate), np.ones((N,)))
    np.testing.assert_allclose(sorted(set(y.tolist())), [0, 1 / (1 - rate)], rtol=1e-6)
    assert abs((y == 0).mean() - rate) < 5 * (rate * (1 - rate) / N) ** 0.5
    np.testing.assert_array_equal(y > 0, random.keep(random.key(0), rate, (N,)))  # the mask that any engine can make


def test_dropout_at_rate_0_does_nothing():
    assert (trained(layers.Dropout(0.0), np.ones((9,))) == 1).all()


def test_noise_shape_ties_the_axes_of_size_1():
    y = trained(layers.Dropout(0.5, noise_shape=(None, 1, 3)), np.ones((50, 4, 3)))
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    assert {0.0, 2.0} == set(y.ravel().tolist())
    with pytest.raises(ValueError, match=r"needs a noise_shape of which each size is 1, None or that of x, \(5, 4\)"):
        trained(layers.Dropout(0.5, noise_shape=(None, 3)), np.ones((5, 4)))


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "tied"),
    [
        ("SpatialDropout1D", {}, (40, 5, 3), (1,)),
        ("SpatialDropout2D", {}, (40, 3, 2, 3), (1, 2)),
        ("SpatialDropout2D", {"data_format": "channels_first"}, (40, 3, 2, 3), (2, 3)),
    ],
)
def test_spatial_dropout_drops_whole_channels(name, arguments, shape, tied):
    y = trained(getattr(layers, name)(0.5, **arguments), np.ones(shape))
    assert {0.0, 2.0} == set(y.ravel().tolist())
    np.testing.assert_array_equal(y.min(tied), y.max(tied))
    free = y.min(tied)
    assert len({row.tobytes() for row in free}) == 8  # the three channels fall independently


def test_a_seed_of_its_own_makes_other_dice_that_still_change_with_the_step():
    x = np.ones((100,))
    plain, seeded = layers.Dropout(0.5), layers.Dropout(0.5, seed=1)
    assert not np.array_equal(trained(plain, x), trained(seeded, x))
    np.testing.assert_array_equal(trained(seeded, x), trained(layers.Dropout(0.5, seed=1), x))
    assert not np.array_equal(trained(seeded, x, seed=0), trained(seeded, x, seed=1))


def test_alpha_dropout_keeps_mean_and_variance():
    x = np.random.default_rng(0).normal(size=N)
    y = trained(layers.AlphaDropout(0.2), x)
    assert abs(y.mean()) < 0.05 and abs(y.var() - 1) < 0.1
    assert abs(np.unique(y, return_counts=True)[1].max() / N - 0.2) < 0.02  # the dropped ones all sit at one place


def test_gaussian_noise_adds_its_spread():
    y = trained(layers.GaussianNoise(0.3), np.full(N, 2.0))
    assert abs(y.mean() - 2) < 5 * 0.3 / N**0.5 and abs(y.std() / 0.3 - 1) < 0.03


def test_gaussian_dropout_multiplies_by_noise_of_dropout_s_strength():
    y = trained(layers.GaussianDropout(0.2), np.full(N, 2.0))
    assert abs(y.mean() - 2) < 5 * 1.0 / N**0.5 and abs(y.std() / 1.0 - 1) < 0.03  # 2 · sqrt(0.2 / 0.8)
