"""Input, Lambda, Embedding, Masking and the shapes' layers: what the lists of cases cannot say of them."""

import json

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from dragonet import activations, layers
from dragonet.core import custom_objects, serialization
from dragonet.layers import Embedding, Input, InputLayer, Lambda, Masking

# --- Input ------------------------------------------------------------------------------------------------------------


def test_input_is_a_tensor_that_knows_its_layer():
    x = Input((None, 3), batch_size=4, dtype="int32", name="ids")
    assert (x.shape, x.dtype, x.name) == ((4, None, 3), "int32", "ids")
    assert isinstance(x.node.layer, InputLayer) and x.node.inputs == [] and x.node.layer.output is x
    assert Input(batch_shape=(None, 2)).shape == (None, 2)
    assert Input(()).shape == (None,)


def test_input_s_config_is_keras_s():
    for arguments in ({"shape": (3,)}, {"batch_shape": (2, None), "dtype": "uint8", "optional": True}):
        ours, theirs = (kind(**arguments, name="a").get_config() for kind in (InputLayer, keras.layers.InputLayer))
        assert ours == json.loads(json.dumps(theirs))
        assert InputLayer.from_config(ours).output.shape == keras.layers.InputLayer.from_config(ours).output.shape


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"shape": (3,), "batch_shape": (None, 3)}, "Input needs a shape .*, but got both"),
        (
            {"batch_shape": (None, 3), "batch_size": 3},
            "Input needs batch_shape alone, which says the batch size, but got",
        ),
        ({"shape": (3.5,)}, "Input needs each size in shape to be a whole number of at least 0, but got 3.5"),
        ({"shape": "3"}, "Input needs shape to be a tuple, but got '3'"),
        ({"shape": (3,), "sparse": True}, "Input needs sparse=False, but got True. dragonet's tensors are dense"),
        ({"tensor": np.ones(3)}, "Input needs tensor to be one of a model's tensors, but got an array"),
    ],
)
def test_wrong_inputs(arguments, said):
    with pytest.raises((ValueError, TypeError), match=said):
        Input(**arguments)


def test_input_may_begin_at_a_tensor():
    x = Input((3,), name="x")
    assert Input(tensor=x, name="y") is x and x.node.layer.name == "y"
    with pytest.raises(ValueError, match=r"Input needs shape, batch_size and dtype to be those of the tensor"):
        Input(tensor=x, shape=(4,))


def test_a_tensor_is_not_a_number():
    x = Input((3,))
    for act in (lambda: np.asarray(x), lambda: bool(x), lambda: list(x)):
        with pytest.raises(TypeError, match=r"needs .*, but got "):
            act()


# --- Lambda -----------------------------------------------------------------------------------------------------------


def double(x):
    return 2 * x


def split(x, at=1):
    return [x[:, :at], x[:, at:]]


def test_lambda_computes_and_finds_its_shape():
    assert Lambda(lambda x: x[:, ::2])(Input((5, 2))).shape == (None, 3, 2)
    assert Lambda(lambda x: x.sum(1))(Input((None, 2))).shape == (None, 2)
    assert Lambda(jnp.ravel)(Input((2,))).shape == (None,)
    assert Lambda(double, output_shape=(7,))(Input((5,))).shape == (None, 7)
    assert Lambda(double, output_shape=lambda shape: shape[:1])(Input((5,))).shape == (None,)
    assert [y.shape for y in Lambda(split, arguments={"at": 2})(Input((5,)))] == [(None, 2), (None, 3)]
    assert Lambda(lambda pair: pair[0] @ pair[1])([Input((2, 3)), Input((3, 4))]).shape == (None, 2, 4)
    np.testing.assert_array_equal(Lambda(double)(np.ones((1, 2))), [[2, 2]])


def test_lambda_passes_training_and_mask_to_functions_that_want_them():
    layer = Lambda(lambda x, training, mask: x * training + (0 if mask is None else 10 * mask))
    x = np.ones((1, 2))
    np.testing.assert_array_equal(layer(x), [[0, 0]])
    np.testing.assert_array_equal(layer(x, training=True, mask=np.array([[True, False]])), [[11, 1]])
    assert Lambda(double, mask=lambda x, mask: x > 0).compute_mask(x, None).all()


def test_lambda_says_what_was_wrong_with_the_function():
    said = (
        r"^Lambda\(.*, name='it'\) needs a function in jnp of an input of shape \(None, 3\), but got Tracer.*"
        r"Where the function is right, give output_shape\.$"
    )
    with pytest.raises(ValueError, match=said):
        Lambda(np.sort, name="it")(Input((3,)))


