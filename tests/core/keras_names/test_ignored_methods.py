"""A method that Keras would call and dragonet does not is refused where the class is defined, for every kind of object."""

import keras
import numpy as np
import pytest

import dragonet
from dragonet import (
    Input,
    Model,
    Sequential,
    callbacks,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
)
from dragonet.core.keras_names import ignored_methods as module
from dragonet.optimizers import schedules

KINDS = {
    "model": (Model, module.MODEL),
    "sequential": (Sequential, module.MODEL),
    "layer": (layers.Layer, module.LAYER),
    "dense": (layers.Dense, module.LAYER),
    "metric": (metrics.Metric, module.METRIC),
    "mean": (metrics.Mean, module.METRIC),
    "accuracy": (metrics.BinaryAccuracy, module.METRIC),
    "loss": (losses.Loss, module.LOSS),
    "optimizer": (optimizers.Optimizer, module.OPTIMIZER),
    "adam": (optimizers.Adam, module.OPTIMIZER),
    "initializer": (initializers.Initializer, module.INITIALIZER),
    "regularizer": (regularizers.Regularizer, module.OF_A_WEIGHT),
    "constraint": (constraints.Constraint, module.OF_A_WEIGHT),
    "schedule": (schedules.LearningRateSchedule, module.SCHEDULE),
}
EACH = [(kind, name) for kind, (_, table) in KINDS.items() for name in table]


def method(self, *args, **kwargs):
    raise AssertionError


@pytest.mark.parametrize(("kind", "name"), EACH)
def test_a_subclass_with_such_a_method_is_refused_with_what_to_write(kind, name):
    base, table = KINDS[kind]
    with pytest.raises(TypeError) as failure:
        type("Mine", (base,), {name: method, "__module__": "lab"})
    said = str(failure.value)
    assert said.startswith("The ") and f"Mine defines {name}(), which dragonet never calls. " in said
    assert said.endswith(table[name])


def test_so_is_a_method_that_is_mixed_in_or_inherited():
    class Steps:
        def make_train_function(self):
            raise AssertionError

    with pytest.raises(
        TypeError,
        match=r"The model Mine defines make_train_function\(\), which dragonet never calls. "
        r"The compiled loop makes the steps. Write a loss as a function of",
    ):

        class Mine(Steps, Sequential):
            pass


@pytest.mark.parametrize("name", ["train_step", "test_step", "compute_loss", "make_train_function", "call"])
def test_so_is_one_that_is_assigned_to_a_model(name):
    model = Sequential([Input((2,)), layers.Dense(1)])
    with pytest.raises(TypeError, match=rf"^{name} was assigned to a model, and dragonet never calls it. "):
        setattr(model, name, lambda *args: None)
    model.note = "anything else is taken"
    assert model.note


def test_keras_has_these_methods():
    """The tables name Keras's surface: what Keras's own classes have there is in them, or dragonet has it too."""
    surface = {
        Model: (keras.Model, module.MODEL, ("step", "function", "compute", "call")),
        metrics.Metric: (keras.metrics.Metric, module.METRIC, ("state", "result")),
        optimizers.Optimizer: (keras.optimizers.Optimizer, module.OPTIMIZER, ("apply", "step")),
    }
    for ours, (theirs, table, words) in surface.items():
        missing = [
            name
            for name in dir(theirs)
            if not name.startswith("_")
            and any(word in name for word in words)
            and callable(getattr(theirs, name))
            and name not in table
            and not hasattr(ours, name)
        ]
        assert set(missing) <= {"compute_output_spec", "quantized_call", "rematerialized_call"}, missing


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("on_epoch_ends", "on_epoch_end"),
        ("on_epochs_end", "on_epoch_end"),
        ("on_train_batch_ends", "on_train_batch_end"),
        ("on_trainbegin", "on_train_begin"),
    ],
)
def test_a_misspelt_hook_is_refused(name, near):
    with pytest.raises(
        TypeError, match=rf"The callback Mine needs hooks by their names, but got {name}\(\). Did you mean {near}\(\)\?"
    ):
        type("Mine", (callbacks.Callback,), {name: method})


def test_what_is_called_may_be_overridden():
    """fit, evaluate, get_config, compile; hooks and helpers of a callback; formulas."""

    class Mine(Sequential):
        def __init__(self):
            super().__init__([Input((2,)), layers.Dense(1)])

        def fit(self, *args, **kwargs):
            return super().fit(*args, epochs=2, verbose=0, **kwargs)

        def compile(self, rate):
            super().compile(optimizers.SGD(rate), "mse")

    class Heard(callbacks.Callback):
        epochs = 0

        def on_epoch_end(self, epoch, logs=None):
            self.on_improvement()

        def on_improvement(self):
            self.epochs += 1

    heard, model = Heard(), Mine()
    model.compile(0.1)
    model.fit(np.ones((4, 2)), np.ones(4), callbacks=heard)
    assert heard.epochs == 2


def test_an_optimizer_derived_without_the_decorator_trains():
    class Fixed(optimizers.SGD):
        def rule(self, xp, w, g, slots, s):
            return w * 0 + 5, slots

    model = Sequential([Input((2,)), layers.Dense(1)])
    model.compile(Fixed(0.1), "mse")
    model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    assert all((weight == 5).all() for weight in model.get_weights())
    assert dragonet.optimizers.get(Fixed(0.1)).learning_rate == 0.1
