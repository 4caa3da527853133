"""Every layer held to its own promises: shapes and dtypes, slopes by finite differences, dice that follow the key."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers.layer_cases import CASES

from dragonet import random

every_case = pytest.mark.parametrize("case", CASES, ids=str)


@every_case
def test_init_promises_the_shape_apply_returns(case):
    layer, (params, state) = case.make(), case.variables()
    promised = layer.compute_output_shape(case.in_shape)
    for training in (False, True):
        run = functools.partial(layer.apply, training=training, **case.with_mask())
        y, after = jax.eval_shape(run, params, state, case.x(), key=random.key(0))
        shapes = [(None, *leaf.shape[1:]) for leaf in y] if isinstance(y, list) else (None, *y.shape[1:])
        assert promised == shapes
        assert jax.tree.map(jnp.shape, after) == jax.tree.map(jnp.shape, state)


@pytest.mark.parametrize("case", [case for case in CASES if case.slope], ids=str)
def test_slopes_equal_finite_differences(case):
    """Along one direction in all weights and inputs at once, in float64, for one weighing of all outputs."""
    layer, mask = case.make(), case.with_mask()
    draw = np.random.default_rng(9)
    with jax.enable_x64(True):
        params, state, x = (jax.tree.map(_in_float64, tree) for tree in (*case.variables(), case.x()))
        point = (params, x) if case.of_numbers else (params,)
        step = jax.tree.map(lambda array: 1e-5 * draw.normal(size=array.shape), point)
        for training in {False, case.training}:

            @jax.jit
            def exact_and_measured(training=training):
                def f(params, x=x):
                    y = layer.apply(params, state, x, training=training, key=None, **mask)[0]
                    return jnp.concatenate([leaf.ravel() for leaf in jax.tree.leaves(y)])

                y, pull = jax.vjp(f, *point)
                assert y.dtype == "float64"
                weighing = jnp.cos(jnp.arange(y.size)).reshape(y.shape)
                ahead, behind = (f(*jax.tree.map(lambda a, b, s=s: a + s * b, point, step)) for s in (1, -1))
                exact = sum(jnp.vdot(a, b) for a, b in zip(*map(jax.tree.leaves, (pull(weighing), step)), strict=True))
                return exact, jnp.vdot(weighing, ahead - behind) / 2

            np.testing.assert_allclose(*exact_and_measured(), rtol=1e-6, atol=1e-12)


def _in_float64(array):
    return array.astype("float64") if array.dtype == "float32" else array


@pytest.mark.parametrize("case", [case for case in CASES if case.random], ids=str)
def test_dice_follow_the_key_and_do_nothing_outside_training(case):
    layer, x = case.make(), case.x()
    run = jax.jit(lambda x, key: layer.apply({}, {}, x, training=True, key=key)[0])
    first, *others = (np.asarray(run(x, random.key(seed))) for seed in (1, 2, 3, 4))
    np.testing.assert_array_equal(run(x, random.key(1)), first)
    assert any(not np.array_equal(first, other) for other in others)
    np.testing.assert_array_equal(layer.apply({}, {}, x, training=False, key=None)[0], x)


@pytest.mark.parametrize("case", CASES[::10], ids=str)
def test_called_on_arrays_it_gives_what_its_formula_gives_compiled(case):
    layer, x, mask = case.make(), case.x(), case.with_mask()
    y = layer(x, training=False, **mask)
    compiled = jax.jit(lambda params, state: layer.apply(params, state, x, training=False, key=None, **mask)[0])
    np.testing.assert_allclose(compiled(*layer.gather()), y, rtol=1e-5, atol=1e-6)
