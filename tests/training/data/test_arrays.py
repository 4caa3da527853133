"""A NaN or an infinity is found wherever it hides, in small arrays and in those that two threads look through."""

import numpy as np
import pytest

from dragonet.training.data import finite

MANY = finite._MANY


@pytest.mark.parametrize("least", [0.0, -1.0])
@pytest.mark.parametrize("bad", [np.nan, -np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("size", [1, finite._FEW, 2 * finite._AT_ONCE + 1, MANY + 3])
def test_it_is_found_at_either_end_and_in_the_middle(bad, size, least):
    held = np.zeros((size, 1), np.float32)
    held[-1] = least
    finite.finite("x", held)
    for place in {0, size // 2 - 1, size // 2, size - 1} - {-1}:
        before = held[place].copy()
        held[place] = bad
        with pytest.raises(ValueError, match=rf"1 NaN or infinite, the first at row {place}, place \(0,\)"):
            finite.finite("x", held)
        held[place] = before


@pytest.mark.parametrize("least", [0.0, -1.0])
@pytest.mark.parametrize("dtype", ["float16", ">f4", "float64", "longdouble"])
def test_it_is_found_in_floats_of_any_kind(dtype, least):
    held = np.full(2 * finite._FEW, 0.5, dtype)
    held[1] = least
    finite.finite("x", held)
    for bad in (np.nan, np.inf, -np.inf):
        held[7] = bad
        with pytest.raises(ValueError, match="1 NaN or infinite"):
            finite.finite("x", held)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_finite_numbers_may_lie_as_far_apart_as_they_like(dtype):
    largest = min(float(np.finfo(dtype).max), float(np.finfo(np.float32).max))
    finite.finite("x", np.array([largest, -largest, 0], dtype))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("dtype", ["float64", ">f8", "longdouble"])
@pytest.mark.parametrize("size", [1, finite._FEW, 2 * finite._AT_ONCE + 1, MANY + 3])
def test_numbers_beyond_float32_are_named_as_such(size, dtype, sign):
    held = np.zeros((size, 1), dtype)
    held[-1] = np.finfo(np.float32).max
    finite.finite("x", held)
    held[-1] = sign * 1e39
    got = rf"1 beyond it, the first, {'-' * (sign < 0)}1e\+39, at row {size - 1}, place \(0,\)"
    with pytest.raises(
        ValueError, match=rf"needs x within float32's range, ±3.4e\+38, but got {got}. Choose a larger unit"
    ):
        finite.finite("x", held)


def test_nothing_is_finite():
    finite.finite("x", np.zeros((0, 3)))
