"""Augmentation of arrays: values by hand, SciPy's and Keras's numbers, one image and batches, seeds, speed, refusals."""

import inspect
import time
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras.src.legacy.preprocessing import image as theirs
from scipy import ndimage

from dragonet import datasets
from dragonet.core import errors, session
from dragonet.preprocessing import affine, image

RNG = np.random.default_rng(0)
IMAGES = RNG.random((9, 8, 8, 2))
LAST = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
FUNCTIONS = {
    "random_shift": (image.random_shift, (0.3, 0.2)),
    "random_rotation": (image.random_rotation, (70,)),
    "random_zoom": (image.random_zoom, ((0.5, 1.5),)),
}
each_function = pytest.mark.parametrize("name", FUNCTIONS)


def transformed(x, A, b, mode, cval=0.0, order=1):
    out = np.empty_like(x)
    affine.apply(x, A, b, out, mode, cval, order)
    return out


# --- the formula ---------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(image.FILL_MODES),
    st.sampled_from([0, 1]),
    st.integers(1, 7),
    st.integers(1, 7),
    st.integers(1, 3),
    st.integers(0, 2**31),
    st.sampled_from(["float32", "float64", "uint8", "int32"]),
)
def test_many_at_once_are_what_scipy_makes_of_each(mode, order, height, width, channels, seed, dtype):
    draw = np.random.default_rng(seed)
    x = (draw.normal(size=(6, height, width, channels)) * 50 + 120).clip(0, 255).astype(dtype)
    A, b = affine.matrices(
        (height, width), 6, draw.uniform(-3, 3, (2, 6)), draw.uniform(-180, 180, 6), draw.uniform(0.3, 2, (2, 6))
    )
    actual = transformed(x, A, b, mode, 7.0, order)
    wanted = np.empty_like(x)
    for k, c in np.ndindex(6, channels):
        ndimage.affine_transform(x[k, ..., c], A[k], b[k], output=wanted[k, ..., c], order=order, mode=mode, cval=7.0)
    # Float32 may see a place on one side of a border or of two pixels' middle that float64 sees on the other.
    tolerance = 0.51 if np.dtype(dtype).kind in "iu" else 1e-2 if dtype == "float32" else 1e-9
    assert (np.abs(actual.astype(float) - wanted) > tolerance).mean() <= (0.03 if order else 0.05)


def test_a_shift_by_whole_pixels_moves_the_pixels():
    x = np.arange(12.0).reshape(1, 3, 4, 1).repeat(5, 0)
    A, b = affine.matrices((3, 4), 5, shift=(np.array([1, -1, 0, 0, 0]), np.array([0, 0, 1, -1, 0])))
    y = transformed(x, A, b, "nearest")[..., 0]
    x = x[0, ..., 0]
    for actual, wanted in zip(y, [x[[1, 2, 2]], x[[0, 0, 1]], x[:, [1, 2, 3, 3]], x[:, [0, 0, 1, 2]], x], strict=True):
        np.testing.assert_array_equal(actual, wanted)


def test_a_quarter_turn_and_a_zoom_by_hand():
    x = np.arange(16.0).reshape(1, 4, 4, 1).repeat(5, 0)
    A, b = affine.matrices((4, 4), 5, degrees=np.array([90, -90, 180, 360, 0]))
    for actual, turns in zip(transformed(x, A, b, "constant", -1)[..., 0].round(9), (3, 1, 2, 0, 0), strict=True):
        np.testing.assert_allclose(actual[1:-1, 1:-1], np.rot90(x[0, ..., 0], -turns)[1:-1, 1:-1], atol=1e-9)
    A, b = affine.matrices((4, 4), 5, zoom=(2, 2))
    np.testing.assert_array_equal(transformed(x, A, b, "constant", -1)[0, 1:3, 1:3, 0], [[2.5, 4.5], [10.5, 12.5]])


@pytest.mark.parametrize("degrees", [0.0, 17.0, -90.0])
@pytest.mark.parametrize("zoom", [(1.0, 1.0), (0.7, 1.2)])
@pytest.mark.parametrize("mode", image.FILL_MODES)
def test_an_image_has_keras_numbers(degrees, zoom, mode, monkeypatch):
    there = types.SimpleNamespace(ndimage=types.SimpleNamespace(interpolation=ndimage))
    monkeypatch.setattr(theirs, "scipy", there)  # newer SciPy has no such module any more
    x = RNG.random((6, 6, 3))
    # Its x and y are the columns and the rows.
    wanted = theirs.apply_affine_transform(x, degrees, 0.8, 0.3, 0, *reversed(zoom), **LAST, fill_mode=mode, cval=0.5)
    A, b = affine.matrices((6, 6), 1, (0.3, 0.8), degrees, zoom)
    np.testing.assert_allclose(transformed(x[None], A, b, mode, 0.5)[0], wanted, atol=1e-12)


