"""Optimizers: ten steps of each setting give Keras's weights; SGD and Adam give Optax's."""

import functools

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest
from helpers.optimizer_cases import IDS, SETTINGS, gradients, params

from dragonet import optimizers
from dragonet.optimizers import schedules

RATE = 0.05
STACKED = jax.tree.map(lambda *g: jnp.stack(g), *(gradients(step) for step in range(10)))
LEAVES, TREE = jax.tree.flatten(params())


def over_all_steps(step, held, grads):
    """Carry `held` through ten steps, in a compiled loop."""
    return jax.lax.scan(lambda held, g: (step(held, g), None), held, grads)[0]


def ours(optimizer, start, grads):
    """The weights after ten steps, those at the end of training, and the number of steps."""
    moved, state = over_all_steps(
        lambda held, g: optimizer.update(held[0], g, held[1]), (start, optimizer.init(start)), grads
    )
    return moved, optimizer.finalize(moved, state), state["iterations"]


def theirs(optimizer, names=("bias", "kernel")):
    """The same of Keras's optimizer, as a function of weights and gradients."""
    variables = [keras.Variable(leaf, name=name) for leaf, name in zip(LEAVES, names, strict=True)]
    optimizer.build(variables)

    def run(start, grads):
        def step(held, g):
            return tuple(optimizer.stateless_apply(held[1], jax.tree.leaves(g), held[0]))

        held = jax.tree.leaves(start), [variable.value for variable in optimizer.variables]
        after, state = over_all_steps(step, held, grads)
        mapping = zip((*variables, *optimizer.variables), (*after, *state), strict=True)
        with keras.StatelessScope(state_mapping=list(mapping)) as scope:
            optimizer.finalize_variable_values(variables)
        final = [scope.get_current_value(variable) for variable in variables]
        return TREE.unflatten(after), TREE.unflatten(final), state[0]

    return run


@functools.cache
def in_one_program():
    """What all settings come to, ours and Keras's, compiled once."""
    pairs = [
        [getattr(home, name)(RATE, **options) for home in (optimizers, keras.optimizers)] for name, options in SETTINGS
    ]
    runs = {case: (functools.partial(ours, a), theirs(b)) for case, (a, b) in zip(IDS, pairs, strict=True)}
    return jax.jit(lambda *given: {case: [run(*given) for run in both] for case, both in runs.items()})(
        params(), STACKED
    )


def assert_close(a, b, rtol):
    for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        np.testing.assert_allclose(x, y, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("case", IDS)
def test_ten_steps_are_keras_ten_steps(case):
    assert_close(*in_one_program()[case], 1e-6)


# Optax adds its epsilon to √v̂, Keras to √v: without one they are the same rule.
OPTAX = [
    ("SGD", {}, optax.sgd(RATE)),
    ("SGD", {"momentum": 0.9}, optax.sgd(RATE, momentum=0.9)),
    ("SGD", {"momentum": 0.9, "nesterov": True}, optax.sgd(RATE, momentum=0.9, nesterov=True)),
    ("Adam", {"epsilon": 0.0}, optax.adam(RATE, eps=0.0)),
    ("AdamW", {"epsilon": 0.0}, optax.adamw(RATE, eps=0.0, weight_decay=0.004)),
]


@pytest.mark.parametrize(("name", "options", "transformation"), OPTAX, ids=[f"{n}-{o}" for n, o, _ in OPTAX])
def test_ten_steps_are_optax_ten_steps(name, options, transformation):
    def step(held, grads):
        changes, state = transformation.update(grads, held[1], held[0])
        return optax.apply_updates(held[0], changes), state

    @jax.jit
    def both(start, grads):
        moved, _, _ = ours(getattr(optimizers, name)(RATE, **options), start, grads)
        return moved, over_all_steps(step, (start, transformation.init(start)), grads)[0]

    # Both round 1 − β₂ᵗ, which is 0.001 at first, to 6e-8, in other places: 3e-5 of a step.
    assert_close(*both(params(), STACKED), 3e-6)


def test_a_schedule_is_read_as_keras_reads_it():
    arguments, options = (0.1, 4, 0.5), {"gradient_accumulation_steps": 2}
    optimizer = optimizers.SGD(schedules.ExponentialDecay(*arguments), **options)
    witness = keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(*arguments), **options)
    both = (functools.partial(ours, optimizer), theirs(witness))
    assert_close(*jax.jit(lambda *given: [run(*given) for run in both])(params(), STACKED), 1e-6)


@pytest.mark.parametrize("excluded", [{"var_names": ["bias", "gamma"]}, {"var_names": ["kern"]}, {}])
def test_weights_excluded_by_name_do_not_decay_as_in_keras(excluded):
    optimizer, witness = (home.SGD(RATE, weight_decay=0.5) for home in (optimizers, keras.optimizers))
    for either in (optimizer, witness):
        either.exclude_from_weight_decay(**excluded)
    both = (functools.partial(ours, optimizer), theirs(witness))
    assert_close(*jax.jit(lambda *given: [run(*given) for run in both])(params(), STACKED), 1e-6)


def test_a_variable_is_excluded_by_its_path():
    class Kernel:  # as a layer's Variable
        path = "dense/kernel"

    optimizer = optimizers.SGD(RATE, weight_decay=0.5)
    optimizer.exclude_from_weight_decay([Kernel()])
    still = jax.tree.map(jnp.zeros_like, params())
    moved, _ = optimizer.update(params(), still, optimizer.init(params()))
    np.testing.assert_array_equal(moved["dense"]["kernel"], params()["dense"]["kernel"])
    np.testing.assert_allclose(moved["dense"]["bias"], params()["dense"]["bias"] * (1 - RATE * 0.5), rtol=1e-6)
