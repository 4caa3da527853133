"""diagnose: findings for curves made by hand and for short trainings, its sentences, and what it refuses."""

import json
import math
import re
import warnings

import numpy as np
import pytest
from helpers import diagnosis_exam as exam
from hypothesis import given, settings
from hypothesis import strategies as st

import dragonet as keras
from dragonet import callbacks, layers
from dragonet.core import errors
from dragonet.inspect import diagnose
from dragonet.training.fitting import fit_metadata

QUICK = (  # with one seed each; the whole exam is a tutorial test
    "two_epochs_of_mnist",
    "sgd_at_a_hundred_thousandth",
    "adam_at_one",
    "every_hidden_unit_dead",
    "four_conditions_of_pure_noise",
    "a_third_of_the_digits_labels_flipped",
    "most_units_dropped",
    "the_same_digits_watched_and_reported",
    "the_rare_class_is_never_said",
    "five_in_a_hundred",
    "clouds_far_apart",
    "imbalance_that_does_no_harm",
)
FACTS = {
    "task": "classes",
    "losses": ["SparseCategoricalCrossentropy"],
    "rows": 1000,
    "validation_rows": 1000,
    "baseline": math.log(2),
    "validation_baseline": math.log(2),
    "majority": 0.5,
    "optimizer": "Adam",
    "learning_rate": 0.001,
}


def make_history(facts=None, stopped=None, **curves):
    result = callbacks.History()
    result.history = {name: [float(value) for value in values] for name, values in curves.items()}
    result.epoch = list(range(len(result.history.get("loss", ()))))
    result.facts, result.stopped = dict(FACTS if facts is None else facts), stopped
    return result


@pytest.mark.parametrize("name", QUICK)
def test_trainings_with_a_known_cause_are_diagnosed_right(name):
    (case,) = (case for case in exam.CASES if case.name == name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.DragonetWarning)
        result = case.history(seed=0).diagnose()
    assert case.right(result.kinds), result


def test_overfitting_by_hand():
    loss = np.linspace(0.6, 0.1, 11)
    val = [0.65, 0.5, 0.4, 0.3, 0.34, 0.38, 0.42, 0.46, 0.50, 0.54, 0.58]
    diagnosis = diagnose(make_history(loss=loss, val_loss=val))
    assert diagnosis.kinds == ["overfitting"]
    assert (
        diagnosis.verdict
        == diagnosis.findings[0].sentence
        == (
            "The network overfits: the validation loss was lowest in epoch 4 (0.3) and has risen to 0.58 by epoch 11, while the "
            "training loss continued to fall, from 0.45 to 0.1."
        )
    )
    assert diagnosis.figures["best_epoch"] == 4
    assert diagnosis.figures["gap"] == pytest.approx(0.48)
    assert diagnosis.figures["slope"] == pytest.approx(0.04)
    assert "EarlyStopping(monitor='val_loss', patience=3, restore_best_weights=True)" in str(diagnosis)
    assert list(diagnosis) == list(diagnosis.findings) and len(diagnosis) == 1


def test_a_rise_within_the_noise_of_few_rows_is_not_overfitting():
    loss = np.linspace(0.6, 0.2, 11)
    val = [0.65, 0.5, 0.4, 0.300, 0.301, 0.302, 0.303, 0.304, 0.305, 0.306, 0.307]
    assert diagnose(make_history(FACTS | {"validation_rows": 10_000}, loss=loss, val_loss=val)).kinds == ["overfitting"]
    assert diagnose(make_history(FACTS | {"validation_rows": 200}, loss=loss, val_loss=val)).kinds == []


def test_a_training_with_restored_best_weights_does_not_overfit():
    curves = {"loss": np.linspace(0.6, 0.1, 7), "val_loss": [0.5, 0.4, 0.3, 0.2, 0.3, 0.4, 0.5]}
    assert diagnose(make_history(**curves)).kinds == ["overfitting"]
    restored = diagnose(make_history(FACTS | {"kept_epoch": 4}, stopped="callback", **curves))
    assert restored.kinds == [] and restored.verdict.endswith("and the weights of epoch 4 were kept.")


def test_epochs_without_validation_are_counted():
    history = make_history(loss=np.linspace(0.6, 0.1, 12), val_loss=[0.5, 0.3, 0.35, 0.4, 0.45, 0.5])
    assert diagnose(history).findings[0].evidence["best_epoch"] == 4  # validation_freq=2
    history = make_history(loss=np.linspace(0.6, 0.1, 6), val_loss=[0.5, 0.3, 0.35, 0.4, 0.45, 0.5])
    history.epoch = list(range(10, 16))  # initial_epoch=10
    assert diagnose(history).findings[0].evidence["best_epoch"] == 12