# --- what the functions do -----------------------------------------------------------------------------------------------


@each_function
def test_the_arguments_are_keras_and_a_seed(name):
    def arguments(function):
        return [(p.name, p.default) for p in inspect.signature(function).parameters.values()]

    assert arguments(FUNCTIONS[name][0]) == [*arguments(getattr(theirs, name)), ("seed", None)]


@each_function
def test_one_image_in_any_order_of_axes_is_the_same_image(name):
    function, how = FUNCTIONS[name]
    x = IMAGES[0]
    wanted = function(x, *how, **LAST, seed=3)
    np.testing.assert_array_equal(function(np.moveaxis(x, 2, 0), *how, seed=3), np.moveaxis(wanted, 2, 0))
    np.testing.assert_allclose(function(x[..., 0], *how, seed=3), wanted[..., 0])
    np.testing.assert_array_equal(function(x[None], *how, seed=3)[0], wanted)  # a batch of one
    np.testing.assert_array_equal(function(x[None, ..., 0], *how, channel_axis=None, seed=3)[0], wanted[..., 0])


@each_function
def test_each_image_of_a_batch_has_draws_of_its_own_and_its_channels_one(name):
    function, how = FUNCTIONS[name]
    x = np.repeat(RNG.random((1, 8, 8, 1)), 5, 0).repeat(2, 3)
    y = function(x, *how, seed=0)
    assert len(np.unique(y.reshape(5, -1), axis=0)) == 5
    np.testing.assert_array_equal(y[..., 0], y[..., 1])
    np.testing.assert_array_equal(
        function(np.moveaxis(x, 3, 1), *how, row_axis=2, col_axis=3, seed=0), np.moveaxis(y, 3, 1)
    )


@each_function
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int16"])
def test_shape_and_dtype_stay_and_so_does_what_was_given(name, dtype):
    function, how = FUNCTIONS[name]
    x = (IMAGES * 200).astype(dtype)
    before = x.copy()
    y = function(x, *how, seed=0)
    assert (y.shape, y.dtype) == (x.shape, x.dtype) and not np.shares_memory(x, y)
    np.testing.assert_array_equal(x, before)
    assert y.min() >= x.min() - 1e-3 and y.max() <= x.max() + 1e-3  # between pixels there is nothing new


def test_how_far_images_are_moved():
    x = np.zeros((2000, 21, 41))
    x[:] = np.arange(41)
    across = image.random_shift(x, 0.1, 0.5, channel_axis=None, seed=0)[:, 10, 20] - 20
    assert abs(across).max() == pytest.approx(4.1, rel=0.01) and abs(across.mean()) < 0.2
    assert across.std() == pytest.approx(4.1 / np.sqrt(3), rel=0.05)
    x[:] = np.arange(21)[:, None]
    down = image.random_shift(x, 0.1, 0.2, channel_axis=None, seed=0)[:, 10, 20] - 10
    assert abs(down).max() == pytest.approx(4.2, rel=0.01)


def test_how_far_images_are_turned_and_zoomed():
    x = np.broadcast_to(np.arange(41.0), (2000, 41, 41))
    slope = np.gradient(image.random_rotation(x, 20, channel_axis=None, seed=0)[:, 20, 15:26], axis=1)[:, 5]
    assert np.degrees(np.arccos(slope.clip(-1, 1))).max() == pytest.approx(20, abs=0.2)
    step = np.diff(image.random_zoom(x, (0.5, 0.9), channel_axis=None, seed=0)[:, 20, 19:21], axis=1)
    assert (step.min(), step.max()) == pytest.approx((0.5, 0.9), abs=0.01)


@each_function
def test_a_seed_gives_the_same_and_the_session_goes_on(name):
    function, how = FUNCTIONS[name]
    np.testing.assert_array_equal(function(IMAGES, *how, seed=5), function(IMAGES, *how, seed=5))
    first, second = function(IMAGES, *how), function(IMAGES, *how)
    assert np.abs(first - second).max() > 0.01
    session.set_seed(0)
    np.testing.assert_array_equal(function(IMAGES, *how), first)
    session.set_seed(1)
    assert np.abs(function(IMAGES, *how) - first).max() > 0.01


