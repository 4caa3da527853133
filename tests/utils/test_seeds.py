"""set_random_seed: everything random starts over."""

import random

import numpy as np
import pytest

from dragonet import random as dragonet_random
from dragonet import utils
from dragonet.layers import Dense, Dropout


def everything_random():
    layer = Dense(2)
    layer(np.ones((1, 3)))
    dropped = Dropout(0.5)(np.ones(50), training=True)
    drawn = (random.random(), np.random.rand(3), dragonet_random.normal((3,)))  # noqa: NPY002  it is what is tested
    return np.concatenate([np.ravel(x) for x in (layer.get_weights()[0], dropped, *drawn)])


def test_the_same_seed_gives_the_same_numbers_and_another_gives_others():
    runs = []
    for seed in (3, 3, 4):
        utils.set_random_seed(seed)
        runs.append(everything_random())
    np.testing.assert_array_equal(runs[0], runs[1])
    assert (runs[0] != runs[2]).mean() > 0.5


@pytest.mark.parametrize("seed", [-1, 0.5, "7", 2**32])
def test_what_is_no_seed(seed):
    with pytest.raises(ValueError, match="set_random_seed needs "):
        utils.set_random_seed(seed)
