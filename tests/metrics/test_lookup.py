"""Metrics by name, as objects, and a user's own."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import keras
import pytest
from keras.src.trainers.compile_utils import get_metric

from dragonet import losses, metrics
from dragonet.core import configurable, custom_objects

KERAS_NAMES = sorted(
    name
    for name in keras.src.metrics.ALL_OBJECTS_DICT
    if name.lower()
    not in (
        "metric",
        "mean_metric_wrapper",
        "meanmetricwrapper",
        "io_u",
        "iou",
        "mean_io_u",
        "meaniou",
        "one_hot_io_u",
        "onehotiou",
        "one_hot_mean_io_u",
        "onehotmeaniou",
    )
    and "_at_" not in name
    and "At" not in name
)  # no defaults


@pytest.mark.parametrize("name", KERAS_NAMES)
def test_every_name_of_keras_stands_for_the_same(name):
    assert type(metrics.get(name)).__name__ == type(keras.metrics.get(name)).__name__


SHAPES = [((4, 1), (4, 1)), ((4,), (4, 1)), ((4,), (4, 5)), ((4, 1), (4, 5)), ((4, 5), (4, 5)), ((4, 2), (4, 2, 5))]


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("identifier", ["accuracy", "acc", "ACC", "mse", "MSE", "MeanSquaredError", "binary_accuracy"])
def test_names_are_resolved_as_in_keras(identifier, shapes):
    ours, theirs = metrics.as_metric(identifier, *shapes), get_metric(identifier, *map(jnp.zeros, shapes))
    assert type(ours).__name__ == type(theirs).__name__
    assert ours.name == theirs.name == identifier


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        (((None, 1), (None, 1)), metrics.BinaryCrossentropy),
        (((None,), (None, 5)), metrics.SparseCategoricalCrossentropy),
        (((None, 5), (None, 5)), metrics.CategoricalCrossentropy),
    ],
)
def test_crossentropy_is_chosen_by_the_shapes(shapes, expected):
    metric = metrics.as_metric("ce", *shapes)
    assert type(metric) is expected
    assert metric.name == "ce"


def test_objects_keep_their_names_and_classes_have_their_own():
    metric = metrics.AUC(name="area")
    assert metrics.as_metric(metric) is metric
    assert metrics.as_metric(metrics.Precision).name == "precision"
    assert metrics.as_metric({"class_name": "BinaryAccuracy", "config": {"threshold": 0.7}}).threshold == 0.7


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (losses.MeanSquaredError(name="squares"), "squares"),
        (losses.Huber, "huber_loss"),
        (losses.mean_squared_error, "mean_squared_error"),
    ],
)
def test_losses_are_metrics(given, name):
    metric = metrics.as_metric(given)
    assert metric.name == name
    assert metric._direction == "down"
    assert float(metric([[0.0]], [[1.0]])) > 0


def apart(y_true, y_pred):
    return jnp.abs(y_pred - y_true)


def test_a_function_of_ones_own():
    metric = metrics.as_metric(apart, (None, 1), (None, 1))
    assert metric.name == "apart"
    assert float(metric([[0.0], [0.0]], [[1.0], [3.0]])) == 2
    assert float(metrics.as_metric(apart)([[0.0], [0.0]], [[1.0], [3.0]], sample_weight=[1.0, 3.0])) == 2.5
    with custom_objects.custom_object_scope({"apart": apart}):
        assert metrics.deserialize(metrics.serialize(metric)).fn is apart


def test_a_wrapper_around_one_of_ours_survives_a_file():
    for function in (losses.dice, metrics.binary_accuracy):
        metric = metrics.deserialize(metrics.serialize(metrics.MeanMetricWrapper(function)))
        assert metric.fn is function


def test_a_dataclass_of_ones_own_runs_inside_a_loop():
    @dataclass
    class Largest(metrics.Metric):
        at_least: float = 0.0

        def zeros(self):
            return {"largest": jnp.full((), self.at_least)}

        def update(self, totals, y_true, y_pred, sample_weight=None):
            return {"largest": jnp.maximum(totals["largest"], apart(y_true, y_pred).max())}

        def compute(self, totals):
            return totals["largest"]

    metric = metrics.as_metric(Largest(1.0), (None,), (None,))
    assert metric.name == "largest"
    y, p = jnp.zeros((2, 3)), jnp.array([[0.0, 1.0, 4.0], [0.0, 2.0, 1.0]])
    totals, _ = jax.lax.scan(lambda totals, batch: (metric.update(totals, *batch), None), metric.zeros(), (y, p))
    assert float(metric.compute(totals)) == 4


def test_names_are_numbered_as_in_keras():
    keras.backend.clear_session()
    assert [metrics.AUC().name for _ in range(2)] == [keras.metrics.AUC().name for _ in range(2)]


def test_metrics_are_compared_by_identity_and_can_be_keys():
    a, b = metrics.AUC(), metrics.AUC()
    assert {a: 1, b: 2}[a] == 1
    assert configurable.identity(a) == configurable.identity(b) != configurable.identity(metrics.AUC(curve="PR"))