# --- augment_data --------------------------------------------------------------------------------------------------------


def test_each_image_is_followed_by_its_copies():
    x, y = np.arange(7)[:, None, None] + 0.5 * RNG.random((7, 10, 10)), np.array(list("abcdefg"))
    more, labels = image.augment_data(x, y, copies=3, seed=1)
    assert more.shape == (28, 10, 10) and "".join(labels) == "".join(letter * 4 for letter in "abcdefg")
    np.testing.assert_array_equal(more[::4], x)
    np.testing.assert_array_equal(np.floor(more.mean((1, 2))), np.arange(7).repeat(4))  # made of its own image
    assert len(np.unique(more.reshape(28, -1), axis=0)) == 28
    again, _ = image.augment_data(x[..., None], y, copies=3, seed=1)
    np.testing.assert_array_equal(again[..., 0], more)
    assert np.abs(image.augment_data(x, y, copies=3, seed=2)[0] - more).max() > 0.01


def test_without_shift_rotation_and_zoom_copies_are_the_image():
    x = RNG.random((5, 6, 6))
    more, _ = image.augment_data(x, np.arange(5), shift=0, rotation=0)
    np.testing.assert_array_equal(more, x.repeat(3, 0))
    assert image.augment_data(x, np.arange(5), copies=0)[0].shape == x.shape


def test_one_hot_labels_go_along():
    _, y = image.augment_data(np.zeros((3, 4, 4)), np.eye(3), copies=1)
    np.testing.assert_array_equal(y, np.eye(3).repeat(2, 0))


def test_120_000_images_in_less_than_10_seconds():
    x = (datasets.mnist.load_data()[0][0][:12_000] / 255).astype("float32")
    began = time.process_time()
    image.random_shift(x, 0.05, 0.05, channel_axis=None)
    image.random_rotation(x, 20, channel_axis=None)
    assert 5 * (time.process_time() - began) < 10  # a fifth of them


# --- refusals ------------------------------------------------------------------------------------------------------------

REFUSED = {
    "a share": (
        lambda: image.random_shift(IMAGES, 2, 0),
        r"random_shift needs wrg to be a number from 0 to 1, but got 2\.",
    ),
    "a zoom of one number": (
        lambda: image.random_zoom(IMAGES, 0.2),
        r"=\(low, high\), but got 0\.2\. Write \(0\.8, 1\.2\)",
    ),
    "a zoom to nothing": (lambda: image.random_zoom(IMAGES, (0, 1)), r"zoom_range to be a number above 0, but got 0"),
    "one axis too few": (lambda: image.random_shift(np.zeros(5), 0, 0), r"of two to four axes, but got shape \(5,\)"),
    "an axis twice": (
        lambda: image.random_rotation(IMAGES[0], 5, 1, 1, 0),
        r"axes that differ, from 0 to 2, but got row_axis=1",
    ),
    "a tutorial's axes with a batch": (
        lambda: image.random_shift(IMAGES, 0, 0, **LAST),
        r"In a batch axis 0 counts the images: write row_axis=1, col_axis=2\.",
    ),
    "a fill mode": (
        lambda: image.random_shift(IMAGES, 0, 0, fill_mode="mirror"),
        r"fill_mode to be one of 'constant', 'nearest'",
    ),
    "words": (lambda: image.random_shift(np.array([["a"]]), 0, 0), r"needs an array of numbers.*astype\('float32'\)"),
    "labels of another length": (
        lambda: image.augment_data(IMAGES, np.zeros(3)),
        r"one label for each image, but got x of shape",
    ),
    "rows instead of images": (
        lambda: image.augment_data(np.zeros((3, 784)), np.zeros(3)),
        r"needs images of .*shape \(3, 784\)",
    ),
    "a seed": (
        lambda: image.augment_data(IMAGES, np.zeros(9), seed=-1),
        r"augment_data needs seed to be a whole number of",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_one_sentence(name):
    make, message = REFUSED[name]
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_a_batch_that_keras_takes_for_one_image_is_noted():
    with pytest.warns(errors.DragonetWarning, match=r"\(60, 8, 8\) as one image of 60 channels\. For a batch .*=None"):
        image.random_shift(np.zeros((60, 8, 8)), 0.1, 0.1)
