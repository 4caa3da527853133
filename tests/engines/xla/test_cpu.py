"""Rewriting for XLA on a CPU: the numbers of the plain program, by other equations."""

from collections import Counter
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from dragonet.engines.xla import cpu, cpu_convolution

QUICK = partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})  # quick to compile


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def convolution(
    space=(9, 8), channels=3, filters=4, size=3, strides=1, padding="SAME", spread=1, dilation=1, groups=1, batch=3
):
    """A function of image and kernel, and an image and a kernel for it."""
    size = size if isinstance(size, tuple) else (size,) * len(space)
    padding = padding if isinstance(padding, str) else [padding] * len(space)

    def f(x, k):
        every = [(n,) * len(space) for n in (strides, spread, dilation)]
        return lax.conv_general_dilated(x, k, every[0], padding, *every[1:], cpu_convolution.ORDERS[x.ndim], groups)

    return f, normal(0, batch, *space, channels), normal(1, *size, channels // groups, filters)


def pooling(size, strides, padding, combine=lax.max, start=-np.inf):
    full = lambda n: (1, *n, 1)  # noqa: E731
    return lambda x: lax.reduce_window(x, np.float32(start), combine, full(size), full(strides), padding)


def value_and_gradients(f):
    def results(*args):
        y, back = jax.vjp(f, *args)
        return y, *back((1 + jnp.arange(y.size, dtype=y.dtype) % 13).reshape(y.shape))

    return results


def both(f, *args):
    """f's value and gradients: plain, in double precision (where XLA has but one way to do it), and rewritten."""
    f = value_and_gradients(f)
    with jax.enable_x64(True):
        plain = QUICK(f)(*[arg.astype(np.float64) for arg in args])
    return plain, QUICK(cpu.rewrite(f))(*args)


def assert_agree(plain, rewritten):
    for a, b in zip(plain, rewritten, strict=True):
        assert a.shape == b.shape
        assert b.dtype == np.float32
        np.testing.assert_allclose(b, a, rtol=1e-5, atol=1e-5 * np.abs(a).max(initial=0))


def equations(f, *args):
    return Counter(eqn.primitive.name for eqn in jax.make_jaxpr(cpu.rewrite(f))(*args).eqns)


CONVOLUTIONS = {
    "library": {"channels": 16},
    "valid": {"channels": 16, "padding": "VALID"},
    "explicit padding": {"channels": 16, "padding": (3, 1)},
    "cropping": {"channels": 16, "padding": (-1, 0)},
    "strided": {"channels": 16, "strides": 2},
    "dilated": {"channels": 16, "dilation": 2},
    "strided and padded": {"channels": 8, "strides": 3, "padding": (2, 2)},
    "transposed": {"channels": 16, "spread": 2, "padding": (1, 2)},
    "whole image": {"channels": 8, "size": (9, 8), "padding": "VALID"},
    "kernel larger than image": {"space": (2, 2), "channels": 8, "size": 5},
    "nothing comes out": {"channels": 8, "size": 12, "padding": "VALID"},
    "1-D": {"space": (20,), "channels": 16, "size": 5},
    "1-D causal": {"space": (20,), "channels": 16, "padding": (4, 0), "dilation": 2},
    "3-D": {"space": (4, 5, 6), "channels": 8},
    "1 × 1": {"channels": 16, "size": 1},
    "one channel": {"channels": 1, "size": 5},
    "three channels": {"channels": 3, "batch": 9},
    "three channels, strided": {"space": (17, 15), "channels": 3, "size": 7, "strides": 2},
    "one channel, explicit padding": {"channels": 1, "padding": (0, 3)},
    "one channel, cropping": {"channels": 1, "padding": (-1, 2)},
    "one channel, long kernel": {"space": (2, 40), "channels": 1, "size": (1, 17)},
    "one channel, 1-D": {"space": (21,), "channels": 1, "size": 4, "strides": 2},
    "two channels, 3-D": {"space": (4, 5, 6), "channels": 2, "size": 2},
    "groups": {"channels": 8, "filters": 12, "groups": 4},
    "depthwise": {"channels": 4, "groups": 4},
    "depthwise, more filters": {"channels": 3, "filters": 6, "groups": 3, "strides": 2, "padding": "VALID"},
    "depthwise, dilated": {"channels": 4, "groups": 4, "dilation": 2},
    "depthwise, 1-D": {"space": (20,), "channels": 4, "filters": 8, "groups": 4, "strides": 2},
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolution_and_its_gradients_agree(name):
    assert_agree(*both(*convolution(**CONVOLUTIONS[name])))


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.data())
def test_any_convolution_agrees(data):
    def draw(*choices):
        return data.draw(st.sampled_from(choices))

    groups = draw(1, 1, 2)
    f, x, k = convolution(
        space=draw((11,), (7, 9), (10, 6)),
        channels=groups * draw(1, 2, 9),
        filters=groups * draw(1, 3),
        groups=groups,
        size=draw(1, 2, 4),
        strides=draw(1, 2, 3),
        dilation=draw(1, 2),
        batch=draw(1, 2, 5),
        padding=draw("SAME", "VALID", (0, 2), (2, -1)),
    )
    assert_agree(*both(f, x, k))


def test_axes_in_another_order_agree():
    f = lambda x, k: lax.conv_general_dilated(x, k, (1, 2), "SAME", dimension_numbers=("NCHW", "OIHW", "NHWC"))  # noqa: E731
    assert_agree(*both(f, normal(0, 2, 9, 6, 7), normal(1, 4, 9, 3, 3)))


@pytest.mark.parametrize("space", [(20,), (9, 8), (2, 2)])
def test_every_convolution_has_channels_last(space):
    f, x, k = convolution(space, channels=16, filters=8, batch=8)
    program = jax.make_jaxpr(cpu.rewrite(value_and_gradients(f)))(x, k)
    orders = [eqn.params["dimension_numbers"] for eqn in program.eqns if "dimension_numbers" in eqn.params]
    orders = [order for order in orders if isinstance(order, lax.ConvDimensionNumbers)]
    assert len(orders) == 3
    assert set(orders) == {lax.conv_dimension_numbers(x.shape, k.shape, cpu_convolution.ORDERS[x.ndim])}


def test_few_channels_become_a_matrix_product():
    counts = equations(*convolution(channels=1))
    assert (counts["dot_general"], counts["conv_general_dilated"]) == (1, 0)


def test_depthwise_needs_no_convolution():
    f, x, k = convolution(channels=4, groups=4)
    assert equations(value_and_gradients(f), x, k)["conv_general_dilated"] == 0


POOLINGS = {
    "2 × 2": ((2, 2), (2, 2), "VALID"),
    "rows left over": ((3, 2), (3, 2), "VALID"),
    "same": ((2, 3), (2, 3), "SAME"),
    "overlapping": ((3, 3), (2, 2), "SAME"),
    "apart": ((2, 2), (3, 3), "VALID"),
    "1-D": ((3,), (3,), "SAME"),
}


@pytest.mark.parametrize("name", POOLINGS)
def test_pooling_has_the_same_winners_among_ties(name):
    size, strides, padding = POOLINGS[name]
    x = np.random.default_rng(0).integers(-3, 2, (3, *(10, 7)[: len(size)], 4)).clip(0).astype(np.float32)
    f = value_and_gradients(pooling(size, strides, padding))
    assert not {"reduce_window_max", "select_and_scatter_add"} & {*equations(f, x)}
    plain, rewritten = both(pooling(size, strides, padding), x)
    if name != "overlapping":  # where gradients are summed, in another order
        np.testing.assert_array_equal(rewritten[1], plain[1])
    assert_agree(plain, rewritten)


def test_pooling_passes_nan_on():
    x = normal(0, 1, 6, 6, 2)
    x[0, ::2, 1] = np.nan
    (y, dx), (z, dz) = both(pooling((2, 2), (2, 2), "VALID"), x)
    np.testing.assert_array_equal(z, y)
    np.testing.assert_array_equal(dz, dx)


@pytest.mark.parametrize(
    "f",
    [
        pooling((2, 2), (2, 2), "VALID", lax.add, 0),
        pooling((2, 2), (2, 2), "VALID", lax.min, np.inf),
        pooling((9, 9), (9, 9), "VALID"),
    ],
)
def test_other_poolings_stay_as_they_are(f):
    x = normal(0, 1, 18, 18, 2)
    assert [n for n in equations(f, x) if "reduce_window" in n]
    assert_agree(*both(f, x))


def test_a_window_larger_than_the_image_stays_as_it_is():
    f, x = pooling((4, 4), (4, 4), "VALID"), normal(0, 1, 3, 9, 2)
    assert cpu.rewrite(f)(x).shape == f(x).shape == (1, 0, 2, 2)


def test_a_step_inside_a_loop_agrees():
    f, x, k = convolution((8, 8), 1, 9)
    pool = pooling((2, 2), (2, 2), "SAME")

    def step(k):
        return k - 0.01 * jax.grad(lambda k: jnp.mean(pool(jax.nn.relu(f(x, k))) ** 2))(k)

    def steps(step):
        return jax.jit(lambda k: lax.fori_loop(0, 3, lambda _, k: step(k), k))(k)

    np.testing.assert_allclose(steps(cpu.rewrite(step)), steps(step), rtol=1e-5, atol=1e-6)


def test_any_other_program_stays_as_it_is():
    table = jnp.arange(12.0).reshape(4, 3)

    def f(key, pair, *, scale):
        (a, none), rows = pair, jax.random.randint(key, (5,), 0, 4)
        total, steps = lax.scan(lambda c, row: (c + row.sum(), jnp.sort(row)), a, table[rows])
        total = lax.cond(total > 3, jnp.log, lambda t: t, total)
        return {"total": jax.nn.gelu(total) * scale, "steps": (steps, none), "key": jax.random.split(key), "one": 1}

    args = jax.random.key(0), (jnp.float32(2), None)
    plain, rewritten = (QUICK(g)(*args, scale=2) for g in (f, cpu.rewrite(f)))
    assert jax.tree.structure(plain) == jax.tree.structure(rewritten)
    keys = [jax.random.key_data(result.pop("key")) for result in (plain, rewritten)]
    np.testing.assert_array_equal(*keys)
    jax.tree.map(np.testing.assert_array_equal, plain, rewritten)


def test_double_precision_stays_as_it_is():
    with jax.enable_x64(True):
        f, x, k = convolution(channels=1)
        assert equations(f, x.astype(np.float64), k.astype(np.float64)) == {"conv_general_dilated": 1}


def test_only_wide_convolutions_ask_for_options():
    narrow, wide = {"kernel": np.ones((3, 3, 1, 16)), "dense": np.ones((8, 512))}, np.ones((3, 3, 1, 32))
    assert cpu.options(narrow) == {}
    assert cpu.options([narrow, wide]) in ({}, cpu.SUMS_ONLY)
    assert jax.jit(lambda x: 2 * x, compiler_options=cpu.options(wide))(1) == 2


def test_options_that_xla_does_not_know_are_left_out():
    assert not cpu.understood(xla_no_such_option=True)
