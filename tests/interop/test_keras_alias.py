"""dragonet stands under Keras's name for packages that import Keras."""

import subprocess
import sys

import keras
import pytest

import dragonet

CODE = """
import dragonet
dragonet.as_keras()
dragonet.as_keras()
import keras, keras.layers, keras.saving
from keras import ops
from keras.optimizers.schedules import ExponentialDecay
from keras.src.saving.saving_lib import load_model
assert keras.__version__ == keras.version() == "3.15.1"
assert keras.layers.Dense is dragonet.layers.Dense and keras.Model is dragonet.Model and ops.sum is dragonet.ops.sum
assert ExponentialDecay is dragonet.optimizers.schedules.ExponentialDecay and load_model is dragonet.saving.load_model
assert dragonet.layers.__name__ == dragonet.layers.__spec__.name == "dragonet.layers"
try:
    from keras.layers import LSTN
except ImportError as failure:
    print(failure)
"""
TENSORFLOW = """
import dragonet
dragonet.as_keras("tensorflow.keras")
from tensorflow import keras
from tensorflow.keras.layers import Dense
import tensorflow.keras.callbacks as callbacks
assert Dense is keras.layers.Dense is dragonet.layers.Dense and callbacks.Callback is dragonet.callbacks.Callback
"""


@pytest.mark.parametrize("code", [CODE, TENSORFLOW], ids=["keras", "tensorflow"])
def test_other_packages_import_dragonet(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_keras_that_is_imported_is_left_alone():
    code = "import sys, types; sys.modules['keras'] = types.ModuleType('keras'); import dragonet; dragonet.as_keras()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "as_keras needs to be called before keras is imported, but it has been imported already." in done.stderr


def test_no_other_name_is_taken():
    with pytest.raises(ValueError, match=r"as_keras needs 'keras' or 'tensorflow.keras', but got 'torch'"):
        dragonet.as_keras("torch")


def test_version_is_that_of_the_keras_whose_names_these_are():
    assert dragonet.version() == keras.version() and dragonet.__version__ != dragonet.version()
