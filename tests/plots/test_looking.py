"""activations, filters, saliency, equivariance, permutation_importance: what is drawn, and what is refused."""

import numpy as np
import pytest

from dragonet import inspect, plots
from dragonet.inspect.structure.shift_equivariance import LayerEquivariance

RNG = np.random.default_rng(0)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def make_saliency(method, shape, positions):
    return inspect.Saliency(method, RNG.normal(size=shape), np.arange(shape[0]), np.ones(shape[0]), positions)


def test_activations_of_images_series_and_units():
    images = plots.activations({"a": RNG.random((2, 6, 6, 12)), "b": RNG.random((2, 5))}, row=1, most=4)
    assert len(images.axes[0].images) == 5 and texts(images)[0].startswith("a: 6 × 6 × 12, the first 4 channels, 0.0")
    one = RNG.random((1, 30, 4))
    (shown,) = plots.activations({"a": one}).axes[0].images
    np.testing.assert_array_equal(shown.get_array(), one[0].T)  # steps from left to right


def test_filters_are_on_one_scale_around_0():
    W = RNG.normal(size=(3, 2, 2, 4))
    figure = plots.filters(inspect.Filters("conv", "Conv2D", ("height", "width", "channels"), ("0", "1", "2"), W))
    shown = figure.axes[0].images
    assert len(shown) == 12 and {image.get_clim() for image in shown} == {(-np.abs(W).max(), np.abs(W).max())}
    np.testing.assert_array_equal(shown[5].get_array(), W[1, :, :, 1])
    assert "one per row, with 4 channels in columns" in figure.axes[0].get_title(loc="left")
    series = (
        plots.filters(inspect.Filters("conv", "Conv1D", ("steps", "channels"), ("0",), W[:1, :, 0])).axes[0].images[0]
    )
    np.testing.assert_array_equal(series.get_array(), W[0, :, 0].T)
    assert plots.filters(inspect.Filters("zero", "Dense", ("features",), ("0",), np.zeros((1, 3)))).axes[0].images


@pytest.mark.parametrize(
    "shape, x, positions, images, words",
    [
        ((5, 8, 8, 3), (5, 8, 8, 3), (1, 2), 8, "class 3, logit 1"),
        ((1, 6, 7), (1, 2, 6, 7), (2, 3), 2, "class 0, logit 1"),
        ((2, 20, 4), (2, 20, 4), (1,), 4, "class 1, logit 1; red for, blue against"),
        ((2, 20), (2, 20, 1), (1,), 2, "class 0, logit 1; red for, blue against"),
        ((2, 5), (2, 5), (1,), 0, "feature 4"),
    ],
)
def test_saliency_of_images_series_and_tables(shape, x, positions, images, words):
    figure = plots.saliency(make_saliency("occlusion", shape, positions), RNG.random(x))
    assert len(figure.axes[0].images) == images
    assert any(text.startswith(words) for text in texts(figure))


def test_a_map_without_signs_is_not_drawn_as_one_with_them():
    x = RNG.random((1, 4, 4))
    assert texts(plots.saliency(make_saliency("gradient", (1, 4, 4), (1, 2)), x))[1].startswith("dark 0, bright")
    none = inspect.Saliency("grad_cam", np.zeros((1, 4, 4)), np.zeros(1), np.ones(1), (1, 2), layer="conv")
    figure = plots.saliency(none, x)
    assert texts(figure)[1] == "0 everywhere" and figure.axes[0].get_title(loc="left") == "Grad-CAM at conv"


def test_importance_is_sorted_with_its_numbers():
    result = inspect.Importance(("a", "b", "$c$"), "loss", 0.5, np.array([[0.1, 0.3], [0.9, 0.9], [-0.2, 0.0]]))
    ax = plots.permutation_importance(result, most=2).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "a"]
    assert texts(ax.figure) == ["0.900 ± 0.000", "0.200 ± 0.141"]
    assert ax.get_xlabel() == "rise of the loss from 0.5 when the feature is shuffled"
    assert plots.permutation_importance(result)._repr_png_()


@pytest.mark.parametrize("dims", [1, 2])
def test_equivariance_shows_both_inputs_both_outputs_and_what_is_left(dims):
    shape, axes = (2, *(9,) * dims, 3), tuple(range(1, 1 + dims))
    y = RNG.normal(size=shape)
    moved = LayerEquivariance("conv", "Conv", (0.5,) * dims, ((1, 0),) * dims, 0.25, y, y, np.full(shape, np.nan), axes)
    result = inspect.Equivariance((1,) * dims, axes, y[..., :1], y[..., :1], (moved,))
    figure = plots.equivariance(result, "conv", row=1, channel=2)
    text = " ".join(texts(figure))
    assert "input" in text and "output of conv" in text and "difference inside up to 0.25: does not move along" in text
    assert figure._repr_png_()
    with pytest.raises(ValueError, match="a channel below 3, but got 3"):
        plots.equivariance(result, channel=3)
    with pytest.raises(ValueError, match="Did you mean 'conv'"):
        plots.equivariance(result, "cnov")


@pytest.mark.parametrize(
    "draw, message",
    [
        (lambda: plots.activations(np.ones(3)), r"Write plots\.activations\(inspect\.activations\(model, x\)\)"),
        (lambda: plots.filters(np.ones(3)), r"Write plots\.filters\(inspect\.filters\(model, layer\)\)"),
        (lambda: plots.saliency(np.ones(3), np.ones(3)), "what inspect.saliency returns"),
        (lambda: plots.equivariance(3), "what inspect.equivariance returns"),
        (lambda: plots.permutation_importance(3), "what inspect.permutation_importance returns"),
    ],
)
def test_anything_else_gets_a_sentence(draw, message):
    with pytest.raises(TypeError, match=message):
        draw()


def test_another_x_and_wrong_names_get_a_sentence():
    with pytest.raises(ValueError, match=r"the x that the result was made from, 2 rows of 4, but got shape \(2, 5\)"):
        plots.saliency(make_saliency("gradient", (2, 4), (1,)), np.ones((2, 5)))
    with pytest.raises(ValueError, match="a name for each of 4 features, but got 1"):
        plots.saliency(make_saliency("gradient", (2, 4), (1,)), np.ones((2, 4)), names=["a"])
    with pytest.raises(ValueError, match="a row from 0 to 1, but got 2"):
        plots.activations({"a": np.ones((2, 3))}, row=2)
