"""Normalisation: values by hand, moving statistics over several steps as Keras's, second derivatives, large means."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from dragonet.layers import BatchNormalization, LayerNormalization
from dragonet.layers.normalization.moments import moments, normalise

X = np.random.default_rng(0).normal(3.0, 2.0, (8, 3)).astype("float32")


def test_values_worked_by_hand():
    layer = BatchNormalization(momentum=0.9, epsilon=0.0)
    np.testing.assert_allclose(layer(np.array([[1.0, 5.0], [3.0, 9.0]]), training=True), [[-1, -1], [1, 1]], rtol=1e-6)
    np.testing.assert_allclose(layer.moving_mean.numpy(), [0.2, 0.7], rtol=1e-6)
    np.testing.assert_allclose(layer.moving_variance.numpy(), [0.9 + 0.1 * 1, 0.9 + 0.1 * 4], rtol=1e-6)


def test_moving_statistics_follow_keras_s_over_steps():
    ours, theirs = BatchNormalization(momentum=0.7), keras.layers.BatchNormalization(momentum=0.7)
    for step in range(3):
        np.testing.assert_allclose(ours(X + step, training=True), theirs(X + step, training=True), atol=1e-5)
    for a, b in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.value, rtol=1e-5)
    np.testing.assert_allclose(ours(X), theirs(X), atol=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_training_may_be_known_only_when_the_program_runs(training):
    layer = BatchNormalization(momentum=0.5)
    layer.build((None, 3))
    params, state = layer.gather()
    run = jax.jit(lambda training: layer.apply(params, state, X, training=training, key=None))
    wanted = layer.apply(params, state, X, training=training, key=None)
    for a, b in zip(jax.tree.leaves(run(training)), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_a_mask_leaves_rows_out_of_the_statistics():
    layer = BatchNormalization(momentum=0.0)
    x = np.stack([X, 100 * X])  # (2, 8, 3), the second row masked out
    layer(x, training=True, mask=np.array([[True] * 8, [False] * 8]))
    np.testing.assert_allclose(layer.moving_mean.numpy(), X.mean(0), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance.numpy(), X.var(0), rtol=1e-5)
    with pytest.raises(ValueError, match="needs a mask with one axis less than its input, but got 1 axes for 3"):
        layer(x, training=True, mask=np.array([True, False]))


def test_renorm_is_refused():
    with pytest.raises(ValueError, match="BatchNormalization needs renorm=False, but got renorm=True"):
        BatchNormalization(renorm=True)


def plain(x, gamma, beta):
    """The textbook's formula."""
    return gamma * (x - x.mean(0)) / jnp.sqrt(x.var(0) + 1e-3) + beta


def ours(x, gamma, beta):
    return normalise(x, *moments(x, (0,)), 1e-3, gamma, beta)


def test_first_and_second_derivatives_are_those_of_the_plain_formula():
    with jax.enable_x64(True):
        point = tuple(np.asarray(a, "float64") for a in (X, X[0], X[1]))

        def penalty(f):
            """A gradient penalty as in WGAN-GP, whose own gradient needs second derivatives."""
            slopes = jax.grad(lambda *point: jnp.sin(f(*point)).sum(), (0, 1))
            return lambda *point: sum((jnp.sin(slope) ** 2).sum() for slope in slopes(*point))

        for a, b in zip(*(jax.jit(jax.grad(penalty(f), (0, 1, 2)))(*point) for f in (ours, plain)), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_a_mean_far_from_zero_costs_no_digits():
    x = X + np.float32(1000)
    exact = plain(X.astype("float64"), 1.0, 0.0)
    spread = np.abs(np.asarray(x, "float64") - 1000 - X).max()  # what storing x in float32 already costs
    np.testing.assert_allclose(ours(x, jnp.ones(3), jnp.zeros(3)), exact, atol=3 * spread)


def test_the_backward_pass_sums_over_the_array_no_more_often_than_it_must():
    """Two sums for the mean and the variance, two for dy and dy·(x − mean)."""

    def slopes(x, gamma, beta, weighing):
        return jax.vjp(ours, x, gamma, beta)[1](weighing)

    text = jax.jit(slopes).lower(X, X[0], X[1], X).compile().as_text()
    assert text.count(" reduce(") <= 4


def test_layer_normalization_of_rows_by_hand():
    y = LayerNormalization(epsilon=0.0)(np.array([[1.0, 3.0], [2.0, 10.0]]))
    np.testing.assert_allclose(y, [[-1, 1], [-1, 1]], rtol=1e-6)
