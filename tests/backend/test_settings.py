"""Keras's settings, most of them fixed; and clear_session."""

import threading

import keras
import numpy as np
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


def test_channels_first_is_what_none_means_until_it_is_set_back():
    try:
        backend.set_image_data_format("channels_first")
        layer = dragonet.layers.Conv2D(2, 3)
        assert layer.data_format == "channels_first" == dragonet.config.image_data_format()
        assert layer(np.ones((1, 3, 8, 8))).shape == (1, 2, 6, 6)
        assert layer.get_config()["data_format"] == "channels_first"
        seen = []
        thread = threading.Thread(
            target=lambda: (dragonet.utils.set_random_seed(1), seen.append(backend.image_data_format()))
        )
        thread.start()
        thread.join()
        assert seen == ["channels_last"]  # a thread with a seed of its own
    finally:
        backend.set_image_data_format("channels_last")
    assert dragonet.layers.Conv2D(2, 3).data_format == "channels_last"


def test_what_is_fixed_says_so():
    dragonet.config.set_floatx("float32")
    dragonet.config.set_dtype_policy("float32")
    dragonet.config.set_backend("jax")
    assert dragonet.config.dtype_policy() == "float32" and dragonet.config.backend() == "jax"
    for run, message in (
        (lambda: backend.set_floatx("float64"), r"set_floatx needs 'float32', but got 'float64'"),
        (lambda: backend.set_epsilon(1e-3), r"set_epsilon needs 1e-7, but got 0.001. It is fixed here"),
        (lambda: backend.set_image_data_format("first"), r"data_format to be one of 'channels_last', 'channels_first'"),
        (lambda: dragonet.config.set_backend("torch"), r"set_backend needs 'jax', but got 'torch'"),
        (
            lambda: dragonet.config.set_dtype_policy("mixed_float16"),
            r"set_dtype_policy needs 'float32', but got 'mixed_float16'",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            run()
    dragonet.config.disable_traceback_filtering()
    assert not dragonet.config.is_traceback_filtering_enabled()
    dragonet.config.enable_traceback_filtering()
    assert dragonet.config.is_traceback_filtering_enabled()
