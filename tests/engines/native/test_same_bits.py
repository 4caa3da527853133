"""Whole trainings give the same bits whatever the registers: compiled for 32 of them, for 16, and for narrower ones."""

import dataclasses

import numpy as np
import pytest
from helpers.native_common import steps
from helpers.native_networks import NETWORKS, made

from dragonet.engines.native.cpu import target
from dragonet.engines.native.lowering import layer_rules


def processors():
    """This one as if it had 32 registers, then 16 of half the width; and one of narrower registers, where it can be asked for."""
    found = {name: dataclasses.replace(target.host(), registers=n) for name, n in (("32", 32), ("16", 8))}
    return found if target.host().name == "neon" else found | {"8 lanes": target.narrower(8)}


@pytest.mark.parametrize(("network", "shape", "optimizer", "loss", "batch"), NETWORKS)
def test_the_registers_do_not_change_a_training(network, shape, optimizer, loss, batch, monkeypatch):
    model, x, y = made(network, shape, optimizer, loss)
    weights = {}
    for name, processor in processors().items():
        monkeypatch.setattr(target, "host", lambda processor=processor: processor)
        weights[name] = steps(model, x, y, engine="native", count=6, batch=batch)[0]
    first, *others = weights
    for other in others:
        for a, b in zip(weights[first], weights[other], strict=True):
            np.testing.assert_array_equal(a.view(np.uint32), b.view(np.uint32), err_msg=f"{first} and {other}")
    assert all(np.isfinite(w).all() for w in weights[first])


def test_these_networks_hold_every_layer_that_the_engine_knows():
    kinds = {type(layer) for network, shape, *rest in NETWORKS for layer in made(network, shape, *rest[:2])[0].layers}
    assert set(layer_rules.NODES) - kinds == set()
