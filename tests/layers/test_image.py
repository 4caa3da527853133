"""What prepares images and features: Normalization against NumPy and Keras, augmentation by hand and against SciPy."""

import functools

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from dragonet import random
from dragonet.layers import (
    Normalization,
    RandomContrast,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    Rescaling,
)
from dragonet.layers.augmentation import affine

DRAW = np.random.default_rng(5)
TABLE = DRAW.normal([5.0, -3.0, 100.0], [1.0, 0.1, 30.0], (50, 3)).astype("float32")


class TestNormalization:
    @pytest.mark.parametrize(("axis", "invert"), [(-1, False), ((1, 2), False), (None, True)])
    def test_adapts_as_keras_does(self, axis, invert):
        x = DRAW.normal(3.0, 2.0, (20, 3, 2)).astype("float32")
        ours, theirs = Normalization(axis=axis, invert=invert), keras.layers.Normalization(axis=axis, invert=invert)
        ours.adapt(x)
        theirs.adapt(x)
        for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=1e-5)
        np.testing.assert_allclose(ours(x), theirs(x), atol=1e-5)

    @pytest.mark.parametrize(
        "given",
        [
            TABLE,
            pd.DataFrame(TABLE),
            TABLE.tolist(),
            [TABLE[:7], TABLE[7:]],
            [(TABLE[:30], 0), (TABLE[30:], 1)],
            (part for part in (TABLE[:1], TABLE[1:])),
            jnp.asarray(TABLE),
        ],
        ids=["array", "table", "lists", "batches", "pairs", "generator", "jax"],
    )
    def test_takes_data_in_any_form(self, given):
        layer = Normalization()
        layer.adapt(given)
        exact = TABLE.astype("float64")
        np.testing.assert_allclose(layer.mean, exact.mean(0), rtol=1e-6)
        np.testing.assert_allclose(layer.variance, exact.var(0), rtol=1e-6)

    def test_long_data_is_measured_in_pieces_without_loss(self):
        x = 1e4 + DRAW.normal(size=(9000, 1)).astype("float32")  # in float32 the square of 1e4 would drown the variance
        layer = Normalization()
        layer.adapt(x)
        np.testing.assert_allclose(layer.variance, x.astype("float64").var(0), rtol=1e-5)

    def test_the_way_back_undoes_it(self):
        there, back = Normalization(), Normalization(invert=True)
        there.adapt(TABLE)
        back.adapt(TABLE)
        np.testing.assert_allclose(back(there(TABLE)), TABLE, rtol=1e-5)

    def test_what_was_measured_is_a_weight_and_no_argument(self):
        layer = Normalization(name="n")
        assert layer.mean is None
        layer.adapt(TABLE)
        assert [v.name for v in layer.variables] == ["mean", "variance", "count"]
        assert not layer.trainable_variables
        assert layer.get_config()["mean"] is None
        assert repr(layer) == "Normalization(name='n')"
        assert layer.mean.numpy().shape == (3,)

    def test_given_numbers_are_arguments_and_no_weights(self):
        layer = Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 4.0, 4.0])
        np.testing.assert_array_equal(layer(np.array([[3.0, 2.0, 1.0]])), [[1.0, 0.0, -1.0]])
        assert layer.variables == []
        assert layer.get_config()["mean"] == [1.0, 2.0, 3.0]

    def test_a_constant_feature_gives_no_infinity(self):
        layer = Normalization()
        layer.adapt(np.ones((4, 1)))
        assert layer(np.ones((1, 1))).item() == 0

    @pytest.mark.parametrize(
        ("act", "message"),
        [
            (lambda: Normalization(mean=1.0), r"needs both mean and variance, or neither, but got only mean"),
            (lambda: Normalization(mean=[1.0], variance=[1.0, 2.0]), r"mean and variance of one shape"),
            (
                lambda: Normalization(mean=[1.0] * 2, variance=[1.0] * 2)(TABLE),
                r"mean and variance for an input of size",
            ),
            (lambda: Normalization(axis=2)(TABLE), r"axes of known size, other than the batch's, but got axis=\(2,\)"),
            (
                lambda: Normalization().adapt(np.where(np.arange(12).reshape(4, 3) == 7, np.nan, 1.0)),
                r"Normalization.adapt needs finite numbers, but got 1 NaN or infinite, the first at row 2, column 1. "
                r"Drop those rows",
            ),
            (
                lambda: Normalization().adapt([np.ones((4, 3)), np.full((1, 3), np.inf)]),
                r"3 NaN or infinite, the first at row 4, column 0",
            ),
            (lambda: Normalization().adapt(np.array([[1e30], [0.0]])), r"variance that float32 can hold, but got "),
            (lambda: Normalization().adapt(TABLE[:, 0]), r"other than the batch's.*Use axis=None"),
            (lambda: Normalization().adapt([]), r"Normalization.adapt needs data, but got none"),
            (lambda: Normalization(mean=0.0, variance=1.0).adapt(TABLE), r"Leave adapt out"),
        ],
    )
    def test_what_it_refuses(self, act, message):
        with pytest.raises(ValueError, match=message):
            act()

    def test_words_are_refused(self):
        with pytest.raises(TypeError, match=r"Normalization.adapt needs numbers, but got an array .* dtype"):
            Normalization().adapt(np.array([["a"]]))

    def test_another_width_is_refused(self):
        layer = Normalization()
        layer.adapt(TABLE)
        with pytest.raises(ValueError, match=r"was built for inputs of another shape than \(None, 2\)"):
            layer.adapt(TABLE[:, :2])
        with pytest.raises(ValueError, match=r"needs inputs of size \(3,\) along axis=\(-1,\), as before, but got"):
            layer.apply(*layer.gather(), TABLE[:, :2], training=False, key=None)


