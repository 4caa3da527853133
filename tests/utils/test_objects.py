"""Names for files: scopes, the registry, and JSON in Keras's form."""

import keras
import pytest

from dragonet import models, saving, utils
from dragonet.layers import Dense
from dragonet.losses import Huber


@pytest.fixture(autouse=True)
def empty_registry():
    held = dict(saving.get_custom_objects())
    yield
    saving.get_custom_objects().clear()
    saving.get_custom_objects().update(held)


def test_the_registry():
    @saving.register_keras_serializable("lab")
    def double(x):
        return 2 * x

    assert utils.get_custom_objects()["lab>double"] is double
    assert utils.get_registered_object("lab>double") is double
    assert utils.get_registered_name(double) == "lab>double"
    assert utils.get_registered_object("lab>triple") is None
    assert utils.get_registered_object("there", custom_objects={"there": 1}) == 1
    assert Dense.from_config(Dense(2, activation=double).get_config()).activation is double


@pytest.mark.parametrize("scope", ["CustomObjectScope", "custom_object_scope"])
def test_a_scope_ends(scope):
    with getattr(utils, scope)({"thing": Huber}):
        assert utils.get_registered_object("thing") is Huber
    assert utils.get_registered_object("thing") is None


def test_names_added_to_the_registry_by_hand():
    utils.get_custom_objects()["double"] = abs
    assert Dense(2, activation="double").activation is abs


def test_json_both_ways():
    said = utils.serialize_keras_object(Huber(delta=2.0))
    assert said["module"] == "keras.losses"
    assert utils.deserialize_keras_object(said).delta == 2.0


def test_saving_has_what_keras_has():
    public = {name for name in dir(keras.saving) if not name.startswith("_")}
    assert public - set(saving.__all__) == {"KerasFileEditor"}  # a tool to change files by hand
    assert all(callable(getattr(saving, name)) for name in saving.__all__)
    assert saving.load_model is models.load_model
    with pytest.raises(AttributeError, match=r"^dragonet.saving has no 'loadmodel'. Did you mean 'load_model'\?"):
        saving.loadmodel  # noqa: B018
