"""A training that was saved goes on after loading: bit for bit here, to rounding between dragonet and Keras."""

import json
import zipfile

import jax
import keras
import numpy as np
import optax
import pytest
from helpers import keras_files as both
from helpers.optimizer_cases import IDS, SETTINGS

from dragonet import Input, Model, layers, losses, metrics, models, optimizers
from dragonet.core import errors, serialization
from dragonet.interop import optimizer_state
from dragonet.optimizers import schedules

DRAW = np.random.default_rng(2)
X, Y = DRAW.normal(size=(20, 4)).astype("float32"), DRAW.integers(0, 3, 20)


def classifier(library, frozen=False, **kwargs):
    """A small model with statistics of its own, with weights that do not depend on the library."""
    kinds = library.layers
    with both.nothing_drawn():
        model = library.models.Sequential(
            [
                library.Input((4,)),
                kinds.Dense(5, activation="tanh", trainable=not frozen),
                kinds.BatchNormalization(),
                kinds.Dense(3, activation="softmax"),
            ]
        )
        both.randomized(model)
    model.compile(**{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]} | kwargs)
    return model


def slopes(model, step):
    draw = np.random.default_rng(step)
    return [draw.normal(size=tuple(v.shape)).astype("float32") for v in model.trainable_variables]


def stepped(model, step):
    """One step of the model's optimizer on made-up slopes, in either library, outside of fit."""
    args = slopes(model, step)
    if isinstance(model, keras.Model):
        model.optimizer.apply([jax.numpy.asarray(g) for g in args], model.trainable_variables)
        return
    args = iter(args)
    params, state = model.graph.gather()
    # The tree of weights with slopes in it, in the order in which the layers list their weights.
    grads = tuple(
        {name: next(args) if layer.trainable else np.zeros_like(value) for name, value in tree.items()}
        for layer, tree in zip(model.graph.flat, params, strict=True)
    )
    moves = tuple(dict.fromkeys(tree, layer.trainable) for layer, tree in zip(model.graph.flat, params, strict=True))
    live = model.training_state.optimizer_state
    params, live = model.optimizer.update(params, grads, live, trainable=moves)
    model.graph.scatter(params, state)
    model.training_state.put_optimizer_state(live)


# Of the settings that all optimizers are tested with, those that keep something else between the steps.
KEPT = (
    "SGD",
    "SGD-momentum=0.9",
    "Adam-amsgrad=True",
    "RMSprop",
    "RMSprop-centered=True-momentum=0.5-rho=0.8",
    "Adagrad",
    "Adadelta",
    "Adamax",
    "Lion",
    "Nadam-gradient_accumulation_steps=2",
    "Adam-gradient_accumulation_steps=2-use_ema=True-ema_overwrite_frequency=2-weight_decay=0.1",
)


@pytest.mark.parametrize(("name", "options"), [SETTINGS[IDS.index(name)] for name in KEPT], ids=KEPT)
def test_the_next_step_of_every_optimizer_is_the_same(name, options, tmp_path):
    here = classifier(both.LIBRARIES["dragonet"], frozen=True, optimizer=getattr(optimizers, name)(**options))
    for step in range(3):
        stepped(here, step)
    here.save(tmp_path / "m.keras")
    there = both.load(keras, tmp_path / "m.keras")
    there.save(tmp_path / "n.keras")
    back = both.load(both.LIBRARIES["dragonet"], tmp_path / "n.keras")
    jax.tree.map(
        np.testing.assert_array_equal, back.training_state.optimizer_state, here.training_state.optimizer_state
    )
    for goes_on in (here, there):
        stepped(goes_on, 3)
    for a, b in zip(here.get_weights(), there.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("source", both.LIBRARIES)
def test_fit_goes_on_in_the_other_library(source, tmp_path):
    library, to = both.LIBRARIES[source], "keras" if source == "dragonet" else "dragonet"
    model = classifier(library)
    model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = both.load(both.LIBRARIES[to], tmp_path / "m.keras")
    logs = [m.fit(X, Y, batch_size=8, shuffle=False, verbose=0).history for m in (model, loaded)]
    for name in ("loss", "accuracy"):
        np.testing.assert_allclose(logs[0][name], logs[1][name], rtol=1e-5)
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations) == 9


