"""Refusals: what an error carries, and where it becomes a sentence."""

import copy
import pickle
import traceback

import numpy as np
import pytest

from dragonet import Input, layers, models
from dragonet.core import errors


def refusal():
    with pytest.raises(ValueError) as failure:
        layers.Dense(0)
    return failure.value


def test_an_error_carries_its_four_parts():
    failure = refusal()
    assert isinstance(failure, errors.DragonetError)
    parts = [failure.who, failure.needs, failure.got, failure.fix]
    assert parts == ["Dense", "units to be a whole number of at least 1", "0", ""]
    assert str(failure) == "Dense needs units to be a whole number of at least 1, but got 0."


def test_an_error_is_formatted_when_it_is_printed():
    failure = errors.type_error("fit", "x to be an array", "None", "Write x=...")
    assert isinstance(failure, TypeError)
    failure.fix = "Write fit(x, y)."  # as a page does that knows a better one
    assert str(failure) == "fit needs x to be an array, but got None. Write fit(x, y)."


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda failure: pickle.loads(pickle.dumps(failure))],
    ids=["copy", "deep", "pickle"],
)
def test_a_copy_of_an_error_says_the_same(copied):
    failure = refusal()
    failure.add_note("seen in a worker")
    other = copied(failure)
    assert type(other) is errors.DragonetValueError
    assert (str(other), other.who, other.needs, other.got, other.fix) == (str(failure), *failure.args)
    assert other.__notes__ == ["seen in a worker"]


def test_a_traceback_ends_in_the_sentence():
    last = traceback.format_exception_only(refusal())[-1]
    assert (
        last
        == "dragonet.core.errors.DragonetValueError: Dense needs units to be a whole number of at least 1, but got 0.\n"
    )


def test_an_error_in_a_layer_of_the_users_keeps_its_kind():
    class Words(layers.Layer):
        def init(self, key, in_shape):
            return ({}, {}), in_shape

        def apply(self, params, state, x, *, training=False, key=None):
            raise errors.type_error("the layer", "numbers", "words")

    with pytest.raises(TypeError, match=r"The layer Words\(\), on an input of shape .* needs numbers, but got words"):
        models.Sequential([Input((3,)), Words()]).predict(np.ones((2, 3)), verbose=0)
