"""random: the counter hash throws fair dice across elements, layers and steps; Keras's helpers draw from it.

The statistics use fixed seeds, so they cannot fail by chance; all bounds are 5 standard deviations.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dragonet import random
from dragonet.core import host_random, session

N = 1 << 16
AT_MOST = 5.0


def words(key, n):
    """n words of one stream."""
    return jax.random.bits(key, (n,), jnp.uint32)


def elements():
    """One stream, element after element."""
    return words(random.key(0), N)


def steps():
    """The first element of each step's stream."""
    return jax.vmap(lambda step: words(jax.random.fold_in(random.key(0), step), 1)[0])(jnp.arange(N))


def layers():
    """The first element of 64 positions in the graph, in each of many steps."""

    def at(step):
        key = jax.random.fold_in(random.key(0), step)
        return jax.vmap(lambda position: words(jax.random.fold_in(key, position), 1)[0])(jnp.arange(64))

    return jax.vmap(at)(jnp.arange(N // 64)).ravel()


def layers_first():
    """The same, the steps running fastest."""
    return layers().reshape(-1, 64).T.ravel()


def seeds():
    """The first element of each seed's stream."""
    hashed = jax.random.key_impl(random.key(0))
    return jax.vmap(lambda seed: words(jax.random.key(seed, impl=hashed), 1)[0])(jnp.arange(N, dtype=jnp.uint32))


STREAMS = {f.__name__: f for f in (elements, steps, layers, layers_first, seeds)}


@pytest.fixture(scope="module", params=STREAMS)
def stream(request):
    return np.asarray(jax.jit(STREAMS[request.param])())


def test_each_bit_is_1_half_of_the_time(stream):
    share = np.array([(stream >> bit & 1).mean() for bit in range(32)])
    assert np.abs((share - 0.5) * 2 * N**0.5).max() < AT_MOST


@pytest.mark.parametrize("shift", [0, 8, 16, 24])
def test_each_byte_takes_its_256_values_equally_often(stream, shift):
    counts = np.bincount(stream >> shift & 255, minlength=256)
    assert _chi_square(counts) < AT_MOST


def test_neighbours_do_not_know_of_each_other(stream):
    pairs = (stream[:-1:2] >> 28) * 16 + (stream[1::2] >> 28)
    assert _chi_square(np.bincount(pairs, minlength=256)) < AT_MOST
    u = stream / 2**32 - 0.5  # variance 1/12
    for lag in (1, 2, 3, 7, 28, 32, 64, 256, 784, 1024):
        assert abs((u[:-lag] * u[lag:]).mean() * 12 * (N - lag) ** 0.5) < AT_MOST, lag
        agree = np.unpackbits((stream[:-lag] ^ stream[lag:]).view("uint8")).mean()
        assert abs((agree - 0.5) * 2 * (32 * (N - lag)) ** 0.5) < AT_MOST, lag


def _chi_square(counts):
    """Pearson's statistic in its own standard deviations from its mean, for equally likely cells."""
    expected, cells = counts.sum() / len(counts), len(counts)
    return abs(((counts - expected) ** 2 / expected).sum() - (cells - 1)) / (2 * (cells - 1)) ** 0.5


def test_no_two_keys_of_a_run_are_equal():
    def keys(seed):
        def at(step):
            folded = jax.random.fold_in(random.key(seed), step)
            return jax.vmap(lambda position: jax.random.key_data(jax.random.fold_in(folded, position)))(jnp.arange(32))

        return jax.vmap(at)(jnp.arange(512)).reshape(-1, 2)

    pairs = np.concatenate([jax.jit(keys, static_argnums=0)(seed) for seed in (0, 1)]).astype("uint64")
    assert len(np.unique(pairs[:, 0] << np.uint64(32) | pairs[:, 1])) == 2 * 512 * 32


def test_one_bit_of_the_seed_changes_half_of_all_bits():
    first = np.asarray(words(random.key(12345), 4096))
    for bit in (0, 7, 31):
        other = np.asarray(words(random.key(12345 ^ 1 << bit), 4096))
        changed = np.unpackbits((first ^ other).view("uint8")).mean()
        assert abs((changed - 0.5) * 2 * (32 * 4096) ** 0.5) < AT_MOST


def test_mix_is_a_bijection_on_a_sample():
    x = np.random.default_rng(0).permutation(np.arange(2**32 - N, 2**32, dtype="uint32"))
    assert len(np.unique(host_random.mix(x))) == N


def test_the_numbers_are_these_on_every_machine():
    """A change here changes every result that anyone wrote down; computed once with Python's whole numbers."""

    def mix(x):
        x = (x ^ x >> 16) * 0x7FEB352D % 2**32
        x = (x ^ x >> 15) * 0x846CA68B % 2**32
        return x ^ x >> 16

    def fold(a, b, data):
        return mix((a + mix(data)) % 2**32), mix(b ^ mix((data + 0x9E3779B9) % 2**32))

    a, b = fold(*fold(0x243F6A88, 0x85A308D3, 42), 3)
    by_hand = [mix(mix((i + a) % 2**32) ^ b) for i in range(3)]
    assert jax.random.bits(jax.random.fold_in(random.key(42), 3), (3,), jnp.uint32).tolist() == by_hand


def test_normal_numbers_are_normal():
    x = np.asarray(jax.random.normal(random.key(3), (N,)))
    moments = [x.mean(), (x**2).mean() - 1, (x**3).mean(), (x**4).mean() - 3]
    spread = [1, 2**0.5, 15**0.5, 96**0.5]
    assert max(abs(m) / s for m, s in zip(moments, spread, strict=True)) * N**0.5 < AT_MOST


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_keep_keeps_the_share_it_says_and_the_same_elements_in_float64(rate):
    kept = np.asarray(random.keep(random.key(1), rate, (N,)))
    assert abs(kept.mean() - (1 - rate)) < AT_MOST * (rate * (1 - rate) / N) ** 0.5
    with jax.enable_x64(True):
        np.testing.assert_array_equal(random.keep(random.key(1), rate, (N,)), kept)


def test_dropout_masks_of_neighbouring_steps_and_layers_are_unrelated():
    def masks(step):
        key = jax.random.fold_in(random.key(0), step)
        return jnp.stack([random.keep(jax.random.fold_in(key, layer), 0.5, (512,)) for layer in (0, 1)])

    kept = np.asarray(jax.jit(jax.vmap(masks))(jnp.arange(64))) * 2.0 - 1  # (step, layer, element), ±1
    rows = kept.reshape(128, 512)
    correlation = (rows @ rows.T / 512)[~np.eye(128, dtype=bool)]
    assert np.abs(correlation).max() * 512**0.5 < AT_MOST
    columns = kept.reshape(128, 512).T @ kept.reshape(128, 512) / 128
    assert np.abs(columns[~np.eye(512, dtype=bool)]).max() * 128**0.5 < 6  # of 130,000 pairs


# --- Keras's helpers --------------------------------------------------------------------------------------------------


def test_without_a_seed_the_session_s_sequence_goes_on_and_starts_over_with_set_seed():
    session.set_seed(4)
    first = [float(random.normal(())), float(random.normal(()))]
    session.set_seed(4)
    assert [float(random.normal(())), float(random.normal(()))] == first
    assert first[0] != first[1]


def test_a_seed_gives_the_same_each_time_and_a_generator_the_next():
    assert float(random.uniform((), seed=3)) == float(random.uniform((), seed=3))
    generator = random.SeedGenerator(3)
    assert float(random.uniform((), seed=generator)) != float(random.uniform((), seed=generator))


def test_ranges_and_shapes():
    x = random.uniform((1000,), -2, 3, seed=1)
    assert -2 <= float(x.min()) < -1.9 and 2.9 < float(x.max()) < 3
    whole = random.randint((1000,), 2, 5, seed=1)
    assert sorted(set(whole.tolist())) == [2, 3, 4] and whole.dtype == "int32"
    assert np.abs(random.truncated_normal((1000,), 1.0, 2.0, seed=1) - 1).max() <= 4
    assert float(random.normal((4000,), 5.0, 0.1, seed=1).mean()) == pytest.approx(5, abs=0.01)
    assert sorted(random.shuffle(jnp.arange(9), seed=1).tolist()) == list(range(9))
    drawn = random.categorical(jnp.log(jnp.array([[0.25, 0.75]])), 4000, seed=1)
    assert drawn.shape == (1, 4000) and float(drawn.mean()) == pytest.approx(0.75, abs=0.04)


def test_dropout_scales_what_it_keeps():
    y = np.asarray(random.dropout(jnp.ones((1000, 2)), 0.2, (1000, 1), seed=1))
    assert set(y.ravel().tolist()) == {0.0, 1.25}
    np.testing.assert_array_equal(y[:, 0], y[:, 1])
