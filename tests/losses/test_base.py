"""What a loss says of itself: the kind of its targets, and the activation that it may be computed without."""

import numpy as np
import pytest

from dragonet import Input, activations, layers, losses, models
from dragonet.losses.base import TARGETS, Loss
from dragonet.training.objectives.logits import fused_activation

CLASSES = [cls for name in losses.__all__ if isinstance(cls := getattr(losses, name), type) and issubclass(cls, Loss)]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_the_kind_of_targets_is_one_of_the_documented_words(cls):
    assert cls.targets in TARGETS


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("class_numbers", {"SparseCategoricalCrossentropy"}),
        ("one_hot", {"CategoricalCrossentropy", "CategoricalFocalCrossentropy"}),
        ("binary", {"BinaryCrossentropy", "BinaryFocalCrossentropy"}),
        ("signs", {"Hinge", "SquaredHinge"}),
        ("probabilities", {"KLDivergence"}),
    ],
)
def test_losses_by_the_kind_of_their_targets(kind, names):
    assert {cls.__name__ for cls in CLASSES if cls.targets == kind} == names


class Gentle(losses.SparseCategoricalCrossentropy):
    """A user's variant, whose name tells nothing."""


def test_a_users_variant_of_a_loss_is_treated_as_that_loss():
    """By its fields: labels that are words become class numbers, and the loss is computed from logits."""
    assert fused_activation(Gentle(), activations.softmax) is activations.softmax
    assert fused_activation(Gentle(from_logits=True), activations.softmax) is None
    assert fused_activation(Gentle(), activations.sigmoid) is None
    model = models.Sequential([Input((2,)), layers.Dense(2, activation="softmax")])
    model.compile("sgd", Gentle())
    x = np.linspace(-1, 1, 8, dtype=np.float32).reshape(4, 2)
    model.fit(x, np.array(["no", "yes", "no", "yes"]), verbose=0)
    assert model.classes_.tolist() == ["no", "yes"]


def test_an_unknown_kind_of_loss_takes_words_for_a_mistake():
    model = models.Sequential([Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="The loss MeanSquaredError needs y of numbers, but got words such as 'no'"):
        model.fit(np.ones((2, 2)), np.array(["no", "yes"]), verbose=0)
