"""host_random: the bits are the hash's, the numbers are distributed as they should be, and are these on every machine."""

import hashlib
import math
import statistics

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special, stats

from dragonet import initializers, layers, random
from dragonet.core import host_random, session

N = 1 << 17
KEY = host_random.key(42, 3)

DRAWS = {
    "uniform": (lambda n: host_random.uniform(KEY, (n,), -2.0, 3.0), stats.uniform(-2, 5)),
    "normal": (lambda n: host_random.normal(KEY, (n,), 1.0, 2.0), stats.norm(1, 2)),
    "truncated_normal": (lambda n: host_random.truncated_normal(KEY, (n,), 1.0, 2.0), stats.truncnorm(-2, 2, 1, 2)),
}


@pytest.mark.parametrize("name", DRAWS)
def test_numbers_are_distributed_as_they_should_be(name):
    draw, expected = DRAWS[name]
    x = draw(N).astype(float)
    assert stats.kstest(x, expected.cdf).pvalue > 0.001
    for power in (1, 2, 3, 4):
        spread = math.sqrt((expected.moment(2 * power) - expected.moment(power) ** 2) / N)
        assert abs((x**power).mean() - expected.moment(power)) < 5 * spread
    for lag in (1, 2, 7, 64, 784):  # neighbours do not know of each other
        centred = (x - expected.mean()) / expected.std()
        assert abs((centred[:-lag] * centred[lag:]).mean()) < 5 / math.sqrt(N - lag)


def test_the_first_numbers_by_hand():
    """By Python's whole numbers, and its own quantiles of the normal distribution."""

    def mix(x):
        x = (x ^ x >> 16) * 0x7FEB352D % 2**32
        x = (x ^ x >> 15) * 0x846CA68B % 2**32
        return x ^ x >> 16

    a, b = map(int, KEY)
    u = [(mix(mix((i + a) % 2**32) ^ b) + 0.5) / 2**32 for i in range(50)]
    np.testing.assert_array_equal(host_random.uniform(KEY, (50,), -1.0, 3.0), np.float32([4 * p - 1 for p in u]))
    by_hand = [statistics.NormalDist(0.5, 2.0).inv_cdf(p) for p in u]
    np.testing.assert_allclose(host_random.normal(KEY, (50,), 0.5, 2.0, np.float64), by_hand, rtol=1e-13)


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("uniform", "53a553f06d1f416e"),
        ("normal", "146035cb030baf94"),
        ("truncated_normal", "27ce9a1da8fefc3a"),
    ],
)
def test_the_bits_are_these_on_every_machine(name, digest):
    """A change here changes the first weights of every seed."""
    x = DRAWS[name][0](100_000)
    assert hashlib.sha256(x.astype("<f4").tobytes()).hexdigest()[:16] == digest


def test_quantiles_of_the_normal_distribution():
    p = np.concatenate(
        [np.linspace(1e-6, 1 - 1e-6, 20_001), 2.0**-33 * np.arange(1, 500), 1 - 2.0**-33 * np.arange(1, 500)]
    )
    np.testing.assert_allclose(host_random.quantile(p), special.ndtri(p), rtol=1e-13, atol=1e-16)


def test_the_ends_are_kept():
    """The smallest and the largest random word, by a hash that gives nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(host_random, "bits", lambda words, start, count: np.resize(np.uint32([0, 2**32 - 1]), count))
        low, high = host_random.uniform(KEY, (2,), 0.1, 0.3)
        assert np.float32(0.1) <= low < high < np.float32(0.3)
        assert host_random.uniform(KEY, (2,), 0.25, 0.25).tolist() == [0.25, 0.25]
        assert host_random.truncated_normal(KEY, (2,), 0.0, 1.0).tolist() == [-2.0, 2.0]
        np.testing.assert_allclose(
            host_random.normal(KEY, (2,), 0.0, 1.0), special.ndtri([2.0**-33, 1 - 2.0**-33]), rtol=1e-6
        )


def test_blocks_and_more_than_2_to_the_32_elements_go_on_without_repeating():
    n = host_random._BLOCK
    whole = host_random.bits(KEY, 0, 3 * n)
    np.testing.assert_array_equal(np.concatenate([host_random.bits(KEY, i * n, n) for i in range(3)]), whole)
    assert not np.array_equal(host_random.bits(KEY, 2**32, n), whole[:n])
    assert not np.isin(host_random.bits(KEY, 2**32 - n, n), whole[:n]).all()


def test_jax_keys_of_a_seed_are_the_same_words_and_draw_the_same_bits():
    key = jax.random.fold_in(random.key(42), 3)
    np.testing.assert_array_equal(jax.random.key_data(key), KEY)
    np.testing.assert_array_equal(jax.random.bits(key, (100,), jnp.uint32), host_random.bits(KEY, 0, 100))


# --- in initializers and layers -----------------------------------------------------------------------------------------

RANDOM = ["RandomNormal", "TruncatedNormal", "RandomUniform", "GlorotUniform", "HeNormal", "Orthogonal"]


@pytest.mark.parametrize("name", RANDOM)
def test_values_are_the_same_from_words_from_a_jax_key_and_inside_a_traced_function(name):
    initializer, key = getattr(initializers, name)(), jax.random.fold_in(random.key(42), 3)
    eager = initializer((5, 4), key=KEY)
    assert isinstance(eager, np.ndarray)
    np.testing.assert_array_equal(initializer((5, 4), key=key), eager)
    np.testing.assert_array_equal(jax.jit(lambda key: initializer((5, 4), key=key))(key), eager)
    np.testing.assert_array_equal(jax.jit(lambda key: initializers.draw(initializer, key, (5, 4)))(key), eager)
    many = jax.vmap(lambda i: initializers.draw(initializer, jax.random.fold_in(key, i), (5, 4)))(jnp.arange(3))
    np.testing.assert_array_equal(many[1], initializer((5, 4), key=host_random.fold_in(KEY, 1)))


def test_keys_of_jax_s_own_generators_are_hashed():
    """Threefry's keys of two seeds differ in one word alone, by which these streams would be shifts of each other."""
    draw = initializers.RandomUniform(0.0, 1.0)
    streams = [np.asarray(draw((1000,), key=jax.random.key(seed))) for seed in range(4)]
    assert not any(np.isin(a, b).any() for i, a in enumerate(streams) for b in streams[:i])
    assert draw((3,), key=jax.random.key(0, impl="rbg")).shape == (3,)


def test_a_layer_draws_without_jax_and_a_function_of_the_user_s_gets_a_jax_key():
    layer = layers.Dense(3)
    layer.build((None, 4))
    assert all(isinstance(variable.held, np.ndarray) for variable in layer.variables)
    own = layers.Dense(3, kernel_initializer=lambda shape, dtype, key: jax.random.normal(key, shape, dtype))
    own.build((None, 4))
    assert isinstance(own.kernel.held, np.ndarray) and np.unique(own.kernel.numpy()).size == 12


def test_first_weights_are_of_the_seed_and_the_layer_s_number_and_no_other_draw():
    session.set_seed(5)
    built = [layers.Dense(3) for _ in range(2)]
    for layer in built:
        layer.build((None, 4))
    drawn = np.asarray(initializers.GlorotUniform()((4, 3), key=random.SeedGenerator(5).next_words()))
    a, b = (layer.kernel.numpy() for layer in built)
    assert (a != b).all() and (a != drawn).all() and (b != drawn).all()
