"""Constraints: Keras's weights, lengths that hold, and what is refused."""

import json

import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet import constraints

CASES = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 0.5, "axis": 1}),
    ("MaxNorm", {"axis": [0, 1]}),
    ("NonNeg", {}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": 1}),
    ("UnitNorm", {"axis": [0, 1]}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 1.5, "max_value": 2.0, "rate": 0.3, "axis": 1}),
]
IDS = [f"{name}-{options}" for name, options in CASES]
W = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_weights_are_put_where_keras_puts_them(name, options):
    ours, theirs = (getattr(home, name)(**options) for home in (constraints, keras.constraints))
    np.testing.assert_allclose(ours(jnp.asarray(W)), theirs(W), rtol=1e-6)


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_configs_travel_both_ways(name, options):
    ours = getattr(constraints, name)(**options)
    theirs = keras.constraints.deserialize(json.loads(json.dumps(constraints.serialize(ours))))
    assert constraints.deserialize(keras.constraints.serialize(theirs)) == ours


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_zeros_stay_finite(name, options):
    assert np.isfinite(getattr(constraints, name)(**options)(jnp.zeros((4, 3)))).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=4, max_size=4), st.floats(0.1, 10))
def test_no_vector_is_longer_than_max_value_and_short_ones_stay(w, longest):
    w = jnp.array(w).reshape(2, 2)
    held = constraints.MaxNorm(longest)(w)
    before, after = jnp.linalg.norm(w, axis=0), jnp.linalg.norm(held, axis=0)
    np.testing.assert_allclose(after, np.minimum(before, longest), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["max_norm", "MaxNorm", "non_neg", "unit_norm", "min_max_norm"])
def test_names_make_objects_with_their_defaults(name):
    assert type(constraints.get(name)).__name__ == "".join(part[0].upper() + part[1:] for part in name.split("_"))


def test_get_leaves_objects_and_functions_and_reads_configs():
    assert constraints.get(jnp.abs) is jnp.abs
    assert constraints.get({"class_name": "MaxNorm", "config": {"max_value": 3}}) == constraints.MaxNorm(3)
    assert constraints.get(None) is None


def test_a_constraint_by_itself_allows_all():
    assert constraints.Constraint()(W) is W


@pytest.mark.parametrize(
    ("error", "make", "says"),
    [
        (ValueError, lambda: constraints.MaxNorm(0), "MaxNorm needs max_value to be a number above 0, but got 0."),
        (TypeError, lambda: constraints.MaxNorm(axis=0.5), "needs axis to be a whole number or several, but got 0.5."),
        (TypeError, lambda: constraints.UnitNorm(axis="rows"), "UnitNorm needs axis"),
        (ValueError, lambda: constraints.MinMaxNorm(2.0, 1.0), "MinMaxNorm needs max_value to be a number from 2"),
        (ValueError, lambda: constraints.MinMaxNorm(rate=1.5), "MinMaxNorm needs rate to be a number from 0 to 1"),
        (ValueError, lambda: constraints.get("maxnorm"), "There is no constraint 'maxnorm'. Did you mean 'max_norm'?"),
    ],
)
def test_what_is_no_constraint_ends_in_a_sentence(error, make, says):
    with pytest.raises(error) as failure:
        make()
    assert says in str(failure.value)
