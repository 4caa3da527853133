"""configurable: things print and compare by their fields, mistakes end in a sentence, and names are looked up kindly."""

import dataclasses
import inspect

import pytest

from dragonet import activations, initializers, layers
from dragonet.core import configurable, custom_objects
from dragonet.core.configurable import Configurable


@dataclasses.dataclass
class Point(Configurable):
    """Two numbers and what belongs to them."""

    x: float
    y: float = 0.0
    sizes: tuple = (1, 2)
    helper: object = None
    _: dataclasses.KW_ONLY
    label: str | None = None


def halve(x):
    return x / 2


# --- construction and printing ----------------------------------------------------------------------------------------


def test_repr_shows_what_differs_from_the_defaults_and_can_be_pasted_back():
    point = Point(1.0, sizes=[3, [4]], label="a")
    assert repr(point) == "Point(x=1.0, sizes=(3, (4,)), label='a')"
    assert eval(repr(point)) == point


def test_lists_become_tuples():
    given = [1, [2, 3]]
    point = Point(0.0, sizes=given)
    given.append(4)
    assert point.sizes == (1, (2, 3))


def test_the_signature_is_that_of_the_constructor():
    assert list(inspect.signature(Point).parameters) == ["x", "y", "sizes", "helper", "label"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"x": 1, "lable": 2}, "Point has no argument 'lable'. Did you mean 'label'?"),
        ({}, "Point: missing a required argument: 'x'. Its arguments are x, y, sizes, helper, label."),
    ],
)
def test_wrong_arguments_end_in_a_sentence(arguments, said):
    with pytest.raises(TypeError) as failure:
        Point(**arguments)
    assert str(failure.value) == said


def test_a_mistake_inside_the_constructor_is_not_taken_for_a_wrong_argument():
    @dataclasses.dataclass
    class Broken(Configurable):
        x: int = 0

        def __post_init__(self):
            len(self.x)

    with pytest.raises(TypeError, match="has no len"):
        Broken(3)


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        "glorot_uniform",
        "GlorotUniform",
        initializers.GlorotUniform,
        initializers.GlorotUniform(),
        {"class_name": "GlorotUniform", "config": {}, "module": "keras.initializers"},
    ],
)
def test_a_name_a_class_an_object_and_a_config_stand_for_the_same(given):
    assert initializers.get(given) == initializers.GlorotUniform()


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"There is no activation 'sotfmax'. Did you mean 'softmax'\?"):
        activations.get("sotfmax")


def test_something_else_is_refused():
    with pytest.raises(TypeError, match=r"The activation needs the name of one .* but got 3"):
        activations.get(3)


def test_a_name_in_scope_goes_first():
    with custom_objects.custom_object_scope({"relu": halve}):
        assert activations.get("relu") is halve
    assert activations.get("relu") is activations.relu


def test_identity_leaves_out_names_and_sees_all_that_computes():
    same = [configurable.identity(layers.Dense(2, "relu", name=name)) for name in ("a", "b")]
    assert same[0] == same[1] and hash(same[0]) == hash(same[1])
    others = [
        layers.Dense(3, "relu"),
        layers.Dense(2, "tanh"),
        layers.Dense(2, "relu", kernel_regularizer="l2"),
        layers.ELU(),
    ]
    assert len({configurable.identity(layer) for layer in others} | {same[0]}) == 5
