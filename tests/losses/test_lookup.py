"""Losses by name, as objects, and a user's own."""

from dataclasses import dataclass, replace
from functools import partial

import jax.numpy as jnp
import keras
import pytest
from helpers.loss_cases import CASES, FUNCTION_NAMES

from dragonet import losses
from dragonet.core import configurable, custom_objects

KERAS_NAMES = sorted(
    name
    for name in keras.src.losses.ALL_OBJECTS_DICT
    if name not in ("ctc", "CTC", "circle", "Circle", "Loss", "LossFunctionWrapper")
)


@pytest.mark.parametrize("name", KERAS_NAMES)
def test_every_name_of_keras_stands_for_the_same(name):
    ours, theirs = losses.get(name), keras.losses.get(name)
    assert isinstance(ours, losses.Loss) == isinstance(theirs, keras.losses.Loss)
    assert getattr(ours, "__name__", type(ours).__name__) == getattr(theirs, "__name__", type(theirs).__name__)


@pytest.mark.parametrize("name", FUNCTION_NAMES)
def test_a_function_is_as_good_as_its_class(name):
    by_name, by_function = losses.as_loss(name), losses.as_loss(getattr(losses, name))
    assert type(by_name) is type(by_function)
    assert type(by_name) in {getattr(losses, case.cls) for case in CASES}
    assert by_name.name == by_function.name == name


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        (((None, 1), (None, 1)), losses.BinaryCrossentropy),
        (((None,), (None, 1)), losses.BinaryCrossentropy),
        (((None,), (None, 5)), losses.SparseCategoricalCrossentropy),
        (((None, 1), (None, 5)), losses.SparseCategoricalCrossentropy),
        (((None, 5), (None, 5)), losses.CategoricalCrossentropy),
    ],
)
@pytest.mark.parametrize("name", ["crossentropy", "ce"])
def test_crossentropy_is_chosen_by_the_shapes(name, shapes, expected):
    loss = losses.as_loss(name, *shapes)
    assert type(loss) is expected
    assert loss.name == name


def test_objects_classes_and_none_pass():
    loss = losses.Huber(delta=2.0)
    assert losses.as_loss(loss) is loss
    assert repr(losses.as_loss(losses.Huber)) == "Huber()"
    assert losses.as_loss(None) is None
    assert losses.as_loss({"class_name": "Huber", "config": {"delta": 2.0}}).delta == 2.0


def test_an_option_can_be_replaced():
    loss = losses.as_loss("bce")
    assert replace(loss, from_logits=True).from_logits
    assert not loss.from_logits


def absolute(y_true, y_pred):
    return jnp.abs(y_true - y_pred).mean(-1)


def test_a_function_of_ones_own():
    loss = losses.as_loss(absolute)
    assert loss.name == "absolute"
    assert float(loss([0.0, 0.0], [[1.0], [3.0]], sample_weight=[1.0, 0.0])) == 0.5
    with custom_objects.custom_object_scope({"absolute": absolute}):
        assert losses.deserialize(losses.serialize(loss)).fn is absolute


def test_a_wrapper_around_one_of_ours_survives_a_file():
    loss = losses.deserialize(losses.serialize(losses.LossFunctionWrapper(losses.huber)))
    assert loss.fn is losses.huber


def test_a_function_with_settings():
    assert losses.as_loss(partial(losses.huber, delta=3.0)).name == "partial"


def test_an_object_that_can_be_called():
    @dataclass
    class Scaled:
        scale: float

        def __call__(self, y_true, y_pred):
            return self.scale * absolute(y_true, y_pred)

    loss = losses.as_loss(Scaled(2.0))
    assert loss.name == "scaled"
    assert float(loss([[0.0]], [[1.0]])) == 2.0


def test_a_dataclass_of_ones_own():
    @dataclass
    class Scaled(losses.Loss):
        scale: float = 1.0

        def call(self, y_true, y_pred):
            return self.scale * absolute(y_true, y_pred)

    loss = losses.as_loss(Scaled(3.0))
    assert loss.name == "scaled"
    assert float(loss([[0]], [[2]])) == 6.0  # whole numbers are floats inside


def test_a_class_as_keras_writes_it():
    class Scaled(losses.Loss):
        def __init__(self, scale, name="own"):
            super().__init__(name=name, reduction="sum")
            self.scale = scale

        def call(self, y_true, y_pred):
            return self.scale * absolute(y_true, y_pred)

    loss = Scaled(2.0)
    assert loss.name == "own"
    assert float(loss([[0.0], [0.0]], [[1.0], [2.0]])) == 6.0
    assert configurable.identity(loss) != configurable.identity(Scaled(3.0))


def test_a_class_derived_from_one_of_ours_as_keras_writes_it():
    class Scaled(losses.MeanSquaredError):
        def __init__(self, scale):
            super().__init__(name="scaled")
            self.scale = scale

        def call(self, y_true, y_pred):
            return self.scale * super().call(y_true, y_pred)

    assert float(Scaled(2.0)([[0.0]], [[3.0]])) == 18.0
    assert configurable.identity(Scaled(2.0)) != configurable.identity(
        Scaled(3.0)
    )  # so they never share a compiled program


def test_losses_are_compared_by_identity_and_can_be_keys():
    a, b = losses.Huber(), losses.Huber()
    assert a != b
    assert {a: 1, b: 2}[a] == 1
    assert configurable.identity(a) == configurable.identity(b) != configurable.identity(losses.Huber(delta=2.0))
