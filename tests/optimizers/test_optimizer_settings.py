"""Settings of an optimizer: what is refused and how, names, and configs that Keras reads too."""

import json

import keras
import numpy as np
import pytest
from helpers.optimizer_cases import IDS, SETTINGS

from dragonet import optimizers
from dragonet.optimizers import schedules

REFUSED = [
    (ValueError, "Adam", {"learning_rate": 0.0}, "Adam needs learning_rate to be a number above 0, but got 0.0."),
    (ValueError, "Adam", {"learning_rate": -1}, "Adam needs learning_rate to be a number above 0, but got -1.0."),
    (ValueError, "SGD", {"learning_rate": float("nan")}, "learning_rate to be a number above 0, but got nan."),
    (ValueError, "SGD", {"learning_rate": float("inf")}, "learning_rate to be a number above 0, but got inf."),
    (
        TypeError,
        "SGD",
        {"learning_rate": "0.1"},
        "SGD needs learning_rate to be a number, a schedule or a function of the step, but got '0.1'. "
        "Write learning_rate=0.1.",
    ),
    (TypeError, "SGD", {"learning_rate": None}, "a number, a schedule or a function of the step, but got None."),
    (TypeError, "SGD", {"learning_rate": True}, "but got True."),
    (TypeError, "SGD", {"learning_rate": [0.1]}, r"but got [0.1]."),
    (TypeError, "SGD", {"learning_rate": lambda: 0.1}, "which does not make a number of one."),
    (TypeError, "SGD", {"learning_rate": schedules.CosineDecay}, "which does not make a number of one."),
    (TypeError, "Adam", {"lr": 0.1}, "Adam has no argument 'lr'."),
    (TypeError, "Adam", {"learning_rat": 0.1}, "Adam has no argument 'learning_rat'. Did you mean 'learning_rate'?"),
    (ValueError, "Adam", {"beta_1": 1.0}, "Adam needs beta_1 to be a number from 0 to below 1, but got 1.0."),
    (ValueError, "Adam", {"beta_2": -0.1}, "Adam needs beta_2 to be a number from 0 to below 1, but got -0.1."),
    (ValueError, "Adam", {"epsilon": -1.0}, "Adam needs epsilon to be a number from 0, but got -1.0."),
    (ValueError, "AdamW", {"weight_decay": None}, "AdamW needs weight_decay to be a number from 0, but got None."),
    (ValueError, "Nadam", {"beta_1": 2}, "Nadam needs beta_1"),
    (ValueError, "Adamax", {"beta_2": "0.9"}, "Adamax needs beta_2"),
    (ValueError, "Lion", {"beta_1": 0.0}, "Lion needs beta_1 to be a number above 0, but got 0.0."),
    (ValueError, "SGD", {"momentum": 1.5}, "SGD needs momentum to be a number from 0 to 1, but got 1.5."),
    (ValueError, "RMSprop", {"rho": 1.0}, "RMSprop needs rho to be a number from 0 to below 1, but got 1.0."),
    (ValueError, "Adagrad", {"initial_accumulator_value": -1}, "Adagrad needs initial_accumulator_value"),
    (ValueError, "Adadelta", {"rho": 95}, "Write 0.95 for 95 %."),
    (
        ValueError,
        "SGD",
        {"clipnorm": 1.0, "clipvalue": 0.5},
        "SGD needs at most one of clipnorm, clipvalue and global_clipnorm, but got clipnorm=1.0 and clipvalue=0.5.",
    ),
    (ValueError, "SGD", {"clipnorm": 0.0}, "SGD needs clipnorm to be a number above 0, but got 0.0."),
    (ValueError, "SGD", {"weight_decay": -0.1}, "SGD needs weight_decay to be a number from 0, but got -0.1."),
    (ValueError, "SGD", {"ema_momentum": 1.1}, "SGD needs ema_momentum to be a number from 0 to 1, but got 1.1."),
    (ValueError, "SGD", {"ema_overwrite_frequency": 0}, "whole number of at least 1, but got 0."),
    (ValueError, "SGD", {"gradient_accumulation_steps": 1}, "whole number of at least 2, but got 1."),
    (ValueError, "SGD", {"loss_scale_factor": 0}, "SGD needs loss_scale_factor to be a number above 0, but got 0."),
]


REFUSED_IDS = [f"{name}-{','.join(options)}" for _, name, options, _ in REFUSED]