def test_fit_goes_on_bit_for_bit_here(tmp_path):
    model = models.Sequential(
        [
            Input((4,)),
            layers.Dense(5, activation="relu"),
            layers.Dropout(0.3),
            layers.BatchNormalization(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    rate = schedules.ExponentialDecay(0.01, 5, 0.9)
    model.compile(
        optimizers.Adam(rate, amsgrad=True, use_ema=True, gradient_accumulation_steps=2),
        "sparse_categorical_crossentropy",
    )
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = models.load_model(tmp_path / "m.keras")
    logs = [m.fit(X, Y, batch_size=8, epochs=2, verbose=0).history for m in (model, loaded)]
    assert logs[0] == logs[1]
    jax.tree.map(
        np.testing.assert_array_equal,
        (model.get_weights(), model.training_state.optimizer_state),
        (loaded.get_weights(), loaded.training_state.optimizer_state),
    )


def test_weights_files_hold_the_state_too(tmp_path):
    model = classifier(both.LIBRARIES["dragonet"])
    for step in range(2):
        stepped(model, step)
    model.save_weights(tmp_path / "m.weights.h5")
    fresh = {name: classifier(library) for name, library in both.LIBRARIES.items()}
    fresh["keras"].optimizer.build(fresh["keras"].trainable_variables)
    for other in fresh.values():
        other.load_weights(tmp_path / "m.weights.h5")
    for goes_on in (model, *fresh.values()):
        stepped(goes_on, 2)
    for other in fresh.values():
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-6)


def test_a_rate_that_was_assigned_stays(tmp_path):
    for library in both.LIBRARIES.values():
        model = classifier(library)
        stepped(model, 0)
        model.optimizer.learning_rate = 0.25
        model.save(tmp_path / "m.keras")
        for to in both.LIBRARIES.values():
            assert float(both.load(to, tmp_path / "m.keras").optimizer.learning_rate) == 0.25


def test_a_model_that_keras_compiled_and_did_not_train_starts_at_the_beginning(tmp_path):
    classifier(keras).save(tmp_path / "m.keras")
    loaded = both.load(both.LIBRARIES["dragonet"], tmp_path / "m.keras")
    assert loaded.optimizer.iterations == 0
    assert loaded.training_state.state is None


def test_a_state_of_another_length_is_noted(tmp_path):
    model = classifier(keras)
    stepped(model, 0)
    model.layers[0].trainable = False
    model.save(tmp_path / "m.keras")
    with pytest.warns(
        errors.DragonetWarning, match="holds 14 arrays of the optimizer, and Adam needs 10: it starts over"
    ):
        loaded = both.load(both.LIBRARIES["dragonet"], tmp_path / "m.keras")
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])


def test_compile_false_leaves_training_out(tmp_path):
    classifier(both.LIBRARIES["dragonet"]).save(tmp_path / "m.keras")
    loaded = models.load_model(tmp_path / "m.keras", compile=False)
    assert not loaded.compiled
    assert both.outputs(loaded, X)[0].shape == (20, 3)


# --- the arguments of compile ------------------------------------------------------------------------------------------

