"""Layer: names, building, variables, calls, and what the author of a layer of their own is told."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dragonet import layers, random
from dragonet.core import custom_objects, serialization
from dragonet.layers import BatchNormalization, Dense, Dropout, Input, Layer


@dataclasses.dataclass
class Scale(Layer):
    factor: float = 1.0

    def init(self, key, in_shape):
        return ({"scale": jnp.full(in_shape[-1:], self.factor)}, {}), in_shape

    def apply(self, params, state, x, *, training, key):
        return params["scale"] * x, state


# --- a layer of one's own ---------------------------------------------------------------------------------------------


def test_a_layer_of_ones_own_computes_and_links():
    layer = Scale(3.0)
    np.testing.assert_array_equal(layer([[1.0, 2.0]]), [[3.0, 6.0]])
    assert layer(Input((2,))).shape == (None, 2)
    assert layer.scale.shape == (2,)
    assert [weight.path for weight in layer.trainable_weights] == ["scale/scale"]


def test_a_layer_of_ones_own_is_found_again_by_custom_objects_or_registry():
    written = serialization.to_json(Scale(2.0, name="mine"))
    with pytest.raises(ValueError, match=r"uses the class 'Scale', .* custom_objects=\{'Scale': Scale\}"):
        serialization.from_json(written)
    with custom_objects.custom_object_scope({"Scale": Scale}):
        again = serialization.from_json(written)
    assert (again.factor, again.name) == (2.0, "mine")


def test_a_forgotten_decorator_is_noticed():
    class Shift(Layer):
        offset: float = 1.0

    with pytest.raises(TypeError, match=r"^class Shift needs the decorator @dataclass above it, but got none\."):
        Shift()


@pytest.mark.parametrize("name", ["init", "apply"])
def test_a_forgotten_function_is_noticed(name):
    parts = {"init": Scale.init, "apply": Scale.apply}
    del parts[name]
    with pytest.raises(TypeError, match=rf"^The layer Half needs a function {name} that returns .*, but got none\."):
        type("Half", (Layer,), parts)()


def test_init_that_returns_something_else_is_noticed():
    class Bare(Layer):
        def init(self, key, in_shape):
            return jnp.ones(3)

        apply = Scale.apply

    said = r"^The layer Bare needs init to return \(params, state\), out_shape, but got an array"
    with pytest.raises(TypeError, match=said):
        Bare()(jnp.ones((1, 3)))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"unit": 3}, "Dense has no argument 'unit'. Did you mean 'units'?"),
        ({}, "Dense: missing a required argument: 'units'. Its arguments are units, activation, "),
    ],
)
def test_wrong_arguments_are_named(arguments, said):
    with pytest.raises(TypeError) as failure:
        Dense(**arguments)
    assert str(failure.value).startswith(said)


# --- names and fields -------------------------------------------------------------------------------------------------


def test_names_are_counted_as_keras_counts_them():
    assert [Dense(1).name, Dense(1).name, BatchNormalization().name] == ["dense", "dense_1", "batch_normalization"]
    with pytest.raises(ValueError, match="Dense needs a name without '/', but got 'a/b'"):
        Dense(1, name="a/b")


def test_layers_compare_by_identity_and_can_be_keys():
    a, b = Dense(1, name="a"), Dense(1, name="a")
    assert a != b and len({a, b, a}) == 2


def test_repr_shows_what_is_not_by_default_own_fields_first():
    assert repr(Dense(3, activation="relu", kernel_initializer="glorot_uniform", name="a")) == (
        "Dense(units=3, activation=relu, name='a')"
    )


def test_other_dtypes_are_refused():
    assert Dense(1, dtype="float32").dtype == "float32"
    with pytest.raises(ValueError, match=r"^Dense needs dtype='float32', but got 'float16'\. dragonet computes"):
        Dense(1, dtype="float16")


def test_the_old_way_to_give_the_input_s_shape():
    assert Dense(1, input_shape=[4]).input_shape == (4,)
    assert Dense(1, input_dim=4).input_shape == (4,)
    assert "input_shape" not in Dense(1, input_shape=(4,)).get_config()


def test_a_config_with_what_dragonet_leaves_out_is_refused_only_where_it_is_used():
    held = Dense(1).get_config()
    assert Dense.from_config(held | {"quantization_config": None, "lora_rank": None}).units == 1
    with pytest.raises(ValueError, match=r"^Dense\.from_config needs a layer without lora_rank, but got 4\.$"):
        Dense.from_config(held | {"lora_rank": 4})


# --- building and variables -------------------------------------------------------------------------------------------


def test_variables_exist_from_the_first_call_on():
    layer = Dense(2)
    assert not layer.built and layer.variables == []
    with pytest.raises(AttributeError, match=r"Dense 'dense' has no attribute 'kernel'. It has no variables yet"):
        _ = layer.kernel
    layer(jnp.ones((1, 3)))
    assert layer.built and layer.count_params() == 8
    assert layer.kernel.shape == (3, 2)
    with pytest.raises(AttributeError, match=r"^Dense 'dense' has no attribute 'kernle'\.$"):
        _ = layer.kernle


def test_layers_built_one_after_another_start_differently_and_the_same_in_each_session():
    def kernels():
        from dragonet.core import session

        session.set_seed(3)
        made = [Dense(2), Dense(2)]
        for layer in made:
            layer.build((None, 3))
        return [layer.kernel.numpy() for layer in made]

    first, again = kernels(), kernels()
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(*first)


def test_inputs_do_not_count_among_the_layers_built():
    def kernel(with_input):
        from dragonet.core import session

        session.clear()
        layer = Dense(2)
        layer(Input((3,))) if with_input else layer.build((None, 3))
        return layer.kernel.numpy()

    np.testing.assert_array_equal(kernel(True), kernel(False))


def test_set_weights_is_all_or_nothing():
    layer = Dense(2, name="a")
    layer.build((None, 3))
    before = layer.get_weights()
    with pytest.raises(ValueError, match=r"set_weights of 'a' needs 2 arrays of shapes .*, but got 1 arrays"):
        layer.set_weights([np.zeros((3, 2))])
    with pytest.raises(ValueError, match=r"needs shape \(2,\) for 'a/bias', but got shape \(3,\). The shapes in or"):
        layer.set_weights([np.zeros((3, 2)), np.zeros(3)])
    for a, b in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_get_weights_returns_is_a_copy_that_may_be_written_to():
    layer = Dense(2)
    layer.build((None, 1))
    layer.get_weights()[0][:] = 9
    assert not (layer.kernel.numpy() == 9).any()


def test_a_frozen_layer_has_no_trainable_variables():
    layer = BatchNormalization()
    layer.build((None, 2))
    assert [len(layer.trainable_variables), len(layer.non_trainable_variables)] == [2, 2]
    layer.trainable = False
    assert [len(layer.trainable_variables), len(layer.non_trainable_variables)] == [0, 4]


def test_regularizers_and_constraints_are_found_by_the_fields_names():
    layer = Dense(1, kernel_regularizer="l2", bias_constraint="non_neg", activity_regularizer="l1")
    assert list(layer.regularizers()) == ["kernel"]
    assert list(layer.constraints()) == ["bias"]


def test_nested_variables_keep_their_order_and_go_there_and_back():
    class Two(Layer):
        def init(self, key, in_shape):
            return ({"z": {"w": jnp.ones(2)}, "a": jnp.zeros(1)}, {"n": jnp.zeros(())}), in_shape

        def apply(self, params, state, x, *, training, key):
            return x + params["a"] + params["z"]["w"], {"n": state["n"] + 1}

    layer = Two(name="t")
    layer(jnp.ones((1, 2)))
    assert [weight.path for weight in layer.weights] == ["t/z/w", "t/a", "t/n"]
    layer(jnp.ones((1, 2)))
    assert float(layer.n) == 2
    params, state = layer.gather()
    layer.scatter(jax.tree.map(lambda w: w + 1, params), state)
    np.testing.assert_array_equal(layer.get_weights()[0], [2, 2])


# --- calls ------------------------------------------------------------------------------------------------------------


def test_a_call_without_training_throws_no_dice_and_with_it_new_ones_each_time():
    layer, x = Dropout(0.5), jnp.ones((8, 8))
    np.testing.assert_array_equal(layer(x), x)
    assert not np.array_equal(layer(x, training=True), layer(x, training=True))


def test_a_call_in_training_mode_moves_the_state_unless_frozen():
    layer, x = BatchNormalization(momentum=0.5), np.array([[1.0], [3.0]])
    layer(x, training=True)
    np.testing.assert_allclose(layer.moving_mean.numpy(), [1.0])
    layer.trainable = False
    layer(x, training=True)
    np.testing.assert_allclose(layer.moving_mean.numpy(), [1.0])


def test_a_mask_reaches_the_formula_that_wants_one():
    x = jnp.array([[1.0, 1.0, 5.0]])
    mask = jnp.array([[True, True, False]])
    np.testing.assert_allclose(layers.Softmax()(x, mask=mask), [[0.5, 0.5, 0]], atol=1e-6)
    np.testing.assert_array_equal(layers.ReLU()(x, mask=mask), x)


def test_input_and_output_are_the_ends_of_the_first_call():
    layer, x = Dense(2), Input((3,))
    with pytest.raises(ValueError, match=r"needs to have been called on an Input .* Put it into a Sequential"):
        _ = layer.output
    y = layer(x)
    layer(Input((3,)))
    assert layer.input is x and layer.output is y


def test_a_call_of_nothing_is_refused():
    with pytest.raises(TypeError, match="needs its input as the first argument, but got none"):
        Dense(2)(x=Input((3,)))


def test_replace_makes_a_twin_and_leaves_the_layer_as_it_is():
    layer = Dense(2, activation="relu")
    assert layer.replace(units=3).units == 3 and layer.units == 2


@pytest.mark.parametrize(("layer", "shape"), [("Dense", (None, 3)), ("Flatten", (None, 2, 3)), ("Reshape", (None, 6))])
def test_the_output_s_shape_is_told_without_making_variables(layer, shape):
    made = getattr(layers, layer)(*{"Dense": (6,), "Reshape": ((6,),)}.get(layer, ()))
    assert made.compute_output_shape(shape) == (None, 6)
    assert not made.built


def test_apply_is_pure():
    layer = BatchNormalization()
    layer.build((None, 2))
    before = layer.get_weights()
    layer.apply(*layer.gather(), jnp.ones((3, 2)), training=True, key=random.key(0))
    for a, b in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_no_file_of_the_table_hides_a_name_in_it():
    """Loading dragonet/layers/dot.py would put the module `dot` where the function is looked for."""
    from pathlib import Path

    files = {path.stem for path in Path(layers.__file__).parent.glob("*.py")}
    assert not files & set(layers.__all__)
    assert all(hasattr(layers, name) for name in layers.__all__)
