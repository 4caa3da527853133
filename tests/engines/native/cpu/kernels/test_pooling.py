"""The kernels of pooling against NumPy at each width, and networks with pooling against XLA."""

import numpy as np
import pytest
from helpers.convolution_networks import images, learns_as_on_xla, network
from helpers.native_common import run_kernel, steps
from hypothesis import given, settings
from hypothesis import strategies as st

import dragonet as dn
from dragonet.engines.native.cpu.kernels import pooling
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ops.pooling import Pool

L = dn.layers


def reference(pool, x, g):
    """The outputs, and the gradient of x."""
    y, dx = np.zeros(pool.out_shape), np.zeros(x.shape)
    for i, j, c in np.ndindex(pool.out_shape):
        low = [n * s - b for n, s, b in zip((i, j), pool.strides, pool.before, strict=True)]
        part = (*(slice(max(n, 0), n + size) for n, size in zip(low, pool.size, strict=True)), c)
        cells, back = x[part], dx[part]  # a slice ends with the image
        if pool.kind == "mean":
            y[i, j, c] = cells.mean()
            back += g[i, j, c] / cells.size
        elif pool.kind == "max":
            y[i, j, c] = cells.max()
            back[np.unravel_index(cells.argmax(), cells.shape)] += g[i, j, c]
        else:
            y[i, j, c] = cells.max()
            back += (cells == cells.max()) * g[i, j, c] / (cells == cells.max()).sum()
    return y, dx


@pytest.mark.parametrize("lanes", (16, 8, 4))
@pytest.mark.parametrize("kind", ["max", "mean", "peak"])
@settings(max_examples=5, deadline=None, derandomize=True)
@given(data=st.data())
def test_windows(lanes, kind, data):
    draw = lambda *values: data.draw(st.tuples(*[st.sampled_from(values)] * 2))  # noqa: E731
    shape = (*draw(1, 4, 7), 16 * data.draw(st.integers(1, 2)))
    size = tuple(min(n, s) for n, s in zip(shape, draw(1, 2, 3), strict=False)) if kind != "peak" else shape[:2]
    strides = draw(1, 2) if kind != "peak" else (1, 1)
    same = data.draw(st.booleans()) and kind != "peak"
    out = tuple(-(-n // s) if same else (n - k) // s + 1 for n, s, k in zip(shape, strides, size, strict=False))
    before = tuple(max((o - 1) * s + k - n, 0) // 2 for o, s, k, n in zip(out, strides, size, shape, strict=False))
    pool = Pool(kind, shape, (*out, shape[2]), size, strides, before)
    rng = np.random.default_rng(data.draw(st.integers(0, 9)))
    x, g = rng.integers(-3, 3, shape).astype("f4"), rng.normal(size=pool.out_shape).astype("f4")
    h, places, dx = np.zeros_like(g), np.zeros(g.shape, np.int32), np.zeros_like(x)
    given = {"row": 0, "h": h, "pre_activation": h, "key_a": 0, "key_b": 0}
    run_kernel(lanes, lambda m: pooling.forward(m, pool, h.size, Epilogue()), x=x, places=places, **given)
    run_kernel(lanes, lambda m: pooling.backward(m, pool), x=x, g=g, places=places, dx=dx)
    y, wanted = reference(pool, x, g)
    np.testing.assert_allclose(h, y, atol=1e-5)
    np.testing.assert_allclose(dx, wanted, atol=1e-5)


def conv2d(filters):
    return L.Conv2D(filters, 3, padding="same", activation="tanh")


NETWORKS = {
    "overlapping": lambda: (
        (11, 9, 3),
        conv2d(20),
        L.MaxPooling2D(3, strides=2, padding="same"),
        conv2d(16),
        L.MaxPooling2D(3, 1),
        L.Dropout(0.2),
    ),
    "means": lambda: (
        (13, 9, 5),
        L.AveragePooling2D(2, padding="same"),
        L.Conv2D(20, 3, padding="same", activation="silu"),
        L.MaxPooling2D(2, padding="same"),
        conv2d(16),
        L.AveragePooling2D(2, 1),
        L.ReLU(),
        L.GlobalAveragePooling2D(),
    ),
    "first of all, largest at last": lambda: (
        (10, 10, 1),
        L.MaxPooling2D(2),
        conv2d(20),
        L.MaxPooling2D(2, padding="same"),
        conv2d(17),
        L.GlobalMaxPooling2D(keepdims=True),
        L.Dropout(0.2),
    ),
    "steps": lambda: (
        (33, 3),
        L.Conv1D(20, 3),
        L.AveragePooling1D(2),
        L.Conv1D(16, 3, activation="relu"),
        L.MaxPooling1D(3, 2),
        L.GlobalMaxPooling1D(),
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_learn_as_on_xla(name):
    learns_as_on_xla(*NETWORKS[name]())


def test_same_bits_with_any_number_of_threads():
    model = network((9, 8, 3), conv2d(20), L.MaxPooling2D(3, 2), conv2d(16), L.AveragePooling2D(2, 1), L.Dropout(0.1))
    x, y = images((9, 8, 3))
    alone, *others = (steps(model, x, y, engine="native", count=3, batch=19, threads=n)[0] for n in (1, 2, 3, 8))
    for other in others:
        for a, b in zip(alone, other, strict=True):
            np.testing.assert_array_equal(a, b)