def test_a_steady_fall_means_too_few_epochs_and_a_slow_one_a_too_low_rate():
    falling = np.linspace(0.69, 0.4, 10)
    assert diagnose(make_history(loss=falling, val_loss=falling)).kinds == ["too few epochs"]
    slow = np.linspace(0.72, 0.715, 10)
    (finding,) = diagnose(make_history(loss=slow, val_loss=slow))
    assert finding.kind == "learning rate too low" and finding.suggestion == "Try 0.01."
    (finding,) = diagnose(make_history(FACTS | {"learning_rate": 1e-7}, loss=slow[:2], val_loss=slow[:2]))
    assert finding.kind == "learning rate too low" and finding.suggestion == "Try 0.001."


def test_after_nan_the_diagnosis_names_step_and_layer():
    model = keras.Sequential([layers.Input((3,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e3), "mse")
    x = np.random.default_rng(0).standard_normal((64, 3)).astype("float32")
    with pytest.warns(errors.DragonetWarning, match="NaN or infinite"):
        history = model.fit(x, 10 * x[:, 0], epochs=5, verbose=0)
    diagnosis = history.diagnose()
    assert diagnosis.kinds == ["learning rate too high", "not finite"]
    assert diagnosis.verdict == "The learning rate 1000 is too high: the loss grew to infinity."
    at = history.facts["not_finite"]
    assert f"in step {at['step']} of epoch {at['epoch']}" in diagnosis.findings[1].sentence and at["where"]
    assert at["where"] in diagnosis.findings[1].sentence


def test_without_validation_data_the_remarks_say_what_is_not_known():
    diagnosis = diagnose(make_history(loss=[0.6, 0.3, 0.2, 0.15, 0.14, 0.139]))
    assert diagnosis.kinds == [] and diagnosis.figures == {}
    assert diagnosis.verdict == "The training loss fell from 0.6 to 0.139, and nothing in it looks wrong."
    assert any("Without validation data it is not known" in remark for remark in diagnosis.remarks)


def test_warnings_before_the_training_are_remarks():
    diagnosis = diagnose(
        make_history(FACTS | {"noticed": ["The pixels go up to 255."]}, loss=[0.3, 0.2], val_loss=[0.3, 0.2])
    )
    assert diagnosis.remarks[0] == "The pixels go up to 255." and "The pixels go up to 255." in str(diagnosis)


def test_the_reason_for_a_validation_above_training_is_named():
    curves = {"loss": [0.6] * 6, "val_loss": [0.3] * 6, "accuracy": [0.8] * 6, "val_accuracy": [0.9] * 6}
    (finding,) = diagnose(make_history(FACTS | {"only_in_training": ["Dropout", "Dropout"]}, **curves))
    assert finding.sentence.startswith(
        "The validation accuracy (0.900) is above the training accuracy (0.800), as expected"
    )
    assert "Dropout works in training only" in finding.sentence
    assert "callbacks.Evaluate(x, y)" in finding.suggestion
    (finding,) = diagnose(
        make_history(FACTS | {"only_in_training": ["Dropout"]}, **curves, train_eval_accuracy=[0.95] * 6)
    )
    assert "measured in the same way as validation, the training accuracy is 0.950" in finding.sentence
    (finding,) = diagnose(make_history(FACTS | {"data": "a", "validation_data": "b"}, **curves))
    assert "easier than the training rows" in finding.sentence
    (finding,) = diagnose(make_history(FACTS | {"data": "a", "validation_data": "a"}, **curves))
    assert "both are of the same rows" in finding.sentence


def train(**options):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 4)).astype("float32")
    y = np.array(["control", "treated"])[(np.arange(60) % 10 == 0).astype(int)]
    model = keras.Sequential([layers.Input((4,)), layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.DragonetWarning)  # of the imbalance
        history = model.fit(x, y, verbose=0, **({"epochs": 2, "validation_data": (x[40:], y[40:])} | options))
    return model, history, x, y


def test_evaluating_the_validation_data_is_recorded_and_other_data_are_not():
    model, history, x, y = train()
    model.evaluate(x[:20], y[:20], verbose=0)
    model.evaluate(x[:40], y[:40], verbose=0)
    assert "tested_on_validation" not in history.facts
    model.evaluate(x[40:].copy(), y[40:], verbose=0)
    assert history.facts["tested_on_validation"] is True
    (finding,) = (finding for finding in history.diagnose() if finding.kind == "test set used for selection")
    assert finding.sentence.startswith("The score is not a test: the 20 rows given to evaluate are the validation data")


def test_evaluating_the_rows_of_validation_split_is_recorded():
    model, history, x, y = train(validation_data=None, validation_split=0.25)
    model.evaluate(x[45:], y[45:], verbose=0)
    assert history.facts["tested_on_validation"] is True


@pytest.mark.parametrize("restore", [True, False])
def test_the_epoch_whose_weights_early_stopping_restored_is_recorded(restore):
    stop = callbacks.EarlyStopping("val_loss", min_delta=100, patience=2, restore_best_weights=restore)
    _, history, _, _ = train(epochs=6, callbacks=stop)
    assert history.stopped == "callback" and history.facts.get("kept_epoch") == (1 if restore else None)


def test_predictions_are_those_of_the_weights_at_the_end_of_training():
    model, history, x, y = train()
    expected = model.predict_classes(x[40:])
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    history.diagnose()
    counts = history.facts["answers"]
    assert counts["classes"] == ["control", "treated"]
    assert counts["said"] == [int((expected == name).sum()) for name in counts["classes"]]
    assert counts["found"] == [int(((expected == name) & (y[40:] == name)).sum()) for name in counts["classes"]]
    assert all((w == 0).all() for w in model.get_weights())


def test_facts_are_json_and_a_restored_history_has_the_same_diagnosis():
    _, history, _, _ = train()
    diagnosis = history.diagnose()
    restored = callbacks.History()
    restored.restore(json.loads(json.dumps(history.to_json(), allow_nan=False)))
    assert str(restored.diagnose()) == str(diagnosis)


@pytest.mark.parametrize(
    ("loss", "y", "baseline"),
    [
        ("SparseCategoricalCrossentropy", np.array([0, 1, 1, 1]), -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))),
        ("SparseCategoricalCrossentropy", np.array([3, 3]), 0.0),
        ("CategoricalCrossentropy", np.eye(2)[[0, 1, 1, 0]], math.log(2)),
        ("BinaryCrossentropy", np.array([0.0, 1.0]), math.log(2)),
        ("BinaryCrossentropy", np.eye(3), None),
        ("MeanSquaredError", np.array([1.0, 2.0, 3.0, 6.0]), 3.5),
        ("MeanAbsoluteError", np.array([1.0, 2.0, 3.0, 6.0]), 1.5),
        ("Huber", np.array([1.0, 2.0]), None),
    ],
)
def test_the_loss_of_the_best_constant_answer(loss, y, baseline):
    counts = fit_metadata.class_counts(y)
    result = fit_metadata._baseline({"losses": [loss], "task": fit_metadata._task(loss, counts)}, y, counts)
    assert result == (None if baseline is None else pytest.approx(baseline))


