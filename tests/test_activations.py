"""Activations: Keras's values and slopes, the tutorials' numbers, finite far out, and names."""

import functools
import math

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet import activations
from dragonet.activations import lookup

# On all pieces of all of them. Not where they meet: the slope is PyTorch's there, see test_slopes_at_ties.py.
X = np.array(
    [-30, -7, -3.1, -2.5, -1.1, -0.7, -0.4, -0.1, 1e-3, 0.2, 0.4, 0.7, 1.1, 2, 3.1, 4.5, 6.5, 7, 20, 30], "float32"
)

CASES = [
    ("relu", {}),
    ("relu", {"negative_slope": 0.1}),
    ("relu", {"max_value": 5.0}),
    ("relu", {"max_value": 6.0}),
    ("relu", {"threshold": 0.6}),
    ("relu", {"negative_slope": 0.1, "max_value": 5.0, "threshold": 0.6}),
    ("relu", {"negative_slope": 0.1, "threshold": -0.6}),
    ("relu", {"negative_slope": 0.1, "max_value": 5.0}),
    ("leaky_relu", {}),
    ("leaky_relu", {"negative_slope": 0.01}),
    ("relu6", {}),
    ("softmax", {}),
    ("softmax", {"axis": 0}),
    ("log_softmax", {}),
    ("log_softmax", {"axis": 0}),
    ("elu", {}),
    ("elu", {"alpha": 0.5}),
    ("selu", {}),
    ("celu", {}),
    ("celu", {"alpha": 0.5}),
    ("gelu", {}),
    ("gelu", {"approximate": True}),
    ("silu", {}),
    ("swish", {}),
    ("mish", {}),
    ("softplus", {}),
    ("squareplus", {}),
    ("squareplus", {"b": 1}),
    ("sparse_plus", {}),
    ("softsign", {}),
    ("soft_shrink", {}),
    ("soft_shrink", {"threshold": 0.6}),
    ("hard_shrink", {}),
    ("hard_shrink", {"threshold": 0.6}),
    ("tanh", {}),
    ("tanh_shrink", {}),
    ("hard_tanh", {}),
    ("sigmoid", {}),
    ("log_sigmoid", {}),
    ("hard_sigmoid", {}),
    ("sparse_sigmoid", {}),
    ("hard_silu", {}),
    ("hard_swish", {}),
    ("threshold", {"threshold": 0.6, "default_value": -2.0}),
    ("linear", {}),
    ("exponential", {}),
    ("glu", {}),
    ("glu", {"axis": 0}),
]
IDS = [f"{name}-{options}" for name, options in CASES]
SHAPED = [name for name in activations.__all__ if name not in ("get", "serialize", "deserialize", "threshold")]


@functools.cache
def in_one_program(far_out):
    """All values, and slopes of Σ sin y, compiled once: of ours for numbers far out, or of ours and Keras's for X."""
    far = jnp.array([-1e4, -1e3, -100, 0, 100, 1e3, 9.9e3, 1e4])
    homes = (activations,) if far_out else (activations, keras.activations)

    def value_and_slope(x, home, name, options):
        x = x if far_out else x.reshape((4, 5) if options.get("axis") == 0 else (5, 4))
        y, pull = jax.vjp(functools.partial(getattr(home, name), **options), x)
        return y, pull(jnp.cos(y))[0]

    cases = [(name, {}) for name in SHAPED] if far_out else CASES
    return jax.jit(lambda x: {f"{n}-{o}": [value_and_slope(x, home, n, o) for home in homes] for n, o in cases})(
        far if far_out else X
    )


def test_every_one_is_held_to_keras():
    left_out = {
        "step": "not in Keras",
        "sparsemax": "Keras's sums to more than 1 where two or more are above 0: it adds up running sums (3.15)",
    }
    assert {name for name, _ in CASES} == {*SHAPED, "threshold"} - left_out.keys()


@pytest.mark.parametrize("case", IDS)
def test_value_and_slope_are_keras(case):
    (y, slope), (their_y, their_slope) = in_one_program(far_out=False)[case]
    np.testing.assert_allclose(y, their_y, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(slope, their_slope, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in SHAPED if name != "exponential"])
def test_far_out_all_is_finite(name):
    """Also where one side of a `where` would overflow unseen, and spoil the slope."""
    ((y, slope),) = in_one_program(far_out=True)[f"{name}-{{}}"]
    assert np.isfinite(y).all() and np.isfinite(slope).all()


def test_exponential_overflows_where_it_says():
    assert np.isfinite(activations.exponential(88.72)) and np.isinf(activations.exponential(88.73))


def test_the_neuron_of_tutorial_003():
    z = -0.93152654
    values = [activations.sigmoid(z), activations.tanh(z), activations.relu(z)]
    np.testing.assert_allclose(values, [0.28261512, -0.73130483, 0], rtol=1e-7)


