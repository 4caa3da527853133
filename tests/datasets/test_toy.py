"""The made-up sets: shapes, seeds, and that each has the form that its name promises."""

import numpy as np
import pytest

from dragonet import datasets
from dragonet.datasets import toy

SETS = [toy.moons, toy.circles, toy.spirals, toy.checkerboard, toy.xor, toy.ring, toy.blobs]


@pytest.mark.parametrize("make", SETS)
def test_shapes_and_kinds(make):
    x, y = make(n=101)
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((101, 2), np.float32, (101,), np.int64)
    assert np.isfinite(x).all()


def global_state():
    return [np.asarray(part).tolist() for part in np.random.get_state()]  # noqa: NPY002 the one to be left alone


@pytest.mark.parametrize("make", SETS)
def test_same_seed_same_points_another_seed_others_and_no_global_state(make):
    before = global_state()
    (x, y), (x_again, y_again), (x_other, _) = make(50, seed=1), make(50, seed=1), make(50, seed=2)
    np.testing.assert_array_equal(x, x_again)
    np.testing.assert_array_equal(y, y_again)
    assert not np.array_equal(x, x_other)
    assert global_state() == before


@pytest.mark.parametrize("make", SETS)
def test_noise_moves_every_point(make):
    (still, _), (moved, _) = make(50, noise=0.0), make(50, noise=0.5)
    assert (still != moved).all()


@pytest.mark.parametrize(
    "make, classes", [(toy.moons, 2), (toy.circles, 2), (toy.spirals, 2), (toy.ring, 8), (toy.blobs, 3)]
)
def test_classes_are_equally_many_and_shuffled(make, classes):
    _, y = make(240)
    assert np.bincount(y).tolist() == [240 // classes] * classes
    assert len(set(y[:20].tolist())) > 1


def test_moons_lie_on_two_half_circles():
    x, y = toy.moons(200, noise=0)
    upper, lower = x[y == 0], x[y == 1] - [1, 0.5]
    np.testing.assert_allclose(np.hypot(*upper.T), 1, atol=1e-6)
    np.testing.assert_allclose(np.hypot(*lower.T), 1, atol=1e-6)
    assert (upper[:, 1] >= 0).all() and (lower[:, 1] <= 1e-6).all()


def test_circles_have_radius_one_and_a_half():
    x, y = toy.circles(200, noise=0)
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y == 0, 1, 0.5), atol=1e-6)


def test_spiral_arms_turn_with_the_radius():
    x, y = toy.spirals(300, arms=3, noise=0, turns=1)
    r, angle = np.hypot(*x.T), np.arctan2(x[:, 1], x[:, 0])
    np.testing.assert_allclose(np.cos(angle - 2 * np.pi * (r + y / 3)), 1, atol=1e-4)
    assert r.max() <= 1


def test_xor_is_one_where_one_coordinate_alone_is_positive():
    x, y = toy.xor(400)
    np.testing.assert_array_equal(y, (x[:, 0] > 0) != (x[:, 1] > 0))
    assert np.abs(x).max() <= 1


def test_checkerboard_alternates_from_field_to_field():
    x, y = toy.checkerboard(400, cells=4)
    fields = np.floor((x + 1) * 2).astype(int)
    np.testing.assert_array_equal(y, fields.sum(axis=1) % 2)
    assert len(np.unique(fields, axis=0)) == 16


def test_ring_has_eight_gaussians_of_the_width_asked_for():
    x, y = toy.ring(8000, radius=2, noise=0.1)
    for mode in range(8):
        cloud, angle = x[y == mode], 2 * np.pi * mode / 8
        np.testing.assert_allclose(cloud.mean(axis=0), [2 * np.cos(angle), 2 * np.sin(angle)], atol=0.015)
        np.testing.assert_allclose(cloud.std(axis=0), 0.1, atol=0.01)


def test_blobs_have_the_width_asked_for():
    x, y = toy.blobs(9000, classes=3, noise=0.5)
    np.testing.assert_allclose([x[y == c].std(axis=0) for c in range(3)], 0.5, atol=0.03)


def test_the_sets_are_in_the_table_of_contents():
    assert [getattr(datasets, make.__name__) for make in SETS] == SETS


@pytest.mark.parametrize(
    "mistake, message",
    [
        (lambda: toy.moons(0), "moons needs n to be a whole number of at least 1, but got 0"),
        (lambda: toy.ring(modes=0), "ring needs modes to be a whole number of at least 1, but got 0"),
        (lambda: toy.spirals(arms=1.5), "spirals needs arms to be a whole number, but got 1.5"),
        (lambda: toy.checkerboard(cells=0), "checkerboard needs cells to be a whole number"),
        (lambda: toy.blobs(noise=-1), "blobs needs noise to be a number from 0.*, but got -1"),
        (lambda: toy.circles(seed=-1), "circles needs seed to be a whole number of at least 0, but got -1"),
    ],
)
def test_mistakes_get_a_sentence(mistake, message):
    with pytest.raises(ValueError, match=message):
        mistake()
