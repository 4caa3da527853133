"""ArrayScaling: which columns float32 cannot hold, what becomes of them, there and back, and what a stranger's file may hold."""

import numpy as np
import pytest

from dragonet.data.columns.array_scaling import ArrayScaling

Z = np.random.default_rng(0).normal(size=(50, 2))


@pytest.mark.parametrize(
    "x",
    [
        Z,
        Z.astype("float32") * 1e-12,
        1e6 + Z * 1e3,
        np.arange(100).reshape(50, 2),
        np.full((50, 2), 1.6e12),
        Z[:, :0],
        np.zeros((4, 3, 3)),
    ],
    ids=["plain", "float32", "far but wide", "whole numbers", "constant", "no columns", "images"],
)
def test_what_float32_holds_is_left_alone(x):
    assert ArrayScaling.fit(x) is None


@pytest.mark.parametrize(("offset", "factor"), [(1.6e12, 1e3), (0.0, 3e-39), (0.0, 1e-200), (0.0, 1e200), (-5.0, 1e-9)])
def test_one_column_is_scaled_there_and_back_and_its_neighbour_stays(offset, factor):
    x = np.column_stack([offset + factor * Z[:, 0], Z[:, 1]])
    scaling = ArrayScaling.fit(x)
    narrow = scaling.encode(x)
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow[:, 0], (Z[:, 0] - np.median(Z[:, 0])) / Z[:, 0].std(), rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(narrow[:, 1], x[:, 1].astype(np.float32))
    np.testing.assert_allclose(scaling.decode(narrow)[:, 0], x[:, 0], rtol=1e-9, atol=1e-6 * factor)
    assert ArrayScaling.from_json(scaling.to_json()) == scaling


def test_a_constant_that_float32_cannot_hold_becomes_0():
    scaling = ArrayScaling.fit(np.column_stack([np.full(50, 1e300), Z]))
    assert scaling.encode(np.array([[1e300, 1.0, 2.0], [-1e300, 1.0, 2.0]]))[:, 0].tolist() == [0.0, -100.0]


def test_another_number_of_columns_is_refused():
    with pytest.raises(ValueError, match=r"rows of 2 numbers, as it was trained on, but got shape \(3, 1\)"):
        ArrayScaling.fit(Z * 1e-50).encode(np.zeros((3, 1)))


@pytest.mark.parametrize(
    "read",
    [
        None,
        {},
        {"offsets": [1.0]},
        {"offsets": [1.0], "scales": [1.0, 2.0]},
        {"offsets": ["1"], "scales": [1.0]},
        {"offsets": [1.0], "scales": [0.0]},
        {"offsets": [float("nan")], "scales": [1.0]},
        {"offsets": [True], "scales": [1.0]},
        {"offsets": [], "scales": []},
    ],
)
def test_a_strangers_numbers_are_checked(read):
    with pytest.raises(ValueError, match="The scaling of an array needs"):
        ArrayScaling.from_json(read)
