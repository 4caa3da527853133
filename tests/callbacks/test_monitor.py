"""Watching a metric: worked by hand, and what is said where there is no such metric."""

from types import SimpleNamespace

import pytest
from helpers.fake_trainings import Model, fit, says

from dragonet.callbacks import CallbackList, EarlyStopping, LearningRateScheduler, ModelCheckpoint, ReduceLROnPlateau
from dragonet.core.errors import DragonetWarning

NAN = float("nan")


def train(callback, logs, *, model=None, params=None):
    model = model or Model()
    seen = fit(model, CallbackList([callback], model, params), logs)
    return model, seen


def losses(*values):
    return [{"loss": value} for value in values]


def test_early_stopping_waits_so_many_epochs_and_puts_the_best_weights_back(capsys):
    model, seen = train(EarlyStopping("loss", patience=2, verbose=1, restore_best_weights=True), losses(5, 3, 4, 3, 1))
    assert len(seen) == 4
    assert model.weight == 2
    assert capsys.readouterr().out.splitlines() == [
        "Epoch 4: early stopping",
        "Restoring model weights from the end of the best epoch: 2.",
    ]


def test_best_weights_are_put_back_also_where_nothing_stopped():
    model, seen = train(EarlyStopping("loss", patience=9, restore_best_weights=True), losses(5, 3, 4))
    assert len(seen) == 3
    assert not model.stop_training
    assert model.weight == 2


def test_a_value_that_is_not_a_number_is_never_the_best():
    model, seen = train(EarlyStopping("loss", patience=2, restore_best_weights=True), losses(NAN, 3, NAN, NAN, 1))
    assert len(seen) == 4
    assert model.weight == 2


def test_one_object_serves_several_fits():
    early = EarlyStopping("loss", patience=1)
    assert [len(train(early, losses(1, 2, 3, 4))[1]) for _ in range(2)] == [2, 2]


def test_epochs_without_validation_do_not_count():
    logs = [{"loss": 1.0}, {"loss": 1.0, "val_loss": 1.0}] * 4
    _, seen = train(EarlyStopping(patience=2), logs, params={"validation": True})
    assert len(seen) == 6


WATCHING = [
    EarlyStopping,
    ReduceLROnPlateau,
    lambda monitor: ModelCheckpoint("a.keras", monitor, save_best_only=True),
]


@pytest.mark.parametrize("make", WATCHING)
def test_a_misspelt_metric_is_answered_with_the_nearest(make):
    with says(
        ValueError,
        "needs monitor to be one of 'loss', 'val_accuracy', 'val_loss', but got 'val_acuracy'. Did "
        "you mean 'val_accuracy'?",
    ):
        train(make("val_acuracy"), [{"loss": 1.0, "val_loss": 1.0, "val_accuracy": 0.5}], params={"validation": True})


def test_a_metric_unlike_any_is_answered_with_all():
    with pytest.raises(ValueError, match=r"monitor to be one of 'loss', but got 'height'\.$"):
        train(EarlyStopping("height"), losses(1))


@pytest.mark.parametrize("make", [EarlyStopping, ReduceLROnPlateau])
def test_without_validation_data_it_warns_once_and_training_goes_on_as_in_keras(make):
    said = "needs validation data to monitor 'val_loss', but got none. Write .* Training goes on; nothing is monitored"
    with pytest.warns(DragonetWarning, match=said) as warned:
        model, seen = train(make("val_loss"), [{"loss": 1.0, "accuracy": 0.5}] * 3, params={"validation": False})
    assert len(warned) == 1 and len(seen) == 3 and not model.stop_training


@pytest.mark.parametrize("make", [EarlyStopping, ReduceLROnPlateau])
def test_a_metric_that_is_not_there_and_has_a_mode_is_warned_of_as_in_keras(make):
    with pytest.warns(
        DragonetWarning, match="monitor to be one of 'loss', but got 'height'. Training goes on"
    ) as warned:
        train(make("height", mode="max"), losses(1, 1, 1))
    assert len(warned) == 1


def test_a_checkpoint_without_its_metric_saves_each_model_as_in_keras(tmp_path):
    callback = ModelCheckpoint(tmp_path / "{epoch}.keras", "val_loss", save_best_only=True)
    with pytest.warns(DragonetWarning, match="Training goes on; each model is saved"):
        train(callback, losses(1, 2), params={"validation": False})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.keras", "2.keras"]


