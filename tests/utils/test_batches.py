"""PyDataset: Keras's interface, and what a subclass must have."""

import inspect

import keras
import pytest

from dragonet import utils


def test_interface_is_keras_s():
    ours, theirs = (inspect.signature(home.PyDataset) for home in (utils, keras.utils))
    assert [(p.name, p.default) for p in ours.parameters.values()] == [
        (p.name, p.default) for p in theirs.parameters.values()
    ]
    public = {name for name in dir(keras.utils.PyDataset) if not name.startswith("_")}
    assert public <= set(dir(utils.PyDataset(workers=2)))
    assert utils.Sequence is utils.PyDataset


def test_a_dataset_without_its_functions():
    with pytest.raises(TypeError, match=r"^The PyDataset PyDataset needs a function __getitem__\(self, index\), one"):
        utils.PyDataset()[0]
    with pytest.raises(TypeError, match=r"^The PyDataset PyDataset needs a function __len__\(self\), the number"):
        list(utils.PyDataset())
