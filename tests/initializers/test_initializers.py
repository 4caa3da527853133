"""Initializers: their distributions, where their chance comes from, names, and configs that Keras reads too."""

import json
import math

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.src.initializers.random_initializers import compute_fans
from scipy import stats

from dragonet import initializers, random
from dragonet.core import session
from dragonet.initializers.scaling import CUT_OFF_STDDEV, fans

SHAPE = (200, 100)  # 200 inputs, 100 outputs
KEY = random.key(3)


def normal(stddev, mean=0.0):
    return stats.norm(mean, stddev)


def truncated(stddev, mean=0.0):
    """`stddev` before the cut at two of them."""
    return stats.truncnorm(-2, 2, mean, stddev)


def uniform(low, high):
    return stats.uniform(low, high - low)


# Keras's formulas, for SHAPE.
DISTRIBUTIONS = [
    ("RandomNormal", {}, normal(0.05)),
    ("RandomNormal", {"mean": 1.0, "stddev": 2.0}, normal(2.0, 1.0)),
    ("TruncatedNormal", {"mean": 1.0, "stddev": 2.0}, truncated(2.0, 1.0)),
    ("RandomUniform", {}, uniform(-0.05, 0.05)),
    ("RandomUniform", {"minval": 1.0, "maxval": 3.0}, uniform(1.0, 3.0)),
    ("VarianceScaling", {}, truncated(math.sqrt(1 / 200) / CUT_OFF_STDDEV)),
    (
        "VarianceScaling",
        {"scale": 3.0, "mode": "fan_out", "distribution": "untruncated_normal"},
        normal(math.sqrt(3 / 100)),
    ),
    (
        "VarianceScaling",
        {"mode": "fan_avg", "distribution": "uniform"},
        uniform(-math.sqrt(3 / 150), math.sqrt(3 / 150)),
    ),
    ("GlorotUniform", {}, uniform(-math.sqrt(6 / 300), math.sqrt(6 / 300))),
    ("GlorotNormal", {}, truncated(math.sqrt(2 / 300) / CUT_OFF_STDDEV)),
    ("HeUniform", {}, uniform(-math.sqrt(6 / 200), math.sqrt(6 / 200))),
    ("HeNormal", {}, truncated(math.sqrt(2 / 200) / CUT_OFF_STDDEV)),
    ("LecunUniform", {}, uniform(-math.sqrt(3 / 200), math.sqrt(3 / 200))),
    ("LecunNormal", {}, truncated(math.sqrt(1 / 200) / CUT_OFF_STDDEV)),
    ("LecunNormal", {"input_axes": (1,), "output_axes": (0,)}, truncated(math.sqrt(1 / 100) / CUT_OFF_STDDEV)),
]
IDS = [f"{name}-{options}" for name, options, _ in DISTRIBUTIONS]


@pytest.mark.parametrize(("name", "options", "expected"), DISTRIBUTIONS, ids=IDS)
def test_values_are_distributed_as_keras_says(name, options, expected):
    w = np.asarray(getattr(initializers, name)(**options)(SHAPE, key=KEY), float)
    assert stats.kstest(w.ravel(), expected.cdf).pvalue > 0.001
    assert expected.support()[0] - 1e-6 <= w.min() and w.max() <= expected.support()[1] + 1e-6
    np.testing.assert_allclose(w.std(), expected.std(), rtol=0.02)


@pytest.mark.parametrize(("name", "options", "expected"), DISTRIBUTIONS[5:8], ids=IDS[5:8])
def test_keras_is_distributed_likewise(name, options, expected):
    """So that the formulas above are not only ours."""
    w = np.asarray(getattr(keras.initializers, name)(**options, seed=1)(SHAPE), float)
    assert stats.kstest(w.ravel(), expected.cdf).pvalue > 0.001


def test_truncation_keeps_the_variance():
    np.testing.assert_allclose(truncated(1.0).std(), CUT_OFF_STDDEV, rtol=1e-6)


@given(st.lists(st.integers(1, 9), min_size=0, max_size=5))
def test_fans_are_keras_fans(shape):
    assert fans(tuple(shape)) == compute_fans(tuple(shape))


@pytest.mark.parametrize("name", ["RandomNormal", "TruncatedNormal", "RandomUniform", "GlorotUniform", "Orthogonal"])
def test_the_same_key_gives_the_same_values_and_another_key_others(name):
    draw = getattr(initializers, name)()
    a, b, c = (np.asarray(draw((4, 3), key=key)) for key in (KEY, KEY, jax.random.fold_in(KEY, 1)))
    np.testing.assert_array_equal(a, b)
    assert (a != c).all()