def test_rescaling_makes_pixels_fractions():
    x = np.array([[0, 51, 255]], "uint8")
    np.testing.assert_allclose(Rescaling(1 / 127.5, offset=-1)(x), [[-1.0, -0.6, 1.0]], rtol=1e-6)
    with pytest.raises(TypeError, match=r"Rescaling needs scale to be a number or an array of numbers, but got 'a'"):
        Rescaling("a")
    with pytest.raises(ValueError, match=r"scale and offset that fit its input, but got x of shape \(1, 1\)"):
        Rescaling([1.0, 2.0])(np.ones((1, 1)))


IMAGES = DRAW.uniform(size=(3, 6, 5, 2)).astype("float32")
MODES = {"reflect": "reflect", "wrap": "grid-wrap", "constant": "grid-constant", "nearest": "nearest"}  # SciPy's words


class TestAffine:
    matrices = np.array(
        [
            [0.9, -0.4, 1.3, 0.3, 1.1, -1.7],
            [1.0, 0.0, -3.25, 0.0, 1.0, 9.5],
            [-1.0, 0.0, 4.0, 0.0, -1.0, 5.0],
        ],
        "float32",
    )

    @pytest.mark.parametrize("fill_mode", MODES)
    @pytest.mark.parametrize("interpolation", affine.INTERPOLATIONS)
    def test_looks_up_what_scipy_and_keras_look_up(self, fill_mode, interpolation):
        # where the place lies just between two pixels, "nearest" may go either way: moved off by a thousandth
        matrices = self.matrices + np.float32([0, 0, 1e-3, 0, 0, 1e-3]) * (interpolation == "nearest")
        y = affine.transform(IMAGES, jnp.asarray(matrices), interpolation, fill_mode, 0.7)
        with_keras = keras.ops.image.affine_transform(
            IMAGES, np.pad(matrices, ((0, 0), (0, 2))), interpolation, fill_mode, 0.7
        )
        np.testing.assert_allclose(y, with_keras, atol=1e-5)
        for n, (a, b, c, d, e, f) in enumerate(matrices.astype(float)):
            for channel in range(2):
                scipys = ndimage.affine_transform(
                    IMAGES[n, :, :, channel],
                    [[e, d], [b, a]],
                    [f, c],
                    order=int(interpolation == "bilinear"),
                    mode=MODES[fill_mode],
                    cval=0.7,
                )
                np.testing.assert_allclose(y[n, :, :, channel], scipys, atol=1e-5)

    @pytest.mark.parametrize("fill_mode", MODES)
    def test_shifts_and_zooms_along_each_axis_are_the_same_look_up(self, fill_mode):
        a, c, e, f = (jnp.asarray(DRAW.uniform(-2, 2, 3), "float32") for _ in range(4))
        zero = jnp.zeros(3)
        rows, columns = e[:, None] * jnp.arange(6) + f[:, None], a[:, None] * jnp.arange(5) + c[:, None]
        for interpolation in affine.INTERPOLATIONS:
            options = (interpolation, fill_mode, 0.7)
            general = affine.transform(IMAGES, jnp.stack([a, zero, c, zero, e, f], axis=1), *options)
            np.testing.assert_allclose(affine.resample(IMAGES, rows, columns, *options), general, atol=1e-5)


