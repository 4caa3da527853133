"""What metrics refuse, word for word."""

from dataclasses import dataclass

import jax.numpy as jnp
import pytest
from helpers.metric_cases import CASES

from dragonet import metrics


def refusal(kind, call):
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


def test_class_numbers_for_one_hot_accuracy():
    assert refusal(ValueError, lambda: metrics.CategoricalAccuracy()(jnp.ones(4), jnp.ones((4, 3)))) == (
        "categorical_accuracy needs y with one column for each of the 3 classes, shape (4, 3), but got y of shape "
        "(4,), which looks like class numbers. Use 'sparse_categorical_accuracy', or pass to_categorical(y, 3)."
    )


def test_one_hot_for_sparse_accuracy():
    assert refusal(ValueError, lambda: metrics.SparseCategoricalAccuracy()(jnp.ones((4, 3)), jnp.ones((4, 3)))) == (
        "sparse_categorical_accuracy needs class numbers of shape (4,), but got y of shape (4, 3), which looks one-hot."
        " Use 'categorical_accuracy', or pass class numbers of shape (4,): y.argmax(-1)."
    )


def test_class_numbers_for_precision():
    assert refusal(ValueError, lambda: metrics.Precision(name="p")(jnp.ones(4), jnp.ones((4, 3)))) == (
        "p needs y with one column for each of the 3 classes, shape (4, 3), but got y of shape (4,), which looks like "
        "class numbers. Pass to_categorical(y, 3)."
    )


@pytest.mark.parametrize("name", sorted({case.cls for case in CASES}))
def test_nothing_is_broadcast(name):
    options = next(case.options for case in CASES if case.cls == name)
    said = refusal(ValueError, lambda: getattr(metrics, name)(**options)(jnp.ones((4, 2)), jnp.ones((4, 3))))
    assert "(4, 2)" in said
    assert "(4, 3)" in said or "OneHot" in name  # which says how many classes it was made for


def test_weights_that_do_not_fit():
    y = jnp.ones((4, 1))
    assert refusal(ValueError, lambda: metrics.MeanSquaredError()(y, y, sample_weight=jnp.ones(3))) == (
        "mean_squared_error needs sample weights for values of shape (4,), but got weights of shape (3,). "
        "Give one weight a row."
    )


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda: metrics.Precision(thresholds=[0.5, 1.5]),
            "Precision needs thresholds to be a number from 0 to 1, but got 1.5.",
        ),
        (
            lambda: metrics.Precision(class_id=3)(jnp.ones((4, 3)), jnp.ones((4, 3))),
            "precision needs a column 3 of y_pred, for class_id=3, but got shape (4, 3).",
        ),
        (lambda: metrics.Recall(top_k=0), "Recall needs top_k to be a whole number of at least 1, but got 0."),
        (
            lambda: metrics.TopKCategoricalAccuracy(k=0),
            "TopKCategoricalAccuracy needs k to be a whole number of at least 1, but got 0.",
        ),
        (lambda: metrics.AUC(curve="RO"), "AUC needs curve to be one of 'roc', 'pr', 'prgain', but got 'RO'."),
        (
            lambda: metrics.AUC(num_thresholds=1),
            "AUC needs num_thresholds to be a whole number of at least 2, but got 1.",
        ),
        (lambda: metrics.AUC(num_labels=3), "AUC needs num_labels only with multi_label=True, but got num_labels=3."),
        (
            lambda: metrics.AUC(multi_label=True).result(),
            "AUC with multi_label=True needs to know the number of labels, but got no batch yet. Give it num_labels.",
        ),
        (
            lambda: metrics.SensitivityAtSpecificity(2),
            "SensitivityAtSpecificity needs specificity to be a number from 0 to 1, but got 2.",
        ),
        (
            lambda: metrics.F1Score(average="mean"),
            "F1Score needs average to be one of None, 'micro', 'macro', 'weighted', but got 'mean'.",
        ),
        (lambda: metrics.FBetaScore(beta=0.0), "FBetaScore needs beta above 0, but got 0.0."),
        (
            lambda: metrics.F1Score()(jnp.ones(4), jnp.ones(4)),
            "F1Score needs y_pred of shape (batch, classes), but got shape (4,).",
        ),
        (
            lambda: metrics.R2Score()(jnp.ones(4), jnp.ones(4)),
            "R2Score needs y_pred of shape (batch, columns), but got shape (4,).",
        ),
        (lambda: metrics.IoU(2, [2]), "IoU needs target_class_ids from 0 to 1, but got [2]."),
        (lambda: metrics.get("acuracy"), "There is no metric 'acuracy'. Did you mean 'accuracy'?"),
        (
            lambda: metrics.as_metric("accuracy"),
            "The metric 'accuracy' needs the shapes of y and of the model's output, but got None and None. "
            "Name the kind: 'binary_...', 'categorical_...' or 'sparse_categorical_...'.",
        ),
    ],
)
def test_wrong_values(make, says):
    assert refusal(ValueError, make) == says


def test_wrong_kinds():
    assert refusal(TypeError, lambda: metrics.BinaryAccuracy(treshold=0.5)) == (
        "BinaryAccuracy has no argument 'treshold'. Did you mean 'threshold'?"
    )
    assert "The metric needs the name of one" in refusal(TypeError, lambda: metrics.as_metric(3))
    assert refusal(TypeError, lambda: metrics.as_metric(None)) == (
        "A metric needs a name, a function of (y_true, y_pred) or a Metric, but got None."
    )


def test_a_metric_without_one_of_its_functions():
    @dataclass
    class Half(metrics.Metric):
        name: str = "half"

        def zeros(self):
            return {}

    assert refusal(TypeError, Half) == (
        "The metric Half needs a function update(self, totals, y_true, y_pred, sample_weight=None), the totals with a "
        "batch added, but got none."
    )


def test_a_stateless_form_is_not_overridden():
    def define():
        class Mine(metrics.Metric):
            def stateless_result(self, metric_variables):
                pass

    assert refusal(TypeError, define) == (
        "The metric Mine defines stateless_result(), which dragonet never calls. Write update_state, result and reset_state."
    )
