"""Names, arguments, their order and defaults are Keras's, for activations, initializers, ... and optimizers."""

import importlib
import inspect

import keras
import pytest

# Keras's names that dragonet does not have, and why.
LEFT_OUT = {
    "optimizers": {
        **dict.fromkeys(
            ["Adafactor", "Muon"],
            "for large models; optax.adafactor and contrib.muon are taken instead",
        ),
        **dict.fromkeys(["LossScaleOptimizer"], "for half precision, which dragonet does not compute in"),
        **dict.fromkeys(["MultiOptimizer", "OptimizerMap"], "an optimizer per layer: optax.multi_transform"),
        "legacy": "raises an error in Keras",
    },
}

# Arguments of Keras's that dragonet's lacks, and why.
ARGUMENTS_LEFT_OUT = {"kwargs": "a base's keyword arguments are named ones here"}

ROOMS = ["activations", "initializers", "regularizers", "constraints", "optimizers", "optimizers.schedules"]


def rooms(name):
    theirs = keras
    for part in name.split("."):
        theirs = getattr(theirs, part)
    return importlib.import_module(f"dragonet.{name}"), theirs


def public(room):
    return [name for name in dir(room) if not name.startswith("_")]


PAIRS = [(room, name) for room in ROOMS for name in public(rooms(room)[1]) if name not in LEFT_OUT.get(room, {})]


@pytest.mark.parametrize(("room", "name"), PAIRS, ids=[".".join(pair) for pair in PAIRS])
def test_names_order_and_defaults_are_keras(room, name):
    ours, theirs = (getattr(home, name) for home in rooms(room))
    if inspect.ismodule(theirs):
        assert inspect.ismodule(ours)
        return
    if name in ("Optimizer", "LearningRateSchedule") or getattr(theirs, "__init__", None) is object.__init__:
        return  # nothing to compare: a base, which is dragonet's own idea, or a class without arguments
    assert arguments(ours) == arguments(theirs)


def arguments(thing):
    given = inspect.signature(thing).parameters.values()
    return [(p.name, p.default) for p in given if p.name not in ARGUMENTS_LEFT_OUT]


@pytest.mark.parametrize("room", ROOMS)
def test_all_of_keras_is_there_but_what_is_written_above(room):
    ours, theirs = rooms(room)
    assert set(public(theirs)) - set(ours.__all__) == set(LEFT_OUT.get(room, {}))
