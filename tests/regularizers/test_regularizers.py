"""Regularizers: Keras's values, slopes that are finite, and what is refused."""

import json

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet import regularizers

CASES = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.3, "mode": "columns"}),
]
IDS = [f"{name}-{options}" for name, options in CASES]
W = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")


def both(name, options):
    return [getattr(home, name)(**options) for home in (regularizers, keras.regularizers)]


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_value_and_slope_are_keras(name, options):
    ours, theirs = both(name, options)
    for a, b in zip(*(jax.jit(jax.value_and_grad(r))(W) for r in (ours, theirs)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_configs_travel_both_ways(name, options):
    ours, _ = both(name, options)
    theirs = keras.regularizers.deserialize(json.loads(json.dumps(regularizers.serialize(ours))))
    back = regularizers.deserialize(keras.regularizers.serialize(theirs))
    assert type(back) is type(ours)
    for name, held in ours.get_config().items():  # Keras keeps some factors in float32
        assert back.get_config()[name] == (held if isinstance(held, str) else pytest.approx(held, rel=1e-6))


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_slopes_at_zero_are_finite(name, options):
    assert np.isfinite(jax.jit(jax.grad(both(name, options)[0]))(jnp.zeros((4, 3)))).all()


def test_orthogonal_rows_cost_nothing():
    assert float(jax.jit(regularizers.OrthogonalRegularizer())(2 * np.eye(3, dtype="float32"))) == 0


def test_a_single_row_costs_nothing():
    assert float(jax.jit(regularizers.OrthogonalRegularizer())(np.ones((1, 3), "float32"))) == 0


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 10), st.floats(-100, 100), st.floats(-3, 3))
def test_l1_grows_with_the_weights_and_l2_with_their_square(factor, w, times):
    l1, l2 = (lambda w, r=r: float(r(np.float32(w))) for r in (regularizers.L1(factor), regularizers.L2(factor)))
    assert l1(times * w) == pytest.approx(abs(times) * l1(w), rel=1e-5, abs=1e-6)
    assert l2(times * w) == pytest.approx(times**2 * l2(w), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("l1", "L1"),
        ("L2", "L2"),
        ("l1_l2", "L1L2"),
        ("l1l2", "L1L2"),
        ("orthogonal_regularizer", "OrthogonalRegularizer"),
    ],
)
def test_names_make_objects_with_their_defaults(name, cls):
    assert regularizers.get(name) == getattr(regularizers, cls)()


def test_none_is_the_default_factor_as_in_keras():
    assert regularizers.L1(None) == regularizers.L1()


def test_get_leaves_objects_and_functions_and_reads_configs():
    def squares(w):
        return (w**2).sum()

    assert regularizers.get(squares) is squares
    assert regularizers.get({"class_name": "L1", "config": {"l1": 0.5}}) == regularizers.L1(0.5)
    assert regularizers.get(regularizers.L2) == regularizers.L2()
    assert regularizers.get(None) is None


def test_a_plain_class_as_in_keras_works_and_is_saved():
    class Cubes(regularizers.Regularizer):
        def __init__(self, factor):
            self.factor = factor

        def __call__(self, w):
            return self.factor * jnp.sum(abs(w) ** 3)

        def get_config(self):
            return {"factor": self.factor}

    config = regularizers.serialize(Cubes(2.0))
    back = regularizers.deserialize(config, custom_objects={"Cubes": Cubes})
    assert float(back(jnp.array([-1.0, 2.0]))) == 18


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: regularizers.L1(-0.1), "L1 needs l1 to be a number from 0, but got -0.1."),
        (lambda: regularizers.L1(float("inf")), "L1 needs l1"),
        (lambda: regularizers.L2("0.1"), "L2 needs l2 to be a number from 0, but got '0.1'."),
        (lambda: regularizers.L1L2(l2=float("nan")), "L1L2 needs l2 to be a number from 0, but got nan."),
        (lambda: regularizers.OrthogonalRegularizer(mode="diagonal"), "needs mode to be one of 'rows', 'columns'"),
        (lambda: regularizers.OrthogonalRegularizer()(jnp.ones(3)), "needs a matrix, but got a weight of shape (3,)."),
        (lambda: regularizers.get("l3"), "There is no regularizer 'l3'. Did you mean 'l"),
    ],
)
def test_what_is_no_regularizer_ends_in_a_sentence(make, says):
    with pytest.raises(ValueError) as failure:
        make()
    assert says in str(failure.value)


def test_a_class_without_a_formula_is_told_what_it_needs():
    with pytest.raises(TypeError, match=r"The regularizer Regularizer needs a function __call__\(self, w\)"):
        regularizers.Regularizer()(W)
