"""config: what is written is Keras's JSON, what is read is data, and names are looked up kindly."""

import dataclasses
import inspect
import json

import keras
import numpy as np
import pytest

from dragonet import activations, config, initializers, layers
from dragonet.config import Configurable


@dataclasses.dataclass
class Point(Configurable):
    """Two numbers and what belongs to them."""

    x: float
    y: float = 0.0
    sizes: tuple = (1, 2)
    helper: object = None
    _: dataclasses.KW_ONLY
    label: str | None = None


def halve(x):
    return x / 2


# --- construction and printing ----------------------------------------------------------------------------------------


def test_repr_shows_what_differs_from_the_defaults_and_can_be_pasted_back():
    point = Point(1.0, sizes=[3, [4]], label="a")
    assert repr(point) == "Point(x=1.0, sizes=(3, (4,)), label='a')"
    assert eval(repr(point)) == point


def test_lists_become_tuples():
    given = [1, [2, 3]]
    point = Point(0.0, sizes=given)
    given.append(4)
    assert point.sizes == (1, (2, 3))


def test_the_signature_is_that_of_the_constructor():
    assert list(inspect.signature(Point).parameters) == ["x", "y", "sizes", "helper", "label"]


@pytest.mark.parametrize(("arguments", "said"), [
    ({"x": 1, "lable": 2}, "Point has no argument 'lable'. Did you mean 'label'?"),
    ({}, "Point: missing a required argument: 'x'. Its arguments are x, y, sizes, helper, label."),
])
def test_wrong_arguments_end_in_a_sentence(arguments, said):
    with pytest.raises(TypeError) as failure:
        Point(**arguments)
    assert str(failure.value) == said


def test_a_mistake_inside_the_constructor_is_not_taken_for_a_wrong_argument():
    @dataclasses.dataclass
    class Broken(Configurable):
        x: int = 0

        def __post_init__(self):
            len(self.x)

    with pytest.raises(TypeError, match="has no len"):
        Broken(3)


# --- JSON -------------------------------------------------------------------------------------------------------------


def test_numbers_words_lists_and_arrays_go_there_and_back():
    held = {"a": [1, 2.5, None, True, "w"], "b": {"c": np.arange(3)}, "d": np.float32(0.5)}
    back = config.from_json(json.loads(json.dumps(config.to_json(held))))
    np.testing.assert_array_equal(back["b"].pop("c"), np.arange(3))
    assert back == {"a": [1, 2.5, None, True, "w"], "b": {}, "d": 0.5}


def test_nested_objects_are_written_as_keras_writes_them():
    ours = config.to_json(layers.Dense(2, kernel_initializer="he_normal", name="it"))
    theirs = json.loads(json.dumps(keras.saving.serialize_keras_object(
        keras.layers.Dense(2, kernel_initializer="he_normal", name="it"))))
    assert {name: ours[name] for name in ("module", "class_name", "registered_name")} == {
        name: theirs[name] for name in ("module", "class_name", "registered_name")}
    assert ours["config"]["kernel_initializer"] == theirs["config"]["kernel_initializer"]
    assert config.from_json(theirs).kernel_initializer == config.from_json(ours).kernel_initializer


def test_keras_reads_a_registered_function_as_we_write_it_and_the_other_way():
    ours = config.register_keras_serializable("lab")(lambda_free)
    theirs = keras.saving.register_keras_serializable("lab")(lambda_free)
    assert config.to_json(ours) == keras.saving.serialize_keras_object(theirs)
    assert config.from_json(keras.saving.serialize_keras_object(theirs)) is lambda_free


def lambda_free(x):
    return x + 1


def test_functions_of_the_users_are_found_by_name_only():
    written = config.to_json(layers.Dense(1, activation=halve))
    with pytest.raises(ValueError) as failure:
        config.from_json(written)
    assert str(failure.value) == ("The file uses the function 'halve', which is not dragonet's. "
                                  "Pass it: load_model(path, custom_objects={'halve': halve}).")
    with config.custom_object_scope({"halve": halve}):
        assert config.from_json(written).activation is halve


def test_a_lambda_is_refused_on_the_way_out_and_on_the_way_in():
    with pytest.raises(TypeError, match=r"needs functions that have a name, but got a lambda\. Write it as"):
        config.to_json(layers.Dense(1, activation=lambda x: x))
    with pytest.raises(ValueError, match=r"a lambda, which is code\. Opening a file never runs code"):
        config.from_json({"class_name": "__lambda__", "config": {"code": "4wEA", "defaults": None, "closure": None}})


@pytest.mark.parametrize("module", ["os", "subprocess", "builtins", "dragonet.layers", "keras.utils"])
def test_a_file_cannot_name_what_to_import(module):
    before = {"module": module, "class_name": "system", "config": {"command": "true"}, "registered_name": "system"}
    with pytest.raises(ValueError, match=r"The file uses the class 'system', which is not dragonet's"):
        config.from_json(before)


def test_an_unknown_class_of_keras_s_is_named():
    with pytest.raises(ValueError, match=r"no class in dragonet's layers named 'Dnse'\. Did you mean 'Dense'\?"):
        config.from_json({"module": "keras.layers", "class_name": "Dnse", "config": {}, "registered_name": None})


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["glorot_uniform", "GlorotUniform", initializers.GlorotUniform,
                                   initializers.GlorotUniform(), {"class_name": "GlorotUniform", "config": {},
                                                                  "module": "keras.initializers"}])
def test_a_name_a_class_an_object_and_a_config_stand_for_the_same(given):
    assert initializers.get(given) == initializers.GlorotUniform()


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"There is no activation 'sotfmax'. Did you mean 'softmax'\?"):
        activations.get("sotfmax")


def test_something_else_is_refused():
    with pytest.raises(TypeError, match=r"The activation needs the name of one .* but got 3"):
        activations.get(3)


def test_a_name_in_scope_goes_first():
    with config.custom_object_scope({"relu": halve}):
        assert activations.get("relu") is halve
    assert activations.get("relu") is activations.relu


def test_identity_leaves_out_names_and_sees_all_that_computes():
    same = [config.identity(layers.Dense(2, "relu", name=name)) for name in ("a", "b")]
    assert same[0] == same[1] and hash(same[0]) == hash(same[1])
    others = [layers.Dense(3, "relu"), layers.Dense(2, "tanh"), layers.Dense(2, "relu", kernel_regularizer="l2"),
              layers.ELU()]
    assert len({config.identity(layer) for layer in others} | {same[0]}) == 5
