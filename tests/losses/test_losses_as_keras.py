"""Every loss with every option: values, gradients, weights, reductions, signatures and configs are Keras's."""

import functools
import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from helpers.loss_cases import CASES, CLASS_NAMES, FUNCTION_NAMES, NOT_OFFERED, OTHER_SIGNATURE, OURS, data
from keras.src.backend import set_keras_mask

from dragonet import losses

QUICKLY = {"xla_backend_optimization_level": 0}  # many tiny programs are compiled as one, none of which is run twice


def close(ours, theirs):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 * max(1, np.abs(theirs).max(initial=0)))


GROUP = 14  # cases compiled as one program; more at once take longer than they save


@functools.cache
def group(home, number):
    """For each case of a group the function's values, and the class's value with its gradient."""
    cases = CASES[number * GROUP : (number + 1) * GROUP]

    def run(case, y_true, y_pred):
        function, loss = getattr(home, case.function), getattr(home, case.cls)(**case.options)
        options = case.options | ({"q": loss.q} if case.function in OTHER_SIGNATURE else {})
        return function(y_true, y_pred, **options), *jax.value_and_grad(lambda p: loss(y_true, p))(y_pred)

    @functools.partial(jax.jit, compiler_options=QUICKLY)
    def together(batches):
        return [run(case, *batch) for case, batch in zip(cases, batches, strict=True)]

    return together([data(case.data, case.lead) for case in cases])


@pytest.mark.parametrize("i", range(len(CASES)), ids=map(str, CASES))
def test_values_and_gradients(i):
    number, place = divmod(i, GROUP)
    for ours, theirs in zip(group(losses, number)[place], group(keras.losses, number)[place], strict=True):
        close(ours, theirs)


REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None]
WEIGHTS = {
    "none": ((4, 3), None),
    "one a row": ((4, 3), (4,)),
    "one a row as a column": ((4, 3), (4, 1)),
    "one a step": ((4, 2, 3), (4, 2)),
    "one number": ((4, 3), ()),
}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_weights_and_reductions(weights, reduction):
    if (weights, reduction) == ("one number", "mean_with_sample_weight"):
        pytest.skip("Keras divides the sum over all rows by the one number")
    (*lead, k), shape = WEIGHTS[weights]
    y_true, y_pred = data("numbers", lead, k)
    w = None if shape is None else np.random.default_rng(1).uniform(0, 2, shape).astype("float32")
    ours = losses.MeanSquaredError(reduction)(y_true, y_pred, sample_weight=w)
    close(jnp.ravel(ours), jnp.ravel(keras.losses.MeanSquaredError(reduction)(y_true, y_pred, sample_weight=w)))


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
def test_masks(weighted, reduction):
    y_true, y_pred = data("numbers", (4, 2))
    mask = np.array([[1, 1], [1, 0], [0, 0], [1, 1]], bool)
    w = np.arange(8, dtype="float32").reshape(4, 2) if weighted else None
    masked = jnp.asarray(y_pred)
    set_keras_mask(masked, mask)
    theirs = keras.losses.MeanSquaredError(reduction)(y_true, masked, sample_weight=w)
    close(losses.MeanSquaredError(reduction)(y_true, y_pred, sample_weight=w, mask=mask), theirs)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_an_ignored_class_with_weights(reduction):
    y_true, y_pred = data("classes")
    w = np.array([0.5, 2, 0, 1], "float32")
    ours = losses.SparseCategoricalCrossentropy(ignore_class=int(y_true[0]), reduction=reduction)
    theirs = keras.losses.SparseCategoricalCrossentropy(ignore_class=int(y_true[0]), reduction=reduction)
    close(ours(y_true, y_pred, sample_weight=w), theirs(y_true, y_pred, sample_weight=w))


def test_nothing_of_keras_is_missing():
    public = {name for name in dir(keras.losses) if not name.startswith("_")}
    assert public - set(losses.__all__) == set(NOT_OFFERED)
    assert set(losses.__all__) - public == set(OURS)


def arguments(thing):
    return [(p.name, p.default) for p in inspect.signature(thing).parameters.values()]


@pytest.mark.parametrize("name", sorted({*FUNCTION_NAMES, *CLASS_NAMES} - set(OTHER_SIGNATURE)))
def test_signature(name):
    assert arguments(getattr(losses, name)) == arguments(getattr(keras.losses, name))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_keras_reads_our_config_and_we_read_theirs(case):
    ours, theirs = getattr(losses, case.cls)(**case.options), getattr(keras.losses, case.cls)(**case.options)
    assert ours.name == theirs.name
    from_ours = type(theirs).from_config(ours.get_config()).get_config()
    from_theirs = losses.deserialize(keras.losses.serialize(theirs)).get_config()
    for name, held in theirs.get_config().items():
        assert np.array_equal(from_ours[name], held)
        assert np.array_equal(from_theirs[name], held)
