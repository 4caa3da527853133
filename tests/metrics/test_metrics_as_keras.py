"""Every metric with every option: two batches, with weights and without, signatures and configs are Keras's."""

import functools
import inspect

import jax
import keras
import numpy as np
import pytest
from helpers.metric_cases import CASES, OTHER_SIGNATURE, OURS, batches

from dragonet import metrics

QUICKLY = {"xla_backend_optimization_level": 0}  # many tiny programs are compiled as one, none of which is run twice


def close(ours, theirs):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 * max(1, np.abs(theirs).max(initial=0)))


def ours(case, both):
    """The results after two batches, unweighted and weighted, gathered in a loop as in training."""
    metric = getattr(metrics, case.cls)(**case.options)
    metric.build(both[0].shape[1:], both[1].shape[1:])

    def step(totals, batch):
        y_true, y_pred, w = batch
        return [metric.update(totals[0], y_true, y_pred), metric.update(totals[1], y_true, y_pred, w)], None

    totals, _ = jax.lax.scan(step, [metric.zeros(), metric.zeros()], both)
    return [metric.compute(held) for held in totals]


def theirs(case, both):
    metric = getattr(keras.metrics, case.cls)(**case.options)
    if not getattr(metric, "_built", True):
        metric._build(both[0].shape[1:], both[1].shape[1:])

    def step(held, batch):
        y_true, y_pred, w = batch
        return [
            metric.stateless_update_state(held[0], y_true, y_pred),
            metric.stateless_update_state(held[1], y_true, y_pred, sample_weight=w),
        ], None

    held, _ = jax.lax.scan(step, [[variable.value for variable in metric.variables]] * 2, both)
    return [metric.stateless_result(variables) for variables in held]


GROUP = 12  # cases compiled as one program; all of them at once keep XLA busy for many minutes


@functools.cache
def group(run, number):
    """The results of the cases of a group."""
    cases = CASES[number * GROUP : (number + 1) * GROUP]
    compiled = [case for case in cases if case.compiles or run is ours]
    eager = [case for case in cases if case not in compiled]
    quick = jax.jit(lambda data: list(map(run, compiled, data)), compiler_options=QUICKLY)(list(map(batches, compiled)))
    return dict(zip(map(str, compiled + eager), quick + list(map(run, eager, map(batches, eager))), strict=True))


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")  # Keras's IoU asks for it
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("i", range(len(CASES)), ids=map(str, CASES))
def test_two_batches(i, weighted):
    a, b = (group(run, i // GROUP)[str(CASES[i])][weighted] for run in (ours, theirs))
    close(a, b)


def test_nothing_of_keras_is_missing():
    public = {name for name in dir(keras.metrics) if not name.startswith("_")}
    assert public - set(metrics.__all__) == set()
    assert set(metrics.__all__) - public == set(OURS)


def test_every_metric_is_in_the_list():
    classes = {name for name in metrics.__all__ if name[0].isupper()}
    assert classes - {case.cls for case in CASES} == {"Mean", "MeanMetricWrapper", "Metric", "Sum"}


def arguments(thing):
    return [(p.name, p.default) for p in inspect.signature(thing).parameters.values()]


@pytest.mark.parametrize(
    "name", sorted(set(metrics.__all__) - set(OTHER_SIGNATURE) - set(OURS) - {"get", "serialize", "deserialize"})
)
def test_signature(name):
    assert arguments(getattr(metrics, name)) == arguments(getattr(keras.metrics, name))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_keras_reads_our_config_and_we_read_theirs(case):
    ours, theirs = getattr(metrics, case.cls)(**case.options), getattr(keras.metrics, case.cls)(**case.options)
    from_ours = keras.metrics.deserialize(metrics.serialize(ours)).get_config()
    from_theirs = metrics.deserialize(keras.metrics.serialize(theirs)).get_config()
    for name, held in theirs.get_config().items():
        if name == "name":
            assert from_ours["name"] == ours.name
            assert from_theirs["name"] == theirs.name
        elif name != "dtype":
            assert np.array_equal(from_ours[name], held)
            assert np.array_equal(from_theirs[name], held)


def test_names_and_directions():
    keras.backend.clear_session()
    for name, options in {case.cls: case.options for case in CASES}.items():
        ours, theirs = getattr(metrics, name)(**options), getattr(keras.metrics, name)(**options)
        assert ours.name == theirs.name
        assert ours._direction == getattr(theirs, "_direction", None), name