def test_one_changed_row_of_a_small_data_set_changes_its_fingerprint():
    x = np.zeros((50, 3), np.float32)
    other = x.copy()
    other[17, 1] = 1
    assert fit_metadata.fingerprint([x]) != fit_metadata.fingerprint([other])
    assert fit_metadata.fingerprint([x]) == fit_metadata.fingerprint([x.copy()])
    assert fit_metadata.fingerprint([x]) != fit_metadata.fingerprint([x.astype(np.float64)])


NUMBER = r"\d+(?:\.\d+)?(?:e-?\d+)?"
CURVE = st.lists(st.one_of(st.floats(0, 5), st.sampled_from([math.nan, math.inf])), min_size=1, max_size=12)


@settings(max_examples=100, deadline=None)
@given(
    loss=CURVE,
    val=CURVE,
    accuracy=CURVE,
    known=st.booleans(),
    stopped=st.sampled_from([None, "callback", "not finite"]),
)
def test_every_curve_gets_sentences_whose_numbers_are_evidence(loss, val, accuracy, known, stopped):
    history = make_history(
        FACTS if known else {}, stopped, loss=loss, val_loss=val[: len(loss)], accuracy=accuracy, val_accuracy=val
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        diagnosis = diagnose(history)
    assert diagnosis.verdict.endswith(".") and str(diagnosis).startswith(diagnosis.verdict)
    for finding in diagnosis:
        numbers = [float(number) for number in re.findall(NUMBER, finding.sentence)]
        values = [abs(value) for value in finding.evidence.values() if isinstance(value, int | float)]
        assert all(
            any(math.isclose(number, value, rel_tol=0.06, abs_tol=6e-4) for value in values) for number in numbers
        ), finding


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (callbacks.History(), ValueError, "a history with at least one epoch, but got an empty one. Call fit first."),
        (
            {"loss": [1.0]},
            TypeError,
            "the History that fit returns, but got {'loss': [1.0]}. Write history = model.fit(",
        ),
    ],
)
def test_anything_but_the_history_of_one_training_is_refused(value, error, message):
    with pytest.raises(error, match=re.escape(message)):
        diagnose(value)


def test_the_history_of_a_fleet_points_to_its_members():
    from dragonet.models.fleet import FleetHistory

    with pytest.raises(TypeError, match=r"one training, but got that of a Fleet. Write history.members\[0\]"):
        diagnose(FleetHistory([]))
