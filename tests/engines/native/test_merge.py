"""Layers of several inputs, and tensors of several readers, against XLA; the copying kernels against NumPy."""

import numpy as np
import pytest
from helpers.layers_common import LANES, check_network, check_test, laid_out, read_back, tensor
from helpers.native_common import run_kernel
from helpers.native_networks import MERGES as NETWORKS
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet.engines.native.cpu.kernels import elementwise, functions
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.cpu.ops.arguments import walk


@pytest.mark.parametrize("lanes", LANES)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    st.sampled_from([1, 5, 16, 20, 33]),
    st.sampled_from([0, 3, 16, 21]),
    st.booleans(),
    st.booleans(),
    st.integers(0, 9),
)
def test_put_and_take(lanes, c, offset, add, packed, seed):
    rng, rows, count = np.random.default_rng(seed), 3, 2
    x, y = tensor((2, 3, c), "packed" if packed else "filled"), tensor((2, 3, offset + c + 2), "filled")
    a, b, d = (rng.normal(size=(rows, 2, 3, n)).astype("f4") for n in (c, offset + c + 2, offset + c + 2))
    out = laid_out(b, y)
    run_kernel(
        lanes, lambda m: elementwise.put(m, walk([x, y], by_pixel=True), offset), x=laid_out(a, x), y=out, r0=0, r1=rows
    )
    wanted = b.copy()
    wanted[..., offset : offset + c] = a
    np.testing.assert_array_equal(out, laid_out(wanted, y))
    x = tensor((2, 3, c), "filled")
    before = rng.normal(size=a.shape).astype("f4")
    before[count:] = 0
    dx = laid_out(before if add else np.full_like(a, 7), x)
    held = laid_out(a, x)
    through, relu = walk([x, y], by_pixel=True), Epilogue(functions.RELU)
    run_kernel(
        lanes,
        lambda m: elementwise.take(m, through, offset, relu, add),
        d=laid_out(d, y),
        dx=dx,
        count=count,
        r0=0,
        r1=rows,
        h=held,
        pre_activation=held,
        key_a=0,
        key_b=0,
    )
    wanted = (d[..., offset : offset + c] + (before if add else 0)) * (a > 0)
    wanted[count:] = 0
    np.testing.assert_allclose(read_back(dx, x, rows), wanted, atol=1e-6)
    np.testing.assert_array_equal(dx, laid_out(read_back(dx, x, rows), x))


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_learn_as_on_xla(name):
    found = check_network(*NETWORKS[name])
    if name == "images":
        check_test(*found)
