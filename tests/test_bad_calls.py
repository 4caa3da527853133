"""Every argument of the public API with values that it was not made for: a result, or a sentence; never a deep traceback."""

import random

import pytest
from helpers.bad_calls import WRONG, calls, judge, refused

DRAWN = 2000


@pytest.fixture(scope="module")
def every():
    """All pairs of an argument and a wrong value, in a fixed order."""
    return [(call, wrong) for call in calls() for wrong in WRONG]


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """'x' is a fine name of a file."""
    monkeypatch.chdir(tmp_path)


def told(pairs):
    answers = ((call, wrong, judge(call, wrong)) for call, wrong in pairs)
    return [f"{call.name}({call.argument}={wrong}): {answer}" for call, wrong, answer in answers if answer]


def test_valid_calls_succeed(every):
    """Else the others would say nothing."""
    once = {call.name: call for call, _ in every}
    assert {name: refused(call) for name, call in once.items() if refused(call)} == {}


def test_some_calls_of_each_kind(every):
    assert told(random.Random(25).sample(every, DRAWN)) == []


@pytest.mark.tutorial
def test_all_calls(every):
    assert told(every) == []


def test_all_public_functions_are_called(every):
    names = {call.name for call, _ in every}
    assert {
        "layers.Dense",
        "losses.huber",
        "inspect.saliency",
        "plots.grid",
        "Model.fit",
        "utils.to_categorical",
    } <= names
    assert len(every) > 30_000
