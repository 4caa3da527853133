"""What all tests share: Keras on its JAX back end as the witness, pictures without a screen, and a session that starts afresh."""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("MPLBACKEND", "Agg")


import pytest

from dragonet.core import session

# DRAGONET_TEST_LANES=8 runs the tests with the native engine's code for AVX2 on an x86-64 processor that can do more.
if lanes := os.environ.get("DRAGONET_TEST_LANES"):
    from dragonet.engines.native.cpu import target

    narrow = target.narrower(int(lanes))
    target.host = lambda: narrow


@pytest.fixture(autouse=True)
def fresh_session():
    """Each test starts with the seed, the names and the counters of a new process."""
    session.set_seed(0)
    session.clear()