GIVEN = [
    {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
    {"loss": losses.sparse_categorical_crossentropy, "metrics": [metrics.SparseTopKCategoricalAccuracy(k=2), "acc"]},
    {"loss": losses.SparseCategoricalCrossentropy(ignore_class=1), "loss_weights": [0.5]},
    {"loss": None},
    {"loss": ["sparse_categorical_crossentropy"], "metrics": [["accuracy"]]},
]


@pytest.mark.parametrize("args", GIVEN, ids=range(len(GIVEN)))
def test_what_compile_was_given_travels_to_keras_and_back(args, tmp_path):
    model = classifier(both.LIBRARIES["dragonet"], **args)
    model.save(tmp_path / "a.keras")
    there = both.load(keras, tmp_path / "a.keras")
    there.save(tmp_path / "b.keras")
    back = both.load(both.LIBRARIES["dragonet"], tmp_path / "b.keras")
    if model.loss is not None:
        logs = [m.evaluate(X, Y, batch_size=20, verbose=0, return_dict=True) for m in (model, there, back)]
        assert logs[0].keys() == logs[1].keys() == logs[2].keys()
        for name in logs[0]:
            np.testing.assert_allclose([log[name] for log in logs], logs[0][name], rtol=1e-5)


def test_several_outputs_have_their_losses_and_metrics(tmp_path):
    x = Input((4,), name="x")
    model = Model(x, {"a": layers.Dense(1, name="a")(x), "b": layers.Dense(2, name="b")(x)})
    args = {
        "loss": {"a": "mse", "b": losses.LogCosh(name="b")},
        "loss_weights": {"a": 1.0, "b": 0.5},
        "metrics": {"a": ["mae"], "b": [metrics.MeanSquaredError(name="far")]},
        "weighted_metrics": {"a": ["mse"]},
    }
    model.compile("sgd", **args)
    model.save(tmp_path / "m.keras")
    for library in both.LIBRARIES.values():
        both.load(library, tmp_path / "m.keras").save(tmp_path / "n.keras")
        loaded = models.load_model(tmp_path / "n.keras")
        assert serialization.to_json(loaded.compile_arguments()["loss"]) == serialization.to_json(args["loss"])
        assert loaded.compile_arguments()["loss_weights"] == args["loss_weights"]
        assert [m.name for m in loaded.compile_arguments()["metrics"]["b"]] == ["far"]


def instances(room, skipped=()):
    """One object of each class of a room that needs no arguments, and of those that do, by these."""
    arguments = {
        "ExponentialDecay": (0.1, 10, 0.9),
        "CosineDecay": (0.1, 10),
        "CosineDecayRestarts": (0.1, 10),
        "InverseTimeDecay": (0.1, 10, 0.5),
        "PolynomialDecay": (0.1, 10),
        "IoU": (2, (0, 1)),
        "MeanIoU": (2,),
        "PiecewiseConstantDecay": ((2, 4), (0.1, 0.05, 0.01)),
        "OneHotIoU": (2, (0,)),
        "OneHotMeanIoU": (2,),
        **dict.fromkeys(
            ("PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity"), (0.5,)
        ),
    }
    classes = (getattr(room, name) for name in room.__all__ if name not in skipped)
    return [cls(*arguments.get(cls.__name__, ())) for cls in classes if isinstance(cls, type)]


OBJECTS = [
    *instances(losses, ("Loss", "LossFunctionWrapper")),
    *instances(metrics, ("Metric", "MeanMetricWrapper")),
    *instances(schedules, ("LearningRateSchedule",)),
    *instances(optimizers, ("Optimizer", "OptaxOptimizer")),
]


@pytest.mark.parametrize(
    "thing", OBJECTS, ids=lambda thing: f"{type(thing).__module__.split('.')[1]}.{type(thing).__name__}"
)
def test_each_loss_metric_schedule_and_optimizer_is_the_same_in_keras(thing):
    there = keras.saving.deserialize_keras_object(json.loads(json.dumps(serialization.to_json(thing))))
    assert type(there).__name__ == type(thing).__name__
    back = serialization.from_json(json.loads(json.dumps(keras.saving.serialize_keras_object(there))))
    assert type(back) is type(thing)
    for name, value in thing.get_config().items():
        if value is not None and name != "dtype":
            assert back.get_config()[name] == (pytest.approx(value) if isinstance(value, float) else value)


def my_loss(y_true, y_pred):
    return jax.numpy.mean((y_true - y_pred) ** 2, -1)


def test_a_loss_of_the_user_s_is_found_again_by_name(tmp_path):
    model = classifier(both.LIBRARIES["dragonet"], loss=my_loss, metrics=[my_loss])
    model.save(tmp_path / "m.keras")
    loaded = models.load_model(tmp_path / "m.keras", custom_objects={"my_loss": my_loss})
    assert loaded.loss is my_loss
    with pytest.raises(
        ValueError,
        match=r"the function 'my_loss', which is not dragonet's. Pass it: load_model\(path, "
        r"custom_objects=.*compile=False\) it is not needed",
    ):
        models.load_model(tmp_path / "m.keras")
    assert not models.load_model(tmp_path / "m.keras", compile=False).compiled


@pytest.mark.parametrize(
    "args", [{"loss": lambda y, p: y - p}, {"optimizer": optax.adam(1e-3)}], ids=["lambda", "optax"]
)
def test_code_in_compile_is_left_out_and_said(args, tmp_path):
    model = classifier(both.LIBRARIES["dragonet"], **args)
    with pytest.warns(
        errors.DragonetWarning, match="saved without the arguments of compile.*Compile it again after loading"
    ):
        model.save(tmp_path / "m.keras")
    assert not models.load_model(tmp_path / "m.keras").compiled
    assert not both.load(keras, tmp_path / "m.keras").compiled
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert b"function" not in archive.read("config.json")


def test_the_state_before_the_first_step_is_written_too(tmp_path):
    model = classifier(both.LIBRARIES["dragonet"])
    assert [value.shape for value in optimizer_state.to_list(model)[2:4]] == [(4, 5), (4, 5)]
    model.save(tmp_path / "m.keras")
    assert len(both.load(keras, tmp_path / "m.keras").optimizer.variables) == 14
