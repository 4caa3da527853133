"""Sums in parts: the same bits however many threads have made them, and no more handed over than is needed."""

import numpy as np
import pytest
from helpers.native_common import run_kernel

from dragonet.engines.native.cpu.kernels import partial
from dragonet.engines.native.ir.values import I64, PTR, WIDTH

PARTS, SIZE = 8, 32


def added(parts):
    """The tree in NumPy."""
    while len(parts) > 1:
        parts = parts[::2] + parts[1::2]
    return parts[0]


def handed_over(parts, threads):
    """What all threads together leave for each other."""
    shared = np.full((PARTS, SIZE), 7, np.float32)
    for thread in range(threads):
        first, last = thread * PARTS // threads, (thread + 1) * PARTS // threads
        run_kernel(16, lambda m: partial.clear(m, SIZE, PARTS, 1), shared=shared, first=first, last=last)
        own = np.full((PARTS, SIZE), np.nan, np.float32)
        own[first:last] = parts[first:last]
        given = {"own": own, "shared": shared, "first": first, "last": last}
        run_kernel(16, lambda m: partial.hand_over(m, SIZE, PARTS), **given)
    return shared


def total(lanes, shared):
    def make(module):
        def body(k, shared, out, n):
            with k.loop(0, n, WIDTH) as i:
                k.store(partial.tree(k, shared, i, SIZE, PARTS), out, i)

        return module.function("total", {"shared": PTR, "out": PTR, "n": I64}, body)

    out = np.zeros(SIZE, np.float32)
    run_kernel(lanes, make, shared=shared, out=out, n=SIZE)
    return out


@pytest.mark.parametrize("threads", range(1, 9))
def test_any_number_of_threads_gives_the_bits_of_the_tree(threads):
    parts = np.random.default_rng(0).normal(size=(PARTS, SIZE)).astype("f4")
    parts[:, 0] = -0.0
    sums = total(16, handed_over(parts, threads))
    np.testing.assert_array_equal(sums.view("u4"), added(parts).view("u4"))


@pytest.mark.parametrize("lanes", [8, 4])
def test_it_is_the_same_at_other_widths(lanes):
    parts = np.random.default_rng(1).normal(size=(PARTS, SIZE)).astype("f4")
    np.testing.assert_array_equal(total(lanes, handed_over(parts, 3)), added(parts))


@pytest.mark.parametrize(
    ("threads", "kept"), [(1, [0]), (2, [0, 4]), (3, [0, 2, 4, 5, 6]), (4, [0, 2, 4, 6]), (8, [*range(8)])]
)
def test_a_thread_adds_up_what_it_can(threads, kept):
    shared = handed_over(np.ones((PARTS, SIZE), np.float32), threads)
    assert np.flatnonzero(shared[:, 0]).tolist() == kept
    assert np.signbit(shared[shared == 0]).all()
