"""config: what is written is Keras's JSON, and what is read is data."""

import json

import keras
import numpy as np
import pytest

from dragonet import layers
from dragonet.core import custom_objects, serialization


def halve(x):
    return x / 2


def test_numbers_words_lists_and_arrays_go_there_and_back():
    held = {"a": [1, 2.5, None, True, "w"], "b": {"c": np.arange(3)}, "d": np.float32(0.5)}
    back = serialization.from_json(json.loads(json.dumps(serialization.to_json(held))))
    np.testing.assert_array_equal(back["b"].pop("c"), np.arange(3))
    assert back == {"a": [1, 2.5, None, True, "w"], "b": {}, "d": 0.5}


def test_nested_objects_are_written_as_keras_writes_them():
    ours = serialization.to_json(layers.Dense(2, kernel_initializer="he_normal", name="it"))
    theirs = json.loads(
        json.dumps(
            keras.saving.serialize_keras_object(keras.layers.Dense(2, kernel_initializer="he_normal", name="it"))
        )
    )
    assert {name: ours[name] for name in ("module", "class_name", "registered_name")} == {
        name: theirs[name] for name in ("module", "class_name", "registered_name")
    }
    assert ours["config"]["kernel_initializer"] == theirs["config"]["kernel_initializer"]
    assert serialization.from_json(theirs).kernel_initializer == serialization.from_json(ours).kernel_initializer


def test_keras_reads_a_registered_function_as_we_write_it_and_the_other_way():
    ours = custom_objects.register_keras_serializable("lab")(lambda_free)
    theirs = keras.saving.register_keras_serializable("lab")(lambda_free)
    assert serialization.to_json(ours) == keras.saving.serialize_keras_object(theirs)
    assert serialization.from_json(keras.saving.serialize_keras_object(theirs)) is lambda_free


def lambda_free(x):
    return x + 1


def test_functions_of_the_users_are_found_by_name_only():
    written = serialization.to_json(layers.Dense(1, activation=halve))
    with pytest.raises(ValueError) as failure:
        serialization.from_json(written)
    assert str(failure.value) == (
        "The file uses the function 'halve', which is not dragonet's. "
        "Pass it: load_model(path, custom_objects={'halve': halve})."
    )
    with custom_objects.custom_object_scope({"halve": halve}):
        assert serialization.from_json(written).activation is halve


def test_a_lambda_is_refused_on_the_way_out_and_on_the_way_in():
    with pytest.raises(TypeError, match=r"needs functions that have a name, but got a lambda\. Write it as"):
        serialization.to_json(layers.Dense(1, activation=lambda x: x))
    with pytest.raises(ValueError, match=r"a lambda, which is code\. Opening a file never runs code"):
        serialization.from_json(
            {"class_name": "__lambda__", "config": {"code": "4wEA", "defaults": None, "closure": None}}
        )


@pytest.mark.parametrize("module", ["os", "subprocess", "builtins", "dragonet.layers", "keras.utils"])
def test_a_file_cannot_name_what_to_import(module):
    before = {"module": module, "class_name": "system", "config": {"command": "true"}, "registered_name": "system"}
    with pytest.raises(ValueError, match=r"The file uses the class 'system', which is not dragonet's"):
        serialization.from_json(before)


def test_an_unknown_class_of_keras_s_is_named():
    with pytest.raises(ValueError, match=r"dragonet\.layers has no 'Dnse'\. Did you mean 'Dense'\?"):
        serialization.from_json({"module": "keras.layers", "class_name": "Dnse", "config": {}, "registered_name": None})