def test_the_rows_of_tutorial_001():
    x = [-59.997787, 74.56297, 22.336237, 95.736145]
    np.testing.assert_allclose(activations.relu(x), [0, 74.56297, 22.336237, 95.736145])
    np.testing.assert_allclose(activations.sigmoid(x), [8.7759065e-27, 1, 1, 1], rtol=1e-6)
    np.testing.assert_allclose(activations.leaky_relu(x, 0.01), [-0.59997785, 74.56297, 22.336237, 95.736145])
    np.testing.assert_allclose(activations.softmax(x), [0, 6.376880e-10, 1.326857e-32, 1], rtol=1e-5, atol=1e-38)


def test_more_values_by_hand():
    assert activations.step([-2.0, 0.0, 1e-9]).tolist() == [0, 0, 1]
    np.testing.assert_allclose(activations.elu(-1.0, 2.0), 2 * (math.exp(-1) - 1), rtol=1e-6)
    np.testing.assert_allclose(activations.selu(-1.0), 1.05070098 * 1.67326324 * (math.exp(-1) - 1), rtol=1e-6)
    np.testing.assert_allclose(activations.gelu(1.0), 0.5 * (1 + math.erf(1 / math.sqrt(2))), rtol=1e-6)
    np.testing.assert_allclose(activations.mish(1.0), math.tanh(math.log(1 + math.e)), rtol=1e-6)
    np.testing.assert_allclose(activations.softplus(0.0), math.log(2), rtol=1e-6)
    np.testing.assert_allclose(activations.hard_sigmoid([-4.0, 0.0, 1.5]), [0, 0.5, 0.75])


@pytest.mark.parametrize("axis", [0, -1])
def test_sparsemax_is_the_nearest_point_of_the_simplex(axis):
    """p is it if, and only if, going from p to a corner never leads towards x: (x − p)·(corner − p) <= 0."""
    x = X.reshape(5, 4) / 4
    p = np.moveaxis(np.asarray(activations.sparsemax(x, axis)), axis, -1)
    towards = np.moveaxis(x, axis, -1) - p
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(-1), 1, rtol=1e-6)
    assert (towards.max(-1) - (towards * p).sum(-1) <= 1e-5).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=4, max_size=4))
def test_probabilities_sum_to_1(x):
    y = activations.softmax(x)
    assert (y >= 0).all()
    np.testing.assert_allclose([y.sum(), activations.sigmoid([x[0], -x[0]]).sum()], 1, rtol=1e-6)


def test_glu_needs_two_halves():
    with pytest.raises(ValueError, match=r"glu needs an even length along axis -1, but got shape \(3,\)"):
        activations.glu(jnp.ones(3))


# --- by name ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHAPED)
def test_a_name_is_the_function_and_the_function_is_saved_by_name(name):
    function = activations.get(name)
    assert function is getattr(activations, name)
    assert activations.deserialize(activations.serialize(function)) is function


def test_none_is_linear_as_in_keras():
    assert activations.get(None) is activations.linear


@pytest.mark.parametrize("function", list(lookup._FROM_JAX), ids=lambda f: f.__name__)
def test_a_function_of_jax_that_is_ours_computes_what_ours_does(function):
    ours = activations.get(function)
    assert getattr(activations, ours.__name__) is ours
    x = X.reshape(5, 4)
    np.testing.assert_allclose(ours(x), function(x), rtol=1e-6)


@pytest.mark.parametrize("function", [jax.nn.gelu, jax.nn.leaky_relu, jnp.sin])
def test_a_function_of_jax_that_is_not_ours_is_saved_as_the_users(function):
    """jax.nn.gelu approximates and jax.nn.leaky_relu's slope is 0.01: their names mean something else in Keras."""
    assert activations.get(function) is function
    saved = activations.serialize(function)
    assert saved["class_name"] == "function"
    with pytest.raises(ValueError, match=f"The file uses the function '{function.__name__}', which is not dragonet's"):
        activations.deserialize(saved)
    assert activations.deserialize(saved, custom_objects={function.__name__: function}) is function


def test_a_function_of_the_users_is_taken_and_saved_by_name():
    def squared(x):
        return x * x

    assert activations.get(squared) is squared
    assert activations.serialize(squared)["config"] == "squared"
    assert activations.deserialize(activations.serialize(squared), {"squared": squared}) is squared


def test_a_lambda_has_no_name_to_be_saved_by():
    with pytest.raises(TypeError, match="functions that have a name, but got a lambda"):
        activations.serialize(lambda x: x)


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ("rleu", ValueError, "There is no activation 'rleu'. Did you mean 'relu'?"),
        ("get", ValueError, "There is no activation 'get'."),
        (3, TypeError, "The activation needs the name of one"),
    ],
)
def test_what_is_no_activation_ends_in_a_sentence(wrong, error, says):
    with pytest.raises(error) as failure:
        activations.get(wrong)
    assert says in str(failure.value)
