"""Metrics written as in Keras: the same class run by Keras and by dragonet gives the same numbers, by hand and in `fit`."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import dragonet
from dragonet.core.errors import DragonetError

pytestmark = pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64:UserWarning")  # of Keras's MeanIoU
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 4)).astype("float32")
Y = (X[:, :1] + RNG.normal(size=(40, 1)) > 0).astype("float32")
W = RNG.uniform(0.5, 2, 40).astype("float32")


def f1(k):
    class F1(k.metrics.Metric):
        def __init__(self, name="f1", threshold=0.5, **kwargs):
            super().__init__(name=name, **kwargs)
            self.threshold = threshold
            self.hits = self.add_weight(name="hits", initializer="zeros")
            self.others = self.add_variable(shape=(2,), initializer="zeros", name="others")

        def update_state(self, y_true, y_pred, sample_weight=None):
            y_true = k.ops.cast(y_true, self.dtype)
            positive = k.ops.cast(y_pred > self.threshold, self.dtype)
            if sample_weight is not None:
                y_true, positive = y_true * sample_weight[:, None], positive * sample_weight[:, None]
            self.hits.assign_add(k.ops.sum(y_true * positive))
            self.others.assign(self.others + k.ops.stack([k.ops.sum(y_true), k.ops.sum(positive)]))

        def result(self):
            return 2 * self.hits / (self.others[0] + self.others[1] + 1e-7)

        def get_config(self):
            return {**super().get_config(), "threshold": self.threshold}

    return F1()


def of_two_metrics(k):
    class F1(k.metrics.Metric):
        def __init__(self, name="of_two", **kwargs):
            super().__init__(name=name, **kwargs)
            self.parts = [k.metrics.Precision(), k.metrics.Recall()]

        def update_state(self, y_true, y_pred, sample_weight=None):
            for part in self.parts:
                part.update_state(y_true, y_pred, sample_weight)

        def result(self):
            precision, recall = (part.result() for part in self.parts)
            return 2 * precision * recall / (precision + recall + 1e-7)

        def reset_state(self):
            for part in self.parts:
                part.reset_state()

    return F1()


def derived_from_mean(k):
    class Distance(k.metrics.Mean):
        def __init__(self, name="distance", **kwargs):
            super().__init__(name=name, **kwargs)

        def update_state(self, y_true, y_pred, sample_weight=None):
            return super().update_state(k.ops.abs(y_true - y_pred), sample_weight=sample_weight)

    return Distance()


def derived_from_iou(k):
    class OfScores(k.metrics.MeanIoU):
        def __init__(self, name="of_scores", **kwargs):
            super().__init__(num_classes=2, name=name, **kwargs)
            self.batches = self.add_weight(name="batches", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.batches.assign_add(1)
            super().update_state(y_true, k.ops.cast(y_pred > 0.5, "int32"))

        def result(self):
            return super().result() + self.batches

        def reset_state(self):
            super().reset_state()
            self.batches.assign(0.0)  # Keras's MeanIoU resets its own matrix alone

    return OfScores()


KINDS = [f1, of_two_metrics, derived_from_mean, derived_from_iou]


def history(k):
    model = k.Sequential([k.Input((4,)), k.layers.Dense(1, activation="sigmoid")])
    model.set_weights([np.full((4, 1), 0.3, "float32"), np.zeros(1, "float32")])
    metrics = [make(k) for make in KINDS]
    model.compile(k.optimizers.SGD(0.1), "binary_crossentropy", metrics=metrics, weighted_metrics=[f1(k)])
    options = {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0}
    return model.fit(X, Y, sample_weight=W, validation_data=(X[:9], Y[:9]), **options).history


def test_the_history_is_keras_own():
    theirs, ours = history(keras), history(dragonet)
    assert theirs.keys() == ours.keys()
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("make", KINDS)
def test_by_hand_and_as_pure_functions(make):
    theirs, ours = make(keras), make(dragonet)
    for metric in (theirs, ours):
        metric.update_state(Y[:20], X[:20, :1] / 3)
        metric.update_state(Y[20:], X[20:, :1] / 3)
    assert float(ours.result()) == pytest.approx(float(theirs.result()), rel=1e-5)
    assert len(ours.variables) == len(theirs.variables) or make is derived_from_iou
    totals = ours.update(ours.zeros(), Y[:20], X[:20, :1] / 3)  # leaves the metric's own totals as they are
    totals = ours.update(totals, Y[20:], X[20:, :1] / 3)
    assert float(ours.compute(totals)) == pytest.approx(float(theirs.result()), rel=1e-5)
    ours.reset_state()
    theirs.reset_state()
    assert float(ours.result()) == pytest.approx(float(theirs.result()), abs=1e-6)


@pytest.mark.parametrize("make", [*KINDS, lambda k: k.metrics.AUC(name="auc"), lambda k: k.metrics.Mean(name="mean")])
def test_the_stateless_forms(make):
    results = []
    for k in (keras, dragonet):
        metric = make(k)
        if metric.name == "mean":
            batches = [(Y[:20],), (Y[20:],)]
        else:
            batches = [(Y[:20], np.abs(X[:20, :1]) / 5), (Y[20:], np.abs(X[20:, :1]) / 5)]
        step = jax.jit(metric.stateless_update_state)
        variables = metric.stateless_reset_state()
        for batch in batches:
            variables = step(variables, *map(jnp.asarray, batch))
        before = [np.asarray(v) for v in metric.variables]
        results.append(float(metric.stateless_result(variables)))
        assert all((np.asarray(v) == b).all() for v, b in zip(metric.variables, before, strict=True))
        eager = metric.stateless_update_state(variables, *map(jnp.asarray, batches[0]))
        results[-1] += float(metric.stateless_result(eager))
    assert results[1] == pytest.approx(results[0], rel=1e-5)


def test_it_is_made_again_from_its_config():
    metric = f1(dragonet)
    metric.threshold = 0.7
    assert metric.get_config() == {"name": "f1", "dtype": "float32", "threshold": 0.7}
    assert type(metric).from_config(metric.get_config()).threshold == 0.7
    assert metric.get_config() == {**f1(keras).get_config(), "threshold": 0.7}


def test_what_is_missing_is_said():
    class Half(dragonet.metrics.Metric):
        def update_state(self, y_true, y_pred, sample_weight=None):
            pass

    with pytest.raises(DragonetError, match=r"The metric Half needs a method result\(self\), but got none"):
        Half().result()
    with pytest.raises(DragonetError, match="functions of both kinds"):

        class Both(dragonet.metrics.Metric):
            def update(self, totals, y_true, y_pred, sample_weight=None):
                return totals

            def result(self):
                return 0.0


def test_weights_are_added_before_the_first_batch():
    class Late(dragonet.metrics.Metric):
        def update_state(self, y_true, y_pred, sample_weight=None):
            self.add_weight(name="n").assign_add(1)

        def result(self):
            return 0.0

    metric = Late()
    with pytest.raises(DragonetError, match="all of its weights to be added in __init__ or build"):
        metric.update(metric.zeros(), Y, Y)


def test_a_dict_of_results_is_refused_in_fit():
    class Two(dragonet.metrics.Metric):
        def update_state(self, y_true, y_pred, sample_weight=None):
            pass

        def result(self):
            return {"a": 1.0, "b": 2.0}

    metric = Two()
    assert metric.result() == {"a": 1.0, "b": 2.0}
    with pytest.raises(DragonetError, match="to return one number"):
        metric.compute(metric.zeros())
