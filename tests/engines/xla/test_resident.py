"""Data on the device: the copy is used again only while every bit is the same, and goes when the array goes."""

import gc

import numpy as np

from dragonet.engines.xla import resident


def big(seed=0):
    return np.random.default_rng(seed).random((600, 600)).astype("float32")


def test_the_same_array_is_moved_once():
    x = big()
    first = resident.put(x)
    assert resident.put(x) is first
    np.testing.assert_array_equal(first, x)


def test_one_changed_bit_is_noticed():
    x = big()
    first = resident.put(x)
    x[599, 599] = np.nextafter(x[599, 599], 2)
    second = resident.put(x)
    assert second is not first
    np.testing.assert_array_equal(second, x)
    assert first[599, 599] != x[599, 599]


def test_nan_counts_as_itself():
    x = big()
    x[3, 3] = np.nan
    assert resident.put(x) is resident.put(x)


def test_a_copy_goes_with_its_array_and_two_are_kept_at_most():
    arrays = [big(i) for i in range(4)]
    for x in arrays:
        resident.put(x)
    assert len(resident._kept) <= 2
    del arrays, x
    gc.collect()
    assert not resident._kept


def test_columns_and_wide_integers_are_moved_too():
    x = big()
    np.testing.assert_array_equal(resident.put(x.T), x.T)
    np.testing.assert_array_equal(resident.put(np.arange(300_000)), np.arange(300_000))
    assert str(resident.put(np.arange(300_000)).dtype) == "int32"
