"""OptaxOptimizer: Optax's own steps, with what all optimizers share."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from helpers.optimizer_cases import gradients, params

from dragonet import optimizers

FROZEN = {"dense": {"kernel": True, "bias": False}}


def test_its_steps_are_optax_steps():
    transformation = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(0.1))
    optimizer = optimizers.get(transformation)
    ours, theirs = params(), params()
    state, inner = optimizer.init(ours), transformation.init(theirs)
    for step in range(3):
        ours, state = optimizer.update(ours, gradients(step), state)
        changes, inner = transformation.update(gradients(step), inner, theirs)
        theirs = optax.apply_updates(theirs, changes)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), ours, theirs)
    assert int(state["iterations"]) == 3


def test_a_frozen_weight_and_its_moments_stay():
    optimizer = optimizers.OptaxOptimizer(optax.adam(0.1))
    start, state = params(), optimizer.init(params())
    moved, after = optimizer.update(start, gradients(0), state, trainable=FROZEN)
    mu, was = after["shared"]["optax"][0].mu, state["shared"]["optax"][0].mu
    for new, old in ((moved, start), (mu, was)):
        np.testing.assert_array_equal(new["dense"]["bias"], old["dense"]["bias"])
        assert (np.asarray(new["dense"]["kernel"]) != np.asarray(old["dense"]["kernel"])).all()


def test_gradients_are_accumulated_before_it_sees_them():
    optimizer = optimizers.OptaxOptimizer(optax.adam(0.1), gradient_accumulation_steps=2)
    w, state = jnp.zeros(()), optimizer.init(jnp.zeros(()))
    counts, weights = [], []
    for g in (3.0, 1.0, 5.0):
        w, state = optimizer.update(w, jnp.array(g), state)
        counts.append(int(state["shared"]["optax"][0].count))
        weights.append(round(float(w), 4))
    assert (counts, weights) == ([0, 1, 1], [0.0, -0.1, -0.1])


def test_its_learning_rate_is_a_factor():
    optimizer = optimizers.OptaxOptimizer(optax.sgd(0.5), learning_rate=0.5)
    w, _ = optimizer.update(jnp.zeros(()), jnp.ones(()), optimizer.init(jnp.zeros(())))
    assert float(w) == -0.25


def test_what_is_not_a_transformation_is_refused():
    with pytest.raises(TypeError, match=r"OptaxOptimizer needs an Optax transformation.*but got 0.1.*optax.adam"):
        optimizers.OptaxOptimizer(0.1)


def test_a_file_keeps_its_settings_but_not_the_transformation():
    config = optimizers.OptaxOptimizer(optax.sgd(0.5), clipnorm=1.0).get_config()
    assert config["clipnorm"] == 1.0 and "transformation" not in config
    with pytest.raises(TypeError, match=r"OptaxOptimizer needs an Optax transformation.* but got None"):
        optimizers.OptaxOptimizer.from_config(config)
