"""A split of random rows for tests of candidates."""

import numpy as np

from dragonet.studies.candidates import Settings, Split

N = 240
PLAIN = np.random.default_rng(0).normal(size=(N, 3))


def split_of(y, task, outputs, weights=None):
    """The rows PLAIN with these answers: 180 to learn from, 60 to validate with."""
    x = PLAIN.astype(np.float32)
    return Split(x[:180], y[:180], x[180:], y[180:], task, outputs, "table", weights)


def fit(candidate, split, **settings):
    """What the candidate makes of a split with seed 0."""
    return candidate.fit(split, 0, Settings(**settings))