@pytest.mark.parametrize(("error", "name", "options", "says"), REFUSED, ids=REFUSED_IDS)
def test_a_setting_out_of_range_ends_in_a_sentence(error, name, options, says):
    with pytest.raises(error) as failure:
        getattr(optimizers, name)(**options)
    assert says in str(failure.value)


def test_a_class_without_a_rule_is_told_what_it_needs():
    with pytest.raises(TypeError, match=r"The optimizer Optimizer needs a function rule\(self, xp, w, g, slots, s\)"):
        optimizers.Optimizer(0.1).update(np.ones(1), np.ones(1), optimizers.Optimizer(0.1).init(np.ones(1)))


@pytest.mark.parametrize("given", [1, np.float32(0.5), np.array(0.5), np.int64(2)])
def test_any_real_number_is_a_learning_rate(given):
    assert optimizers.SGD(given).learning_rate == float(given)


def test_the_learning_rate_can_be_assigned():
    optimizer = optimizers.SGD(0.1)
    optimizer.learning_rate = np.float32(0.25)
    assert optimizer.learning_rate == 0.25
    optimizer.learning_rate = schedules.CosineDecay(0.5, 10)
    assert float(optimizer.rate(0)) == 0.5
    optimizer.learning_rate = 0  # where a callback's warm-up starts
    with pytest.raises(ValueError, match=r"SGD needs learning_rate to be a number from 0 on, but got -0\.1"):
        optimizer.learning_rate = -0.1


def test_a_function_of_the_step_is_a_learning_rate():
    assert optimizers.SGD(lambda step: 1 / (step + 1)).rate(3) == 0.25


@pytest.mark.parametrize("name", ["adam", "Adam", "ADAM", "rmsprop", "RMSprop", "adamw", "sgd", "nadam", "lion"])
def test_names_are_taken_in_any_case(name):
    assert type(optimizers.get(name)).__name__.lower() == name.lower()


def test_get_leaves_objects_and_reads_configs():
    optimizer = optimizers.Adam(0.5)
    assert optimizers.get(optimizer) is optimizer
    assert optimizers.get(optimizers.SGD).learning_rate == 0.01
    assert optimizers.get({"class_name": "SGD", "config": {"momentum": 0.5}}).momentum == 0.5
    assert optimizers.get(None) is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("adm", "There is no optimizer 'adm'. Did you mean 'adam'?"),
        ("get", "There is no optimizer 'get'. "),
        ("optimizer", "There is no optimizer 'optimizer'. "),
        ("schedules", "There is no optimizer 'schedules'. "),
    ],
)
def test_an_unknown_name_is_answered(wrong, says):
    with pytest.raises(ValueError) as failure:
        optimizers.get(wrong)
    assert says in str(failure.value)


@pytest.mark.parametrize("wrong", [3, len])
def test_what_is_no_optimizer_is_refused(wrong):
    with pytest.raises(TypeError, match="The optimizer needs the name of one"):
        optimizers.get(wrong)


@pytest.mark.parametrize(("name", "options"), SETTINGS, ids=IDS)
def test_configs_travel_both_ways(name, options):
    ours = getattr(optimizers, name)(learning_rate=0.5, **options)
    config = json.loads(json.dumps(optimizers.serialize(ours)))
    # Keras's deserialize makes a string of Lamb, which is missing in its table.
    theirs = keras.optimizers.Lamb(**config["config"]) if name == "Lamb" else keras.optimizers.deserialize(config)
    assert type(theirs).__name__ == name
    assert optimizers.deserialize(keras.optimizers.serialize(theirs)).get_config() == ours.get_config()


def test_a_schedule_travels_in_the_config():
    ours = optimizers.SGD(schedules.ExponentialDecay(0.5, 10, 0.5))
    theirs = keras.optimizers.deserialize(json.loads(json.dumps(optimizers.serialize(ours))))
    assert float(theirs.learning_rate) == 0.5
    back = optimizers.deserialize(keras.optimizers.serialize(theirs))
    assert back.learning_rate == ours.learning_rate


def test_repr_can_be_pasted_back():
    assert repr(optimizers.AdamW(0.01, clipnorm=1.0)) == "AdamW(learning_rate=0.01, clipnorm=1.0)"


def test_names_are_counted_as_in_keras():
    assert [optimizers.Adam().name for _ in range(2)] == ["adam", "adam_1"]


def test_the_loss_is_scaled_for_its_gradient():
    assert (optimizers.SGD().scale_loss(2.0), optimizers.SGD(loss_scale_factor=8).scale_loss(2.0)) == (2.0, 16.0)