def augmented(layer, x=IMAGES, seed=0):
    return np.asarray(layer.apply({}, {}, jnp.asarray(x), training=True, key=random.key(seed))[0])


class TestAugmentation:
    def test_whole_pixels_are_moved_exactly(self):
        down_2_left_1 = RandomTranslation((2 / 6, 2 / 6), (-1 / 5, -1 / 5), fill_mode="wrap")
        np.testing.assert_allclose(augmented(down_2_left_1), np.roll(IMAGES, (2, -1), (1, 2)), atol=1e-5)
        empty = RandomTranslation((2 / 6, 2 / 6), 0.0, fill_mode="constant", fill_value=0.25)
        np.testing.assert_allclose(augmented(empty)[:, :2], 0.25, atol=1e-6)

    @pytest.mark.parametrize("quarters", [-1, 2])
    def test_quarter_turns_are_exact_and_counter_clockwise(self, quarters):
        x = IMAGES[:, :5]
        turned = augmented(RandomRotation((quarters / 4, quarters / 4), fill_mode="constant"), x)
        np.testing.assert_allclose(turned, np.rot90(x, quarters, (1, 2)), atol=1e-4)

    def test_a_turn_by_20_degrees_is_scipy_s(self):
        x = DRAW.uniform(size=(1, 9, 9, 1)).astype("float32")
        turned = augmented(RandomRotation((20 / 360, 20 / 360)), x)
        scipys = ndimage.rotate(x[0, :, :, 0], 20, reshape=False, order=1, mode="reflect")
        np.testing.assert_allclose(turned[0, :, :, 0], scipys, atol=1e-4)

    def test_zooming_out_shrinks_around_the_centre(self):
        x = np.ones((1, 8, 8, 1), "float32")
        half = augmented(RandomZoom((1.0, 1.0), fill_mode="constant", interpolation="nearest"), x)[0, :, :, 0]
        np.testing.assert_array_equal(half, np.pad(np.ones((4, 4)), 2))
        tall = augmented(RandomZoom(0.0, (1.0, 1.0), fill_mode="constant", interpolation="nearest"), x)[0, :, :, 0]
        np.testing.assert_array_equal(tall, np.pad(np.ones((8, 4)), ((0, 0), (2, 2))))

    def test_flips_are_exact_and_each_on_its_own(self):
        x = np.broadcast_to(np.arange(4.0, dtype="float32").reshape(1, 2, 2, 1), (400, 2, 2, 1))
        kinds, counts = np.unique(augmented(RandomFlip(), x).reshape(400, 4), axis=0, return_counts=True)
        np.testing.assert_array_equal(kinds, [[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]])
        assert (abs(counts - 100) < 4 * np.sqrt(400 * 3 / 16)).all()
        kinds = np.unique(augmented(RandomFlip("vertical"), x).reshape(400, 4), axis=0)
        np.testing.assert_array_equal(kinds, [[0, 1, 2, 3], [2, 3, 0, 1]])

    def test_contrast_keeps_the_mean_and_stays_in_range(self):
        x = np.broadcast_to(np.array([0.4, 0.6], "float32").reshape(1, 2, 1, 1), (500, 2, 1, 1))
        y = augmented(RandomContrast((0.5, 1.0), value_range=(0, 1)), x)
        np.testing.assert_allclose(y.mean(1), 0.5, atol=1e-6)
        contrast = (y[:, 1] - y[:, 0]).ravel() / 0.2
        assert 0.5 <= contrast.min() < 0.55
        assert 1.95 < contrast.max() <= 2.0001
        assert augmented(RandomContrast((0.5, 1.0), value_range=(0.45, 0.55)), x).max() <= np.float32(0.55)

    def test_shifts_are_drawn_evenly_for_each_image_and_each_axis(self):
        slope = np.arange(21.0, dtype="float32")[:, None] + np.array([0, 1000], "float32")
        y = augmented(RandomTranslation((-0.1, 0.3), 0.0), np.broadcast_to(slope[..., None], (1000, 21, 2, 1)))
        shift = (1010 - y[:, 10, 1, 0]) / 21
        assert -0.1 <= shift.min() < -0.09
        assert 0.29 < shift.max() <= 0.3
        assert abs(shift.mean() - 0.1) < 4 * 0.4 / np.sqrt(12 * 1000)
        assert abs(np.corrcoef(shift[:-1], shift[1:])[0, 1]) < 4 / np.sqrt(1000)

    def test_the_key_decides_and_a_seed_of_the_layer_changes_the_dice(self):
        layer, seeded = RandomRotation(0.1), RandomRotation(0.1, seed=1)
        np.testing.assert_array_equal(augmented(layer, seed=1), augmented(layer, seed=1))
        assert not np.allclose(augmented(layer, seed=1), augmented(layer, seed=2))
        assert not np.allclose(augmented(layer, seed=1), augmented(seeded, seed=1))

    def test_compiled_throws_the_same_dice(self):
        layer = RandomTranslation(0.2, 0.2)
        compiled = jax.jit(functools.partial(layer.apply, {}, {}, training=True))(IMAGES, key=random.key(0))[0]
        np.testing.assert_allclose(compiled, augmented(layer), atol=1e-5)

    def test_channels_first_does_the_same(self):
        moved = augmented(RandomRotation(0.1, data_format="channels_first"), np.moveaxis(IMAGES, -1, 1))
        np.testing.assert_allclose(np.moveaxis(moved, 1, -1), augmented(RandomRotation(0.1)), atol=1e-6)

    def test_nothing_happens_outside_training(self):
        layer = RandomZoom(0.5)
        pixels = (IMAGES * 255).astype("uint8")
        y = layer(pixels, training=False)
        np.testing.assert_array_equal(y, pixels)
        assert y.dtype == "float32"
        assert not np.allclose(layer(pixels), pixels)  # called by itself it is at work, as in Keras

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: RandomTranslation(2, 0.1), r"^RandomTranslation needs height_factor to be a number from -1 to 1"),
            (lambda: RandomTranslation(0.1, "a"), r"width_factor to be a number or \(low, high\), but got 'a'"),
            (lambda: RandomRotation(20), r"^RandomRotation needs factor to be a number from -1 to 1"),
            (lambda: RandomRotation(0.1, fill_mode="mirror"), r"fill_mode to be one of 'reflect', 'wrap'"),
            (lambda: RandomRotation(0.1, interpolation="cubic"), r"interpolation to be one of 'nearest', 'bilinear'"),
            (lambda: RandomZoom(-1.0), r"factors above -1"),
            (lambda: RandomFlip("both"), r"mode to be one of 'horizontal'"),
            (lambda: RandomContrast(1.5), r"factor to be a number from 0 to 1"),
            (lambda: RandomContrast(0.5, value_range=1), r"value_range=\(low, high\), but got 1"),
            (lambda: RandomFlip().init(random.key(0), (None, 28, 28)), r"Put Reshape\(\(28, 28, 1\)\) before it"),
            (lambda: RandomFlip().apply({}, {}, IMAGES, training=True, key=None), r"a key in training mode"),
        ],
    )
    def test_what_it_refuses(self, make, message):
        with pytest.raises(ValueError, match=message):
            make()
