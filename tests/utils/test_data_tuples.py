"""Batches as tuples: Keras's values, and what is refused."""

import keras
import pytest

from dragonet import backend, utils


@pytest.mark.parametrize(
    "batch", [("x",), ("x", "y"), ("x", "y", "w"), (["a", "b"],), (("a", "b"), "y"), ("x", None, "w")], ids=str
)
def test_batches_are_packed_as_keras_packs_them(batch):
    packed = utils.pack_x_y_sample_weight(*batch)
    theirs = keras.utils.pack_x_y_sample_weight(*batch)
    assert packed == theirs and type(packed) is type(theirs)


@pytest.mark.parametrize("data", ["x", ("x",), ["x", "y"], ("x", "y", "w"), (["a", "b"],), ("x", None, "w")], ids=str)
def test_batches_are_unpacked_as_keras_unpacks_them(data):
    assert utils.unpack_x_y_sample_weight(data) == keras.utils.unpack_x_y_sample_weight(data)


@pytest.mark.parametrize("data", [(), ("x", "y", "w", "more")], ids=str)
def test_a_batch_of_too_many_or_none_is_refused(data):
    with pytest.raises(
        ValueError, match=rf"^unpack_x_y_sample_weight needs x, \(x,\), .*, but got {len(data)} entries"
    ):
        utils.unpack_x_y_sample_weight(data)


def test_dtypes_and_symbolic_tensors_are_those_of_the_back_end():
    assert utils.standardize_dtype is backend.standardize_dtype and utils.is_keras_tensor is backend.is_keras_tensor
