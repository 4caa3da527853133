"""Schedules: Keras's learning rate at every step, also compiled, and what is refused."""

import functools
import json

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet.optimizers import schedules

CASES = [
    ("ExponentialDecay", (0.1, 7, 0.5), {}),
    ("ExponentialDecay", (0.1, 7, 0.5), {"staircase": True}),
    ("InverseTimeDecay", (0.1, 7, 0.5), {}),
    ("InverseTimeDecay", (0.1, 7, 0.5), {"staircase": True}),
    ("PiecewiseConstantDecay", ([10, 20, 35], [1.0, 0.5, 0.25, 0.1]), {}),
    ("PiecewiseConstantDecay", ([10], [1.0, 0.5]), {}),
    ("PolynomialDecay", (0.1, 30), {}),
    ("PolynomialDecay", (0.1, 30, 0.01), {"power": 0.5}),
    ("PolynomialDecay", (0.1, 30, 0.01), {"power": 2.0, "cycle": True}),
    ("CosineDecay", (0.1, 30), {}),
    ("CosineDecay", (0.1, 30), {"alpha": 0.1}),
    ("CosineDecay", (0.0, 30), {"warmup_target": 0.2, "warmup_steps": 10, "alpha": 0.1}),
    ("CosineDecay", (0.1, 30), {"warmup_target": 0.2}),
    ("CosineDecayRestarts", (0.1, 5), {}),
    ("CosineDecayRestarts", (0.1, 5), {"t_mul": 1.0, "m_mul": 0.9}),
    ("CosineDecayRestarts", (0.1, 5), {"t_mul": 1.5, "m_mul": 0.9, "alpha": 0.1}),
]
IDS = [f"{name}-{args}-{kwargs}" for name, args, kwargs in CASES]
STEPS = jnp.arange(101)


@functools.cache
def in_one_program():
    """All rates at all steps, ours and Keras's, compiled once."""
    both = [
        [getattr(home, name)(*args, **kwargs) for home in (schedules, keras.optimizers.schedules)]
        for name, args, kwargs in CASES
    ]
    rates = jax.jit(jax.vmap(lambda step: [[schedule(step) for schedule in pair] for pair in both]))(STEPS)
    return dict(zip(IDS, rates, strict=True))


@pytest.mark.parametrize("case", IDS)
def test_the_rate_is_keras_rate_at_every_step(case):
    np.testing.assert_allclose(*in_one_program()[case], rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(("name", "args", "kwargs"), CASES, ids=IDS)
def test_configs_travel_both_ways(name, args, kwargs):
    ours = getattr(schedules, name)(*args, **kwargs)
    theirs = keras.optimizers.schedules.deserialize(json.loads(json.dumps(schedules.serialize(ours))))
    assert schedules.deserialize(keras.optimizers.schedules.serialize(theirs)) == ours


def test_restarts_are_where_they_are_said_to_be():
    """Periods of 10, 20, 40, ... steps: where a period starts, float32 rounding must not leave the one before."""
    rate = jax.jit(schedules.CosineDecayRestarts(1.0, 10))
    starts = [10 * (2**i - 1) for i in range(12)]
    np.testing.assert_allclose([rate(start) for start in starts], 1, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 10**5), st.floats(0, 1))
def test_a_cosine_stays_between_its_ends(step, decay_steps, alpha):
    rate = float(schedules.CosineDecay(1.0, decay_steps, alpha)(step))
    assert alpha - 1e-6 <= rate <= 1 + 1e-6


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "says"),
    [
        (
            "ExponentialDecay",
            (0.1, 0, 0.5),
            {},
            "ExponentialDecay needs decay_steps to be a number above 0, but got 0.",
        ),
        ("ExponentialDecay", ("0.1", 1, 0.5), {}, "ExponentialDecay needs initial_learning_rate"),
        ("InverseTimeDecay", (0.1, 1, -1), {}, "InverseTimeDecay needs decay_rate to be a number from 0, but got -1."),
        ("PolynomialDecay", (0.1, -5), {}, "PolynomialDecay needs decay_steps to be a number above 0, but got -5."),
        ("PolynomialDecay", (-0.1, 5), {}, "PolynomialDecay needs initial_learning_rate to be a number from 0"),
        ("CosineDecay", (0.1, 5), {"warmup_steps": 5}, "CosineDecay needs warmup_target with warmup_steps"),
        ("CosineDecayRestarts", (0.1, 0), {}, "CosineDecayRestarts needs first_decay_steps to be a number above 0"),
        ("CosineDecayRestarts", (0.1, 5), {"t_mul": 0.5}, "CosineDecayRestarts needs t_mul to be a number from 1"),
        (
            "PiecewiseConstantDecay",
            ([1], [1.0]),
            {},
            "one value more than boundaries, but got 1 values and 1 boundaries.",
        ),
        ("PiecewiseConstantDecay", ([2, 1], [1.0, 2.0, 3.0]), {}, "needs boundaries that grow, but got [2, 1]."),
    ],
)
def test_what_makes_no_schedule_ends_in_a_sentence(name, args, kwargs, says):
    with pytest.raises(ValueError) as failure:
        getattr(schedules, name)(*args, **kwargs)
    assert says in str(failure.value)


def test_a_schedule_without_a_formula_is_told_what_it_needs():
    with pytest.raises(TypeError, match=r"The schedule LearningRateSchedule needs a function __call__\(self, step\)"):
        schedules.LearningRateSchedule()(0)
