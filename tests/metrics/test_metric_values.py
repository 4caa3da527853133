"""Metrics: values worked by hand, the face for use by hand, and totals that stay small inside a loop."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers.metric_cases import CASES
from sklearn.metrics import f1_score, roc_auc_score

from dragonet import losses, metrics


def test_accuracy_is_the_share_of_right_answers():
    accuracy = metrics.SparseCategoricalAccuracy()
    accuracy.update_state([0, 1, 1], [[0.9, 0.1], [0.9, 0.1], [0.2, 0.8]])
    accuracy.update_state([0], [[0.1, 0.9]])
    assert float(accuracy.result()) == 0.5
    accuracy.reset_state()
    assert float(accuracy.result()) == 0
    assert float(accuracy([1], [[0.1, 0.9]])) == 1


def test_the_variables_are_the_totals():
    mean = metrics.Mean()
    mean.update_state([1.0, 2.0])
    assert [float(held) for held in mean.variables] == [3, 2]


def test_batches_count_by_their_rows():
    error = metrics.MeanAbsoluteError()
    error.update_state([[0.0], [0.0], [0.0]], [[1.0], [1.0], [1.0]])
    error.update_state([[0.0]], [[5.0]])
    assert float(error.result()) == 2


def test_a_loss_object_is_averaged_over_batches():  # as in Keras, which averages what the loss returns
    metric = metrics.as_metric(losses.MeanSquaredError())
    metric.update_state([[0.0], [0.0], [0.0]], [[1.0], [1.0], [1.0]])
    metric.update_state([[0.0]], [[3.0]])
    assert float(metric.result()) == 5


def test_detection_and_false_alarms_by_hand():
    y, p = [1, 1, 1, 0, 0], [0.9, 0.6, 0.2, 0.7, 0.1]
    assert float(metrics.Recall()(y, p)) == pytest.approx(2 / 3)
    assert float(metrics.Precision()(y, p)) == pytest.approx(2 / 3)
    counts = [
        float(getattr(metrics, name)()(y, p))
        for name in ("TruePositives", "FalseNegatives", "FalsePositives", "TrueNegatives")
    ]
    assert counts == [2, 1, 1, 1]


def test_area_under_the_curve_is_near_the_exact_one():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 500)
    p = np.clip(rng.normal(0.4 + 0.2 * y, 0.2), 0, 1)
    assert float(metrics.AUC()(y, p)) == pytest.approx(roc_auc_score(y, p), abs=1e-3)


def test_f1_is_scikit_learns():
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 3, 60), rng.uniform(size=(60, 3))
    ours = metrics.F1Score(average="macro")(np.eye(3)[y], p)
    assert float(ours) == pytest.approx(f1_score(y, p.argmax(1), average="macro"), abs=1e-6)


def test_fractional_weights_count_in_iou():  # Keras cuts them to whole numbers unless told dtype='float32'
    iou = metrics.IoU(2, [0])([0, 0, 1], [0, 1, 0], sample_weight=[0.5, 0.25, 0.25])
    assert float(iou) == pytest.approx(0.5)


def test_a_weight_for_each_row_counts_for_all_its_columns():
    y, p = np.ones((2, 3, 2)), np.zeros((2, 3, 2))
    p[0] = 1
    mean = metrics.MeanSquaredError()(y, p, sample_weight=[1.0, 3.0])
    assert float(mean) == pytest.approx(0.75)


def test_more_rows_than_float32_counts_one_by_one():
    mean = metrics.Mean()
    totals = {"total": jnp.float32(2**24), "count": jnp.float32(2**24)}
    assert float(mean.update(totals, jnp.ones(32))["count"]) == 2**24 + 32


@pytest.mark.parametrize("name", sorted({case.cls for case in CASES}))
def test_totals_keep_their_shapes_and_dtypes_in_float64_too(name):
    case = next(case for case in CASES if case.cls == name)
    metric = getattr(metrics, name)(**case.options)
    width = () if case.data in ("labels", "yes/no vector") else (case.k,)
    true = case.lead if case.data.startswith("classes") else (*case.lead, *width)
    metric.build(true, (*case.lead, *width))
    with jax.enable_x64(True):
        zeros = jax.eval_shape(metric.zeros)
        new = jax.eval_shape(metric.update, zeros, jnp.zeros(true), jnp.zeros((*case.lead, *width)))
    assert jax.tree.map(lambda held: (held.shape, held.dtype), zeros) == jax.tree.map(
        lambda held: (held.shape, held.dtype), new
    )
    assert {held.dtype for held in jax.tree.leaves(zeros)} == {jnp.dtype("float64")}
