"""A NaN or an infinity is found wherever it hides, in small arrays and in those that two threads look through."""

import numpy as np
import pytest

from dragonet.training import arrays

MANY = arrays._MANY


@pytest.mark.parametrize("least", [0.0, -1.0])
@pytest.mark.parametrize("bad", [np.nan, -np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("size", [1, arrays._FEW, 2 * arrays._AT_ONCE + 1, MANY + 3])
def test_it_is_found_at_either_end_and_in_the_middle(bad, size, least):
    held = np.zeros((size, 1), np.float32)
    held[-1] = least
    arrays.finite("x", held)
    for place in {0, size // 2 - 1, size // 2, size - 1} - {-1}:
        before = held[place].copy()
        held[place] = bad
        with pytest.raises(ValueError, match=rf"1 NaN or infinite, the first at row {place}, place \(0,\)"):
            arrays.finite("x", held)
        held[place] = before


@pytest.mark.parametrize("least", [0.0, -1.0])
@pytest.mark.parametrize("dtype", ["float16", ">f4", "float64", "longdouble"])
def test_it_is_found_in_floats_of_any_kind(dtype, least):
    held = np.full(2 * arrays._FEW, 0.5, dtype)
    held[1] = least
    arrays.finite("x", held)
    for bad in (np.nan, np.inf, -np.inf):
        held[7] = bad
        with pytest.raises(ValueError, match="1 NaN or infinite"):
            arrays.finite("x", held)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_finite_numbers_may_lie_as_far_apart_as_they_like(dtype):
    largest = np.finfo(dtype).max
    arrays.finite("x", np.array([largest, -largest, 0], dtype))


def test_nothing_is_finite():
    arrays.finite("x", np.zeros((0, 3)))