def test_a_checkpoint_named_by_the_validation_waits_for_an_epoch_that_has_one(tmp_path):
    callback = ModelCheckpoint(tmp_path / "{epoch}-{val_loss:.1f}.keras")
    train(callback, [{"loss": 1.0}, {"loss": 1.0, "val_loss": 0.5}], params={"validation": True})
    assert [path.name for path in tmp_path.iterdir()] == ["2-0.5.keras"]


def test_an_unknown_direction_is_asked_for():
    with says(ValueError, "EarlyStopping(monitor='pull') needs to know which values are better", "or mode='max'."):
        train(EarlyStopping("pull"), [{"pull": 1.0}])
    assert len(train(EarlyStopping("pull", mode="max"), [{"pull": value} for value in (1, 2, 2)])[1]) == 3


def test_the_class_of_a_metric_tells_the_direction_of_a_name_that_does_not():
    class BinaryAccuracy(SimpleNamespace):
        pass

    model = Model()
    model.metrics = [BinaryAccuracy(name="hits")]
    assert len(train(EarlyStopping("hits"), [{"hits": value} for value in (1, 2, 3, 2)], model=model)[1]) == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"mode": "lowest"}, "EarlyStopping needs mode to be one of 'auto', 'min', 'max', but got 'lowest'."),
        ({"patience": -1}, "EarlyStopping needs patience to be a number from 0, but got -1."),
        ({"patience": "3"}, "EarlyStopping needs patience to be a number from 0, but got '3'."),
        ({"patient": 3}, "EarlyStopping has no argument 'patient'. Did you mean 'patience'?"),
    ],
)
def test_wrong_arguments_are_refused_at_once(arguments, said):
    with pytest.raises((ValueError, TypeError)) as failure:
        EarlyStopping(**arguments)
    assert str(failure.value) == said


def test_reduce_lr_on_plateau_by_hand(capsys):
    callback = ReduceLROnPlateau("loss", factor=0.5, patience=1, cooldown=1, min_lr=0.2, verbose=1)
    _, seen = train(callback, losses(1, 1, 1, 1, 1, 1, 1))
    assert [rate for rate, _ in seen] == [1, 0.5, 0.25, 0.2, 0.2, 0.2, 0.2]
    assert capsys.readouterr().out.startswith("Epoch 2: ReduceLROnPlateau reducing learning rate to 0.5.\n")
    assert [logs["learning_rate"] for _, logs in seen][:3] == [1, 1, 0.5]


@pytest.mark.parametrize("factor", [1, 1.5, -0.1])
def test_a_factor_that_reduces_nothing_is_refused(factor):
    with pytest.raises(ValueError, match="ReduceLROnPlateau needs factor to be a number from 0 to below 1"):
        ReduceLROnPlateau(factor=factor)


@pytest.mark.parametrize("callback", [ReduceLROnPlateau("loss"), LearningRateScheduler(lambda epoch, lr: lr)])
def test_a_schedule_is_not_written_over(callback):
    with says(ValueError, f"{type(callback).__name__} needs an optimizer whose learning_rate is a number"):
        train(callback, losses(1), model=Model(learning_rate=lambda step: 0.1))


@pytest.mark.parametrize(
    ("returned", "said"),
    [(None, "got None for epoch 0. Does it end with return?"), (-1.0, "got -1.0 for epoch 0."), (NAN, "got nan")],
)
def test_a_schedule_function_must_return_a_learning_rate(returned, said):
    with says(ValueError, said):
        train(LearningRateScheduler(lambda epoch, lr: returned), losses(1))


def test_a_mistake_inside_a_schedule_function_is_not_taken_for_another_signature():
    with pytest.raises(TypeError, match="unsupported operand"):
        train(LearningRateScheduler(lambda epoch, lr: lr + "1"), losses(1))


def test_learning_rate_scheduler_says_what_it_sets(capsys):
    train(LearningRateScheduler(lambda epoch: 0.5, verbose=1), losses(1))
    assert capsys.readouterr().out == "Epoch 1: LearningRateScheduler setting learning rate to 0.5.\n"
