"""equivariance: exact inside the border for every kind of convolution, lost by pooling, and the size of the border."""

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
    result = inspect.equivariance(model, SERIES)
    assert result["a"].expected_shift == (1.0,) and result["a"].border == ((3, 2),) and result["b"].border == ((7, 2),)
    for layer in result.layers:
        first, last = layer.border[0]
        assert layer.is_equivariant and layer.deviation <= 1e-6 * np.abs(layer.output).max()
        inside = np.arange(first, 24 - last)
        np.testing.assert_allclose(layer.output_of_shifted[:, inside], layer.output[:, inside - 1], atol=1e-6)
        assert np.isnan(layer.difference[:, :first]).all() and not np.isnan(layer.difference[:, inside]).any()


def test_the_border_is_as_small_as_possible():
    model = chain((24, 3), layers.Conv1D(2, 3, padding="same"), layers.Conv1D(1, 3, padding="same", name="b"))
    # with a bias, so that the padding of b, which is 0, differs from the first layer's output for an input of 0
    model.layers[0].variables[1].assign([1, 1])
    result = inspect.equivariance(model, SERIES)["b"]
    differs = np.abs(result.output_of_shifted[:, 1:] - result.output[:, :-1]).max((0, 2)) > 1e-4
    assert (np.flatnonzero(differs) + 1).tolist() == [1, 22, 23] and result.border == ((3, 2),)


def test_images_shifted_to_the_right_down_and_back():
    model = chain((10, 12, 1), layers.Conv2D(2, 3, padding="same", name="a"))
    assert inspect.equivariance(model, IMAGES)["a"].border == ((1, 1), (2, 1))
    assert inspect.equivariance(model, IMAGES, (2, -3))["a"].border == ((3, 1), (1, 4))
    for shift in (1, (2, -3)):
        assert inspect.equivariance(model, IMAGES, shift)["a"].is_equivariant
    shifted = inspect.equivariance(model, IMAGES, (2, -3)).shifted
    np.testing.assert_array_equal(shifted[:, 2:, :-3], IMAGES[:, :-2, 3:].astype(shifted.dtype))
    assert not shifted[:, :2].any() and not shifted[:, :, -3:].any()


def test_pooling_is_equivariant_to_a_shift_by_its_stride_and_not_by_one():
    model = chain((24, 3), layers.Conv1D(4, 3, name="conv"), layers.MaxPooling1D(2, name="pool"))
    odd, even = inspect.equivariance(model, SERIES, 1), inspect.equivariance(model, SERIES, 2)
    assert (
        odd["conv"].is_equivariant
        and not odd["pool"].is_equivariant
        and odd["pool"].expected_shift == (0.5,)
        and odd["pool"].deviation > 0.1
    )
    assert even["pool"].is_equivariant and even["pool"].expected_shift == (1.0,)
    assert "does not move along" in str(odd) and "does not" not in str(even)


def test_a_layer_alone_and_layers_without_positions():
    layer = layers.Conv1D(2, 3)
    layer(SERIES)
    calls = len(layer._nodes)
    assert inspect.equivariance(layer, SERIES).layers[0].is_equivariant and len(layer._nodes) == calls
    model = chain((24, 3), layers.Conv1D(2, 3), layers.GlobalMaxPooling1D(), layers.Dense(1))
    assert len(inspect.equivariance(model, SERIES).layers) == 1


def test_with_a_field_larger_than_the_input_no_position_is_inside():
    model = chain((24, 3), layers.Conv1D(1, 13, padding="same"), layers.Conv1D(1, 13, padding="same", name="b"))
    result = inspect.equivariance(model, SERIES)
    assert result["b"].border is None and np.isnan(result["b"].deviation) and not result["b"].is_equivariant
    assert "nothing inside" in str(result)


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
        (chain((24, 3), layers.Flatten(), layers.Dense(1)), 1, "one without such layers"),
    ],
)
def test_mistakes_are_refused(model, shift, message):
    with pytest.raises(ValueError, match=message):
        inspect.equivariance(model, SERIES, shift)
