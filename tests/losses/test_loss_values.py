"""Losses: values worked by hand, what happens at the ends of the scale, slopes by finite differences, alignment."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers.loss_cases import CASES, data

from dragonet import losses, utils

LOG2 = math.log(2)


def test_cross_entropy_of_one_sample_is_minus_the_log_of_the_true_labels_probability():
    p = [[0.1, 0.7, 0.2]]
    assert float(losses.sparse_categorical_crossentropy([1], p)[0]) == pytest.approx(-math.log(0.7), rel=1e-6)
    assert float(losses.categorical_crossentropy([[0, 1, 0]], p)[0]) == pytest.approx(-math.log(0.7), rel=1e-6)


def test_cross_entropy_of_a_batch_is_the_mean_over_its_rows():
    p = np.array([[0.1, 0.7, 0.2], [0.5, 0.25, 0.25]])
    by_hand = -(math.log(0.2) + math.log(0.5)) / 2
    assert float(losses.SparseCategoricalCrossentropy()([2, 0], p)) == pytest.approx(by_hand, rel=1e-6)


def test_binary_cross_entropy_of_a_column_against_a_vector_is_not_broadcast():
    y, p = np.array([0, 1] * 500), np.full((1000, 1), 0.5)  # in tutorial 003 this comes out near 1000
    assert float(losses.BinaryCrossentropy()(y, p)) == pytest.approx(0.6931, abs=1e-4)
    np.testing.assert_allclose(losses.binary_crossentropy(y, p), np.full(1000, LOG2), rtol=1e-6)


def test_sparse_and_one_hot_targets_agree():
    y, p = data("classes", (50,), 4)
    ours = losses.CategoricalCrossentropy()(utils.to_categorical(y, 4), p)
    assert float(ours) == pytest.approx(float(losses.SparseCategoricalCrossentropy()(y, p)), abs=1e-6)


@pytest.mark.parametrize(("name", "value"), [("mse", 2.5), ("mae", 1.5)])
def test_squares_and_absolutes_by_hand(name, value):
    np.testing.assert_allclose(losses.get(name)([[0.0, 1.0]], [[1.0, 3.0]]), [value])


@pytest.mark.parametrize("kind", [int, float, bool, "uint8"])
def test_labels_may_be_of_any_dtype(kind):
    y = np.array([0, 1, 1]).astype(kind)
    p = np.array([[0.5, 0.5]] * 3)
    np.testing.assert_allclose(losses.sparse_categorical_crossentropy(y, p), [LOG2] * 3, rtol=1e-6)
    np.testing.assert_allclose(losses.binary_crossentropy(y, p[:, :1]), [LOG2] * 3, rtol=1e-6)


def test_probabilities_of_0_and_1_cost_what_they_cost_in_keras():
    most = -math.log(1e-7)
    assert float(losses.binary_crossentropy([[1.0]], [[0.0]])[0]) == pytest.approx(most, rel=1e-4)
    assert float(losses.sparse_categorical_crossentropy([0], [[0.0, 1.0]])[0]) == pytest.approx(most, rel=1e-4)


@pytest.mark.parametrize("z", [-1e4, -50.0, 0.0, 50.0, 1e4])
def test_logits_are_not_cut_off(z):
    softplus = np.logaddexp(0.0, [z, -z])
    two = losses.binary_crossentropy([[0.0], [1.0]], [[z], [z]], from_logits=True)
    np.testing.assert_allclose(two, softplus, rtol=1e-6)
    wrong, right = losses.sparse_categorical_crossentropy([0, 1], [[0.0, z], [0.0, z]], from_logits=True)
    np.testing.assert_allclose([wrong, right], softplus, rtol=1e-6, atol=1e-7)


def test_a_class_of_probability_zero_in_logits_costs_nothing_where_it_is_not_true():
    value, slope = jax.value_and_grad(lambda z: losses.SparseCategoricalCrossentropy(from_logits=True)([0], z))(
        jnp.array([[0.0, -jnp.inf]])
    )
    assert float(value) == 0
    assert np.isfinite(slope).all()


def test_label_outside_the_classes_costs_nothing_rather_than_another_class():
    assert losses.sparse_categorical_crossentropy([-1, 2], [[0.5, 0.5]] * 2).tolist() == [0, 0]


def test_cosine_of_a_zero_vector_has_a_slope():
    slope = jax.grad(lambda p: losses.CosineSimilarity()([[0.0, 1.0]], p))(jnp.zeros((1, 2)))
    assert np.isfinite(slope).all()


def test_classes_along_another_axis():
    y, z = data("classes logits", (4, 5), 3)
    ours = losses.sparse_categorical_crossentropy(y, np.moveaxis(z, -1, 1), from_logits=True, axis=1)
    last = losses.sparse_categorical_crossentropy(y, z, from_logits=True)
    np.testing.assert_allclose(ours, last, rtol=1e-6)


@pytest.mark.parametrize("shapes", [((4,), (4, 1)), ((4, 1), (4,)), ((4, 3), (4, 3, 1)), ((4, 3, 1), (4, 3))], ids=str)
def test_a_trailing_axis_of_1_is_aligned(shapes):
    true, pred = (np.random.default_rng(n).uniform(0, 1, shape) for n, shape in enumerate(shapes))
    by_hand = np.square(true.ravel() - pred.ravel()).mean()
    assert float(losses.MeanSquaredError()(true, pred)) == pytest.approx(by_hand, rel=1e-6)


def test_a_weight_for_each_row_counts_for_all_its_steps():
    y, p = data("numbers", (4, 2))  # Keras refuses these, or, where batch and steps are equal, weights the steps
    w = np.array([1.0, 0.0, 2.0, 1.0])
    values = losses.mean_squared_error(y, p)
    by_hand = (values * w[:, None]).sum() / 8
    assert float(losses.MeanSquaredError()(y, p, sample_weight=w)) == pytest.approx(float(by_hand), rel=1e-6)
    weighted = losses.MeanSquaredError("mean_with_sample_weight")(y, p, sample_weight=w)
    assert float(weighted) == pytest.approx(float(np.average(values.mean(-1), weights=w)), rel=1e-6)


GROUP = 14  # cases compiled as one program


@functools.cache
def slopes(number):
    """For each case of a group the slope in a random direction: by the gradient, and by a difference in float64."""
    cases = CASES[number * GROUP : (number + 1) * GROUP]

    def run(case, y_true, y_pred, along):
        def loss(step):
            return getattr(losses, case.cls)(**case.options)(y_true, y_pred + step * along)

        h = 1e-5
        return jax.grad(loss)(0.0), (loss(h) - loss(-h)) / (2 * h)

    @functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
    def together(batches):
        return [run(case, *batch) for case, batch in zip(cases, batches, strict=True)]

    with jax.enable_x64(True):
        batches = [data(case.data, case.lead, seed=1) for case in cases]
        along = [np.random.default_rng(2).normal(size=y_pred.shape) for _, y_pred in batches]
        return together([(y, p.astype("float64"), d) for (y, p), d in zip(batches, along, strict=True)])


@pytest.mark.parametrize("i", range(len(CASES)), ids=map(str, CASES))
def test_gradients_match_finite_differences_in_float64(i):
    slope, difference = slopes(i // GROUP)[i % GROUP]
    assert slope.dtype == difference.dtype == "float64"
    assert float(slope) == pytest.approx(float(difference), rel=1e-6, abs=1e-8)


def test_the_same_program_serves_the_next_batch():
    traces = []

    @jax.jit
    def step(y, p):
        traces.append(1)
        return losses.BinaryCrossentropy()(y, p)

    for seed in (0, 1):
        step(*data("yes/no", seed=seed))
    assert len(traces) == 1
