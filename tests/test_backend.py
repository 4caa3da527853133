"""backend: Keras's settings, fixed; and clear_session."""

import keras
import pytest

import dragonet
from dragonet import backend
from dragonet.layers import Dense


@pytest.mark.parametrize("name", ["backend", "epsilon", "floatx", "image_data_format"])
def test_settings_are_keras_s_defaults(name):
    assert getattr(backend, name)() == getattr(keras.backend, name)()


def test_clear_session_starts_the_names_over():
    assert [Dense(1).name, Dense(1).name] == ["dense", "dense_1"]
    backend.clear_session()
    assert Dense(1).name == "dense"
    assert dragonet.utils.clear_session is backend.clear_session


def test_an_old_name():
    with pytest.raises(AttributeError, match=r"^dragonet.backend has no 'mean'. .* in dragonet.ops;"):
        backend.mean  # noqa: B018
