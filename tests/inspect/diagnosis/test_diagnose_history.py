"""diagnose: what it finds in curves made by hand and in short trainings, what it says, and what it refuses."""

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
from dragonet.training.fit import fit_metadata

QUICK = (  # one seed each; the whole exam is a tutorial test
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


def history(facts=None, stopped=None, **curves):
    made = callbacks.History()
    made.history = {name: [float(value) for value in values] for name, values in curves.items()}
    made.epoch = list(range(len(made.history.get("loss", ()))))
    made.facts, made.stopped = dict(FACTS if facts is None else facts), stopped
    return made


@pytest.mark.parametrize("name", QUICK)
def test_a_training_whose_cause_is_known_is_diagnosed_right(name):
    (case,) = (case for case in exam.CASES if case.name == name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.DragonetWarning)
        result = case.history(seed=0).diagnose()
    assert case.right(result.kinds), result


def test_overfitting_by_hand():
    loss = np.linspace(0.6, 0.1, 11)
    val = [0.65, 0.5, 0.4, 0.3, 0.34, 0.38, 0.42, 0.46, 0.50, 0.54, 0.58]
    told = diagnose(history(loss=loss, val_loss=val))
    assert told.kinds == ["overfitting"]
    assert (
        told.verdict
        == told.findings[0].sentence
        == (
            "The network overfits: the validation loss was lowest in epoch 4 (0.3) and has risen to 0.58 by epoch 11, while the "
            "training loss went on falling, from 0.45 to 0.1."
        )
    )
    assert told.figures["best_epoch"] == 4
    assert told.figures["gap"] == pytest.approx(0.48)
    assert told.figures["slope"] == pytest.approx(0.04)
    assert "EarlyStopping(monitor='val_loss', patience=3, restore_best_weights=True)" in str(told)
    assert list(told) == list(told.findings) and len(told) == 1


def test_a_rise_that_a_few_rows_may_make_is_no_overfitting():
    loss = np.linspace(0.6, 0.2, 11)
    val = [0.65, 0.5, 0.4, 0.300, 0.301, 0.302, 0.303, 0.304, 0.305, 0.306, 0.307]
    assert diagnose(history(FACTS | {"validation_rows": 10_000}, loss=loss, val_loss=val)).kinds == ["overfitting"]
    assert diagnose(history(FACTS | {"validation_rows": 200}, loss=loss, val_loss=val)).kinds == []


def test_a_training_that_kept_its_best_weights_does_not_overfit():
    curves = {"loss": np.linspace(0.6, 0.1, 7), "val_loss": [0.5, 0.4, 0.3, 0.2, 0.3, 0.4, 0.5]}
    assert diagnose(history(**curves)).kinds == ["overfitting"]
    kept = diagnose(history(FACTS | {"kept_epoch": 4}, stopped="callback", **curves))
    assert kept.kinds == [] and kept.verdict.endswith("and the weights of epoch 4 were kept.")


def test_epochs_are_those_that_were_validated():
    made = history(loss=np.linspace(0.6, 0.1, 12), val_loss=[0.5, 0.3, 0.35, 0.4, 0.45, 0.5])
    assert diagnose(made).findings[0].evidence["best_epoch"] == 4  # validation_freq=2
    made = history(loss=np.linspace(0.6, 0.1, 6), val_loss=[0.5, 0.3, 0.35, 0.4, 0.45, 0.5])
    made.epoch = list(range(10, 16))  # initial_epoch=10
    assert diagnose(made).findings[0].evidence["best_epoch"] == 12


def test_a_steady_fall_is_too_short_a_training_and_a_creeping_one_too_low_a_rate():
    falling = np.linspace(0.69, 0.4, 10)
    assert diagnose(history(loss=falling, val_loss=falling)).kinds == ["too few epochs"]
    creeping = np.linspace(0.72, 0.715, 10)
    (finding,) = diagnose(history(loss=creeping, val_loss=creeping))
    assert finding.kind == "learning rate too low" and finding.suggestion == "Try 0.01."
    (finding,) = diagnose(history(FACTS | {"learning_rate": 1e-7}, loss=creeping[:2], val_loss=creeping[:2]))
    assert finding.kind == "learning rate too low" and finding.suggestion == "Try 0.001."


def test_after_nan_the_step_and_the_layer_are_told():
    model = keras.Sequential([layers.Input((3,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e3), "mse")
    x = np.random.default_rng(0).standard_normal((64, 3)).astype("float32")
    with pytest.warns(errors.DragonetWarning, match="NaN or infinite"):
        made = model.fit(x, 10 * x[:, 0], epochs=5, verbose=0)
    told = made.diagnose()
    assert told.kinds == ["learning rate too high", "not finite"]
    assert told.verdict == "The learning rate 1000 is too high: the loss grew beyond all numbers."
    at = made.facts["not_finite"]
    assert f"in step {at['step']} of epoch {at['epoch']}" in told.findings[1].sentence and at["where"]
    assert at["where"] in told.findings[1].sentence


def test_without_validation_data_it_says_what_cannot_be_told():
    told = diagnose(history(loss=[0.6, 0.3, 0.2, 0.15, 0.14, 0.139]))
    assert told.kinds == [] and told.figures == {}
    assert told.verdict == "The training loss fell from 0.6 to 0.139, and nothing in it looks wrong."
    assert any("Without validation data nobody can tell" in remark for remark in told.remarks)


def test_what_was_noticed_before_the_training_is_shown():
    told = diagnose(history(FACTS | {"noticed": ["The pixels go up to 255."]}, loss=[0.3, 0.2], val_loss=[0.3, 0.2]))
    assert told.remarks[0] == "The pixels go up to 255." and "The pixels go up to 255." in str(told)


def test_the_reason_for_a_validation_above_training_is_told():
    curves = {"loss": [0.6] * 6, "val_loss": [0.3] * 6, "accuracy": [0.8] * 6, "val_accuracy": [0.9] * 6}
    (finding,) = diagnose(history(FACTS | {"only_in_training": ["Dropout", "Dropout"]}, **curves))
    assert finding.sentence.startswith(
        "The validation accuracy (0.900) is above the training accuracy (0.800), as it should be"
    )
    assert "Dropout works in training only" in finding.sentence
    assert "callbacks.Evaluate(x, y)" in finding.suggestion
    (finding,) = diagnose(history(FACTS | {"only_in_training": ["Dropout"]}, **curves, train_eval_accuracy=[0.95] * 6))
    assert "measured as the validation is, the training accuracy is 0.950" in finding.sentence
    (finding,) = diagnose(history(FACTS | {"data": "a", "validation_data": "b"}, **curves))
    assert "easier than the training rows" in finding.sentence
    (finding,) = diagnose(history(FACTS | {"data": "a", "validation_data": "a"}, **curves))
    assert "both are of the same rows" in finding.sentence


def trained(**how):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 4)).astype("float32")
    y = np.array(["control", "treated"])[(np.arange(60) % 10 == 0).astype(int)]
    model = keras.Sequential([layers.Input((4,)), layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.DragonetWarning)  # of the imbalance
        made = model.fit(x, y, verbose=0, **({"epochs": 2, "validation_data": (x[40:], y[40:])} | how))
    return model, made, x, y


def test_evaluating_the_validation_data_is_remembered_and_other_data_are_not():
    model, made, x, y = trained()
    model.evaluate(x[:20], y[:20], verbose=0)
    model.evaluate(x[:40], y[:40], verbose=0)
    assert "tested_on_validation" not in made.facts
    model.evaluate(x[40:].copy(), y[40:], verbose=0)
    assert made.facts["tested_on_validation"] is True
    (finding,) = (one for one in made.diagnose() if one.kind == "test set used for selection")
    assert finding.sentence.startswith("The score is not a test: the 20 rows given to evaluate are the validation data")


def test_the_last_rows_of_validation_split_are_known_again():
    model, made, x, y = trained(validation_data=None, validation_split=0.25)
    model.evaluate(x[45:], y[45:], verbose=0)
    assert made.facts["tested_on_validation"] is True


@pytest.mark.parametrize("restore", [True, False])
def test_the_epoch_whose_weights_early_stopping_put_back_is_remembered(restore):
    stop = callbacks.EarlyStopping("val_loss", min_delta=100, patience=2, restore_best_weights=restore)
    _, made, _, _ = trained(epochs=6, callbacks=stop)
    assert made.stopped == "callback" and made.facts.get("kept_epoch") == (1 if restore else None)


def test_the_answers_are_those_of_the_weights_that_the_training_ended_with():
    model, made, x, y = trained()
    expected = model.predict_classes(x[40:])
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    made.diagnose()
    answers = made.facts["answers"]
    assert answers["classes"] == ["control", "treated"]
    assert answers["said"] == [int((expected == name).sum()) for name in answers["classes"]]
    assert answers["found"] == [int(((expected == name) & (y[40:] == name)).sum()) for name in answers["classes"]]
    assert all((w == 0).all() for w in model.get_weights())


def test_facts_are_json_and_a_restored_history_has_the_same_diagnosis():
    _, made, _, _ = trained()
    told = made.diagnose()
    restored = callbacks.History()
    restored.restore(json.loads(json.dumps(made.to_json(), allow_nan=False)))
    assert str(restored.diagnose()) == str(told)


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
def test_any_curves_at_all_are_answered_in_sentences_whose_numbers_are_evidence(loss, val, accuracy, known, stopped):
    made = history(
        FACTS if known else {}, stopped, loss=loss, val_loss=val[: len(loss)], accuracy=accuracy, val_accuracy=val
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = diagnose(made)
    assert told.verdict.endswith(".") and str(told).startswith(told.verdict)
    for finding in told:
        said = [float(number) for number in re.findall(NUMBER, finding.sentence)]
        held = [abs(value) for value in finding.evidence.values() if isinstance(value, int | float)]
        assert all(any(math.isclose(number, value, rel_tol=0.06, abs_tol=6e-4) for value in held) for number in said), (
            finding
        )


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        (callbacks.History(), ValueError, "a history with at least one epoch, but got an empty one. Call fit first."),
        (
            {"loss": [1.0]},
            TypeError,
            "the History that fit returns, but got {'loss': [1.0]}. Write history = model.fit(",
        ),
    ],
)
def test_what_is_no_history_of_one_training_is_refused(given, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        diagnose(given)


def test_the_history_of_a_fleet_points_to_its_members():
    from dragonet.models.fleet import FleetHistory

    with pytest.raises(TypeError, match=r"one training, but got that of a Fleet. Write history.members\[0\]"):
        diagnose(FleetHistory([]))
