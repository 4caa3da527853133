"""Variable: read as an array, assigned as in Keras, never handing out what the engine may take away."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dragonet import layers
from dragonet.graph.variable import Variable
from dragonet.layers import Dense


@pytest.fixture
def variable():
    return Variable.of_layer(jnp.array([[1.0, 2.0], [3.0, 4.0]]), "kernel", Dense(2, name="out"))


def test_what_it_says_of_itself(variable):
    assert (variable.name, variable.path, variable.shape, variable.ndim) == ("kernel", "out/kernel", (2, 2), 2)
    assert (variable.dtype, len(variable), repr(variable)) == ("float32", 2, "Variable('out/kernel', shape=(2, 2))")
    assert float(Variable.of_layer(jnp.array(3.0), "n", Dense(2))) == 3


def test_it_computes_like_an_array_from_both_sides(variable):
    w = np.array([[1.0, 2.0], [3.0, 4.0]], "float32")
    pairs = [
        (variable + 1, w + 1),
        (1 - variable, 1 - w),
        (variable * variable, w * w),
        (-variable, -w),
        (2 / variable, 2 / w),
        (variable @ variable, w @ w),
        (w @ variable, w @ w),
        (variable**2, w**2),
        (w + variable, w + w),
        (abs(-variable), w),
        (np.asarray(variable), w),
        (variable[0], w[0]),
    ]
    for ours, numbers in pairs:
        np.testing.assert_allclose(ours, numbers)


def test_assign_takes_a_copy_in_the_variable_s_own_dtype(variable):
    new = np.zeros((2, 2))
    assert variable.assign(new) is variable
    new[:] = 7
    np.testing.assert_array_equal(variable.numpy(), np.zeros((2, 2)))
    assert variable.dtype == "float32"
    variable.assign_add(np.ones((2, 2)))
    variable.assign_sub([[3.0, 3.0], [3.0, 3.0]])
    np.testing.assert_array_equal(variable.numpy(), -2 * np.ones((2, 2)))
    np.testing.assert_array_equal(
        variable.assign(Variable.of_layer(jnp.ones((2, 2)), "b", Dense(2))).numpy(), np.ones((2, 2))
    )


def test_another_shape_is_refused(variable):
    with pytest.raises(ValueError, match=r"The variable 'out/kernel' needs values of shape \(2, 2\), but got sh"):
        variable.assign([1, 2])


def test_what_a_user_was_given_outlives_the_engine_s_buffer(variable):
    value, array, part = variable.value, variable.numpy(), variable[:]
    variable.held.delete()  # as a compiled step does with what it takes over
    assert float(value.sum()) == array.sum() == float(part.sum()) == 10
    array[:] = 0  # may be written to


def test_it_is_trainable_as_its_layer_is(variable):
    statistic = Variable.of_layer(jnp.ones(1), "moving_mean", variable._layer, trainable=False)
    assert variable.trainable and not statistic.trainable
    variable._layer.trainable = False
    assert not variable.trainable


def test_it_may_be_used_inside_a_compiled_function(variable):
    np.testing.assert_array_equal(jax.jit(lambda x: variable + x)(1.0), variable.numpy() + 1)


CONVOLUTIONS = (
    layers.Conv1D(2, 3),
    layers.SeparableConv1D(2, 3),
    layers.DepthwiseConv1D(3),
    layers.Conv1DTranspose(2, 3),
)


@pytest.mark.parametrize("layer", CONVOLUTIONS)
def test_the_bias_of_a_convolution_is_read_as_its_kernel_is(layer):
    layer(np.ones((1, 8, 2), "float32"))
    assert layer.bias.shape == (layer.get_weights()[-1].shape)


def test_a_variable_of_no_layer():
    values = np.array([1.0, 2.0])
    variable = Variable(values, name="scale")
    values[0] = 9
    assert (variable.path, variable.dtype, variable.trainable) == ("scale", "float32", True)
    assert variable.assign_add([1, 1]).numpy().tolist() == [2, 3]
    assert (variable > 2.5).tolist() == [False, True]
    assert Variable(initializer="ones", shape=(2,), dtype="int32").numpy().tolist() == [1, 1]
    assert Variable(lambda shape, dtype: np.full(shape, 2, dtype), shape=(1,)).numpy().tolist() == [2]
    assert (int(Variable(3)), bool(Variable(0)), Variable(0).dtype) == (3, False, "int32")
    variable.trainable = False
    assert not variable.trainable


def test_a_variable_of_no_layer_without_a_shape():
    with pytest.raises(ValueError, match="Variable needs a shape beside an initializer, but got none"):
        Variable("zeros")
    with pytest.raises(ValueError, match=r"values of shape \(3,\), but got shape \(2,\)"):
        Variable([1.0, 2.0], shape=(3,))