def test_a_seed_of_its_own_wins_over_the_key():
    seeded = initializers.RandomNormal(seed=5)
    np.testing.assert_array_equal(seeded((3,), key=KEY), seeded((3,)))
    assert (np.asarray(seeded((3,))) != np.asarray(initializers.RandomNormal(seed=6)((3,)))).all()


def test_a_seed_generator_goes_on():
    going_on = initializers.RandomNormal(seed=random.SeedGenerator(1))
    assert (np.asarray(going_on((3,), key=KEY)) != np.asarray(going_on((3,), key=KEY))).all()


def test_without_key_and_seed_the_session_is_drawn_from():
    draw = initializers.RandomNormal()
    session.set_seed(1)
    first, second = np.asarray(draw((3,))), np.asarray(draw((3,)))
    session.set_seed(1)
    np.testing.assert_array_equal(draw((3,)), first)
    assert (first != second).all()


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6), (2, 3, 4)])
def test_orthogonal_has_orthonormal_rows_or_columns(shape):
    Q = np.asarray(initializers.Orthogonal(gain=2.0)(shape, key=KEY)).reshape(-1, shape[-1]) / 2
    small = Q.T @ Q if Q.shape[0] >= Q.shape[1] else Q @ Q.T
    np.testing.assert_allclose(small, np.eye(min(Q.shape)), atol=1e-5)


def test_orthogonal_favours_no_sign():
    signs = [np.sign(initializers.Orthogonal(seed=seed)((3, 3)))[0, 0] for seed in range(40)]
    assert 10 < sum(np.equal(signs, 1)) < 30


CONSTANTS = [
    ("Zeros", {}, (2, 3)),
    ("Ones", {}, (2, 3)),
    ("Constant", {"value": 0.5}, (2, 3)),
    ("Identity", {}, (2, 3)),
    ("STFT", {}, (16, 1, 9)),
    ("STFT", {"side": "imag", "window": None}, (16, 1, 9)),
    ("STFT", {"side": "imag", "window": "hamming", "scaling": "spectrum", "periodic": True}, (16, 1, 9)),
    ("STFT", {"window": [1.0] * 16, "scaling": None}, (16, 1, 9)),
    ("Identity", {"gain": 2.0}, (3, 3)),
]


@pytest.mark.parametrize(("name", "options", "shape"), CONSTANTS, ids=[f"{n}-{o}" for n, o, _ in CONSTANTS])
def test_what_has_no_chance_in_it_has_keras_values(name, options, shape):
    ours, theirs = (getattr(home, name)(**options)(shape) for home in (initializers, keras.initializers))
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, atol=3e-6)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, options) for name, options, _ in DISTRIBUTIONS),
        *(
            (name, options) for name, options, _ in CONSTANTS[:-2]
        ),  # not a window of numbers, nor gain: Keras forgets them
        ("Orthogonal", {"gain": 2.0, "seed": 3}),
    ],
)
def test_configs_travel_both_ways(name, options):
    ours = getattr(initializers, name)(**options)
    theirs = keras.initializers.deserialize(json.loads(json.dumps(initializers.serialize(ours))))
    back = initializers.deserialize(keras.initializers.serialize(theirs))
    assert (type(back), back.get_config()) == (type(ours), ours.get_config())


def test_an_array_is_a_start_and_is_saved():
    values = np.arange(6.0).reshape(2, 3)
    start = initializers.deserialize(json.loads(json.dumps(initializers.serialize(initializers.get(values)))))
    np.testing.assert_array_equal(start((2, 3)), values)


def test_draw_takes_functions_of_several_kinds():
    functions = [
        lambda shape: jnp.ones(shape),
        lambda shape, dtype=None: np.ones(shape, dtype),
        lambda dims, dtype: np.ones(dims),
        lambda shape, dtype, key: 1 + 0 * jax.random.normal(key, shape, dtype),
        jax.nn.initializers.ones,
        keras.initializers.Ones(),
    ]
    for function in functions:
        w = initializers.draw(function, KEY, (2, 3))
        assert w.dtype == "float32" and w.shape == (2, 3) and (w == 1).all()


def test_draw_traces_so_that_shapes_are_known_without_work():
    shape = jax.eval_shape(lambda key: initializers.draw(initializers.HeNormal(), key, (2, 3)), KEY)
    assert (shape.shape, shape.dtype) == ((2, 3), "float32")