def test_lambda_is_saved_by_its_function_s_name_alone():
    written = json.loads(json.dumps(serialization.to_json(Lambda(double, arguments={}, name="it"))))
    assert written["config"]["function"] == {
        "module": "builtins",
        "class_name": "function",
        "config": "double",
        "registered_name": "function",
    }
    with pytest.raises(ValueError, match="The file uses the function 'double', which is not dragonet's"):
        serialization.from_json(written)
    with custom_objects.custom_object_scope({"double": double}):
        assert serialization.from_json(written).function is double
    assert keras.layers.Lambda.from_config(written["config"], custom_objects={"double": double}).function is double
    with pytest.raises(TypeError, match="A saved config needs functions that have a name, but got a lambda"):
        Lambda(lambda x: x).get_config()


def test_lambda_of_a_function_of_dragonet_s_needs_no_custom_objects():
    again = Lambda.from_config(Lambda(activations.relu).get_config())
    assert again.function is activations.relu


def test_a_lambda_in_a_file_is_never_run():
    theirs = keras.layers.Lambda(lambda x: x, name="it").get_config()
    with pytest.raises(ValueError, match=r"a lambda, which is code\. Opening a file never runs code"):
        Lambda.from_config(theirs)


# --- Embedding and Masking --------------------------------------------------------------------------------------------


def test_embedding_starts_from_the_table_it_is_given():
    table = np.arange(6.0).reshape(3, 2)
    for given in (table, [table]):
        layer = Embedding(3, 2, weights=given, trainable=False)
        np.testing.assert_array_equal(layer(np.array([[2, 0]])), [[[4, 5], [0, 1]]])
        assert layer.trainable_weights == [] and [weight.name for weight in layer.weights] == ["embeddings"]
    assert "weights" not in layer.get_config()
    with pytest.raises(ValueError, match=r"needs weights of shape \(3, 2\), but got shape \(2, 3\)"):
        Embedding(3, 2, weights=table.reshape(2, 3))


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32"])
def test_embedding_takes_numbers_of_any_dtype(dtype):
    layer = Embedding(300, 1)
    layer.build((None, 1))
    np.testing.assert_array_equal(layer(np.array([[255]], dtype))[0, 0], layer.embeddings.numpy()[255])


def test_masks_are_made_where_asked():
    ids = jnp.array([[3, 0, 1]])
    assert Embedding(4, 2).compute_mask(ids, None) is None and not Embedding(4, 2).makes_mask
    np.testing.assert_array_equal(Embedding(4, 2, mask_zero=True).compute_mask(ids, None), [[True, False, True]])
    x = jnp.array([[[0.0, 0.0], [0.0, 1.0]]])
    np.testing.assert_array_equal(Masking().compute_mask(x, None), [[False, True]])
    np.testing.assert_array_equal(keras.layers.Masking().compute_mask(x), [[False, True]])
    assert Masking.makes_mask


def test_embedding_s_slopes_add_up_over_repeated_numbers():
    layer = Embedding(3, 1)
    layer.build((None, 2))
    slope = jax.grad(lambda params: layer.apply(params, {}, jnp.array([[1, 1, 2]]), training=True, key=None)[0].sum())
    np.testing.assert_array_equal(slope(layer.gather()[0])["embeddings"], [[0], [2], [1]])


# --- shapes and activations -------------------------------------------------------------------------------------------


def test_unknown_sizes_stay_unknown():
    assert layers.Flatten().compute_output_shape((None, None, 3)) == (None, None)
    assert layers.Reshape((-1, 3)).compute_output_shape((None, None, 3)) == (None, None, 3)
    assert layers.Reshape((2, -1)).compute_output_shape((None, 6)) == (None, 2, 3)
    assert layers.Permute((2, 1)).compute_output_shape((None, None, 3)) == (None, 3, None)


def test_values_worked_by_hand():
    dense = layers.Dense(2)
    dense.build((None, 2))
    dense.set_weights([[[1, 2], [3, 4]], [10, 20]])
    np.testing.assert_array_equal(dense([[1.0, 1.0]]), [[14, 26]])
    np.testing.assert_array_equal(layers.Flatten()(np.arange(8).reshape(1, 2, 2, 2)), [range(8)])
    np.testing.assert_array_equal(layers.ReLU(negative_slope=0.5, max_value=3)([[-2.0, 1, 9]]), [[-1, 1, 3]])
    np.testing.assert_array_equal(layers.Softmax()([[0.0, 0.0]]), [[0.5, 0.5]])


def test_an_activation_may_be_a_function_of_ones_own():
    np.testing.assert_array_equal(layers.Dense(2, activation=double, kernel_initializer="ones")([[1.0]]), [[2, 2]])


def test_softmax_refuses_a_mask_that_does_not_fit():
    said = r"needs a mask that broadcasts to its input of shape \(2, 3\), but got a mask of shape \(2,\)\.$"
    with pytest.raises(ValueError, match=said):
        layers.Softmax()(np.ones((2, 3)), mask=np.ones(2, bool))


def test_activity_regularization_offers_its_penalty():
    penalty = layers.ActivityRegularization(l1=0.1, l2=0.01).activity_regularizer
    assert float(penalty(jnp.array([[1.0, -2.0]]))) == pytest.approx(0.3 + 0.05)
