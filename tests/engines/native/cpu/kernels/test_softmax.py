"""Softmax within a model, and its kernels against NumPy."""

import numpy as np
import pytest
from helpers.layers_common import check_network
from helpers.native_common import run_kernel

import dragonet as dn
from dragonet.engines.native.cpu.kernels import softmax
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue

L = dn.layers


@pytest.mark.parametrize("lanes", [16, 8, 4])
@pytest.mark.parametrize("channels", [1, 5, 16, 33])
def test_shares_and_their_gradient(lanes, channels):
    rng = np.random.default_rng(channels)
    step = -(-channels // 16) * 16
    x, d = (np.zeros((6, step), np.float32) for _ in range(2))
    x[:, :channels], d[:, :channels] = rng.normal(0, 3, (6, channels)), rng.normal(size=(6, channels))
    y, dx = np.full_like(x, 9), np.full_like(x, 9)
    run_kernel(lanes, lambda m: softmax.forward(m, 2, channels, step, 2 * step), x=x, y=y, r0=0, r1=3)
    powers = np.exp(x[:, :channels].astype("f8"))
    wanted = powers / powers.sum(1, keepdims=True)
    np.testing.assert_allclose(y[:, :channels], wanted, atol=1e-6)
    assert not y[:, channels:].any()
    run_kernel(
        lanes,
        lambda m: softmax.backward(m, 2, channels, step, 2 * step, Epilogue(), False),
        d=d,
        y=y,
        dx=dx,
        r0=0,
        r1=3,
        h=x,
        pre_activation=x,
        key_a=0,
        key_b=0,
    )
    d = d[:, :channels].astype("f8")
    np.testing.assert_allclose(dx[:, :channels], wanted * (d - (d * wanted).sum(1, keepdims=True)), atol=1e-6)


def gated(x):
    h = L.Dense(70, activation="tanh")(x)
    gate = L.Activation("softmax")(L.Dense(70)(h))
    return L.Dense(4, activation="softmax")(L.Multiply()([h, L.Softmax()(L.Dense(70)(gate))]))


def test_a_network_with_softmax_inside_learns_as_on_xla():
    check_network((20,), gated)