def test_float64_inside_x64():
    with jax.enable_x64(True):
        drawn = {name: initializers.draw(initializers.get(name), KEY, (2, 2)) for name in ("zeros", "he_normal")}
    assert {str(w.dtype) for w in drawn.values()} == {"float64"}


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("glorot_uniform", "GlorotUniform"),
        ("GlorotUniform", "GlorotUniform"),
        ("normal", "RandomNormal"),
        ("uniform", "RandomUniform"),
        ("zero", "Zeros"),
        ("one", "Ones"),
        ("OrthogonalInitializer", "Orthogonal"),
        ("IdentityInitializer", "Identity"),
        ("orthogonal", "Orthogonal"),
        ("stft", "STFT"),
    ],
)
def test_names_make_objects_with_their_defaults(name, cls):
    assert type(initializers.get(name)) is getattr(initializers, cls)


def test_get_leaves_objects_and_functions_and_reads_configs():
    assert initializers.get(jnp.ones) is jnp.ones
    assert initializers.get(initializers.Zeros) == initializers.Zeros()
    assert initializers.get({"class_name": "Constant", "config": {"value": 2.0}}).value == 2.0
    assert initializers.get(None) is None


def test_a_plain_class_as_in_keras_works():
    class Halves(initializers.Initializer):
        def __init__(self, value):
            self.value = value

        def __call__(self, shape, dtype=None):
            return jnp.full(shape, self.value, dtype)

    assert initializers.draw(Halves(0.5), KEY, (2,)).tolist() == [0.5, 0.5]


def test_repr_can_be_pasted_back():
    assert repr(initializers.HeNormal(seed=1)) == "HeNormal(seed=1)"
    assert repr(initializers.VarianceScaling(2.0, mode="fan_out")) == "VarianceScaling(scale=2.0, mode='fan_out')"


@pytest.mark.parametrize(
    ("error", "make", "says"),
    [
        (ValueError, lambda: initializers.RandomNormal(stddev=-1), "RandomNormal needs stddev to be a number from 0"),
        (ValueError, lambda: initializers.TruncatedNormal(mean="0"), "TruncatedNormal needs mean to be a number"),
        (ValueError, lambda: initializers.RandomUniform(1.0, 0.0), "needs minval <= maxval, but got 1.0 and 0.0."),
        (ValueError, lambda: initializers.VarianceScaling(0.0), "VarianceScaling needs scale to be a number above 0"),
        (ValueError, lambda: initializers.VarianceScaling(mode="fan"), "one of 'fan_in', 'fan_out', 'fan_avg'"),
        (ValueError, lambda: initializers.VarianceScaling(distribution="beta"), "needs distribution to be one of"),
        (
            ValueError,
            lambda: initializers.HeNormal(input_axes=(5,), output_axes=(0,))((2, 2)),
            "HeNormal needs input_axes",
        ),
        (ValueError, lambda: initializers.HeNormal(seed=0.5), "seed to be a whole number, a SeedGenerator or None"),
        (TypeError, lambda: initializers.HeNormal(scale=1.0), "HeNormal has no argument 'scale'."),
        (ValueError, lambda: initializers.Orthogonal()((3,)), "Orthogonal needs a weight of at least two axes"),
        (
            ValueError,
            lambda: initializers.Identity()((3,)),
            "Identity needs a matrix: a shape (rows, columns), but got",
        ),
        (ValueError, lambda: initializers.Constant(np.ones(4))((3,)), "a number or an array that fits shape (3,)"),
        (ValueError, lambda: initializers.STFT(side="left"), "STFT needs side to be one of 'real', 'imag'"),
        (ValueError, lambda: initializers.STFT(window="han-"), "window to be a name that scipy knows, but got 'han-'."),
        (ValueError, lambda: initializers.STFT()((4, 3)), "STFT needs a kernel of shape (samples, 1, frequencies)"),
        (ValueError, lambda: initializers.STFT(window=np.ones(3))((4, 1, 3)), "STFT needs a window of 4 values"),
        (
            ValueError,
            lambda: initializers.get("he_norma"),
            "There is no initializer 'he_norma'. Did you mean 'he_normal'?",
        ),
        (ValueError, lambda: initializers.get("draw"), "There is no initializer 'draw'."),
        (TypeError, lambda: initializers.get(3), "The initializer needs the name of one"),
        (TypeError, lambda: initializers.Initializer()((2,)), "The initializer Initializer needs __call__(self, shape"),
        (
            ValueError,
            lambda: initializers.draw(lambda shape: jnp.ones(3), KEY, (2,)),
            "to return an array of shape (2,)",
        ),
    ],
)
def test_what_is_no_initializer_ends_in_a_sentence(error, make, says):
    with pytest.raises(error) as failure:
        make()
    assert says in str(failure.value)
