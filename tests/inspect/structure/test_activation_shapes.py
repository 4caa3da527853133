"""activation_curves: the formulas written out, slopes by finite differences, and what it refuses."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest

from dragonet import activations
from dragonet.inspect import activation_curves


def test_the_default_activations_equal_their_formulas_and_are_finite_far_from_0():
    curves = activation_curves()
    z = curves.z.astype(np.float64)
    assert (z[0], z[-1], len(z)) == (-10, 10, 1001)
    expected = {
        "step": z > 0,
        "sigmoid": 1 / (1 + np.exp(-z)),
        "tanh": np.tanh(z),
        "relu": np.maximum(z, 0),
        "leaky_relu": np.where(z > 0, z, 0.2 * z),
        "softmax": np.exp(z) / (np.exp(z) + 1),
        "linear": z,
    }
    assert curves.names == tuple(expected)
    np.testing.assert_allclose(curves.values, np.stack(list(expected.values())), rtol=2e-6, atol=1e-7)
    curves = activation_curves(low=-1e4, high=1e4)
    assert np.isfinite(curves.values).all() and np.isfinite(curves.slopes).all()


def test_slopes_match_finite_differences():
    names = ["sigmoid", "tanh", "leaky_relu", "softmax", "log_softmax", "gelu"]
    curves = activation_curves(names, low=-3, high=3, n=600)  # an even number: no point is at the corner
    h = curves.z[1] - curves.z[0]
    measured = (curves.values[:, 2:] - curves.values[:, :-2]) / (2 * h)
    is_away = np.abs(curves.z[1:-1]) > h
    np.testing.assert_allclose(curves.slopes[:, 1:-1][:, is_away], measured[:, is_away], atol=1e-4)


def test_a_partial_function_has_another_slope():
    leaky = functools.partial(activations.leaky_relu, negative_slope=0.01)
    curves = activation_curves(leaky, low=-60, high=60, n=3)
    assert curves.names == ("leaky_relu(negative_slope=0.01)",)
    np.testing.assert_allclose(curves.values, [[-0.6, 0, 60]], rtol=1e-6)


def test_a_user_defined_function():
    def squared(z):
        return z * z

    curves = activation_curves(["relu", squared], low=-1, high=3, n=3)
    assert curves.names == ("relu", "squared")
    assert (curves.values[1].tolist(), curves.slopes[1].tolist()) == ([1, 1, 9], [-2, 2, 6])


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        (("rleu",), ValueError, "There is no activation 'rleu'. Did you mean 'relu'?"),
        (("glu",), ValueError, "activation_curves needs activations of one number, but got glu, which takes several"),
        ((lambda z: jnp.sum(z),), ValueError, "but got <lambda>, which takes several"),
        ((np.tanh,), TypeError, "needs functions in jnp, which have slopes, but got tanh in NumPy. Write jnp.tanh"),
        (([],), ValueError, "needs at least one activation, but got none"),
        (("relu", 3, 1), ValueError, "needs low to be below high, but got 3 and 1"),
        (("relu", 0, 1, 1), ValueError, "needs n to be a whole number of at least 2, but got 1"),
    ],
)
def test_mistakes_are_refused(arguments, error, message):
    with pytest.raises(error) as failure:
        activation_curves(*arguments)
    assert message in str(failure.value)
