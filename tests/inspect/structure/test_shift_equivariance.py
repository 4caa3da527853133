"""equivariance: exact inside the border for convolutions of every kind, broken by pooling, and what is border."""

import numpy as np
import pytest

import dragonet
from dragonet import inspect, layers

RNG = np.random.default_rng(0)
SERIES, IMAGES = RNG.normal(size=(2, 24, 3)), RNG.normal(size=(2, 10, 12, 1))


def chain(shape, *more):
    return dragonet.Sequential([layers.Input(shape), *more])


def test_a_convolution_moves_along_exactly_inside_the_border():
    model = chain(
        (24, 3),
        layers.Conv1D(4, 5, padding="same", activation="relu", name="a"),
        layers.Conv1D(4, 3, dilation_rate=2, padding="causal", name="b"),
    )
    found = inspect.equivariance(model, SERIES)
    assert found["a"].moves == (1.0,) and found["a"].border == ((3, 2),) and found["b"].border == ((7, 2),)
    for one in found.layers:
        first, last = one.border[0]
        assert one.holds and one.deviation <= 1e-6 * np.abs(one.output).max()
        inside = np.arange(first, 24 - last)
        np.testing.assert_allclose(one.of_shifted[:, inside], one.output[:, inside - 1], atol=1e-6)
        assert np.isnan(one.difference[:, :first]).all() and not np.isnan(one.difference[:, inside]).any()


def test_the_border_is_no_wider_than_it_has_to_be():
    model = chain((24, 3), layers.Conv1D(2, 3, padding="same"), layers.Conv1D(1, 3, padding="same", name="b"))
    model.layers[0].variables[1].assign(
        [1, 1]
    )  # a bias, so that the padding of b, which is 0, is not what comes of an input of 0
    found = inspect.equivariance(model, SERIES)["b"]
    off = np.abs(found.of_shifted[:, 1:] - found.output[:, :-1]).max((0, 2)) > 1e-4
    assert (np.flatnonzero(off) + 1).tolist() == [1, 22, 23] and found.border == ((3, 2),)


def test_in_two_dimensions_to_the_right_down_and_back():
    model = chain((10, 12, 1), layers.Conv2D(2, 3, padding="same", name="a"))
    assert inspect.equivariance(model, IMAGES)["a"].border == ((1, 1), (2, 1))
    assert inspect.equivariance(model, IMAGES, (2, -3))["a"].border == ((3, 1), (1, 4))
    for shift in (1, (2, -3)):
        assert inspect.equivariance(model, IMAGES, shift)["a"].holds
    moved = inspect.equivariance(model, IMAGES, (2, -3)).shifted
    np.testing.assert_array_equal(moved[:, 2:, :-3], IMAGES[:, :-2, 3:].astype(moved.dtype))
    assert not moved[:, :2].any() and not moved[:, :, -3:].any()


def test_pooling_breaks_a_shift_of_one_and_keeps_one_of_its_stride():
    model = chain((24, 3), layers.Conv1D(4, 3, name="conv"), layers.MaxPooling1D(2, name="pool"))
    odd, even = inspect.equivariance(model, SERIES, 1), inspect.equivariance(model, SERIES, 2)
    assert odd["conv"].holds and not odd["pool"].holds and odd["pool"].moves == (0.5,) and odd["pool"].deviation > 0.1
    assert even["pool"].holds and even["pool"].moves == (1.0,)
    assert "does not move along" in str(odd) and "does not" not in str(even)


def test_a_layer_alone_and_layers_without_positions():
    layer = layers.Conv1D(2, 3)
    layer(SERIES)
    calls = len(layer._nodes)
    assert inspect.equivariance(layer, SERIES).layers[0].holds and len(layer._nodes) == calls
    model = chain((24, 3), layers.Conv1D(2, 3), layers.GlobalMaxPooling1D(), layers.Dense(1))
    assert len(inspect.equivariance(model, SERIES).layers) == 1


def test_where_the_field_is_larger_than_the_input_nothing_is_inside():
    model = chain((24, 3), layers.Conv1D(1, 13, padding="same"), layers.Conv1D(1, 13, padding="same", name="b"))
    found = inspect.equivariance(model, SERIES)
    assert found["b"].border is None and np.isnan(found["b"].deviation) and not found["b"].holds
    assert "nothing inside" in str(found)


@pytest.mark.parametrize(
    "model, shift, message",
    [
        (
            chain((24, 3), layers.Conv1D(1, 3)),
            0,
            "shift to be a whole number, not 0 and smaller than the input, but got 0",
        ),
        (chain((24, 3), layers.Conv1D(1, 3)), 24, "smaller than the input, but got 24"),
        (chain((24, 3), layers.Conv1D(1, 3)), (1, 1), r"but got \(1, 1\)"),
        (layers.Conv1D(1, 3), 1, r"a layer that was built, but got .* Call it on data first: layer\(x\)"),
        (chain((24, 3), layers.Flatten(), layers.Dense(1)), 1, "nothing slides over it"),
    ],
)
def test_mistakes_get_a_sentence(model, shift, message):
    with pytest.raises(ValueError, match=message):
        inspect.equivariance(model, SERIES, shift)
