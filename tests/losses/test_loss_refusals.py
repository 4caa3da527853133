"""What losses refuse, word for word."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers.loss_cases import CASES

from dragonet import losses
from dragonet.core import errors


def refusal(kind, call):
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


def test_one_column_of_y_for_several_outputs():
    assert refusal(ValueError, lambda: losses.mean_squared_error(jnp.ones(32), jnp.ones((32, 4)))) == (
        "mean_squared_error needs y_true and y_pred of one shape, but got y_true of shape (32,) and y_pred of shape "
        "(32, 4). The last layer has 4 units for one column of y: give it 1 unit, or use a loss for classes."
    )


def test_several_columns_of_y_for_one_output():
    assert refusal(ValueError, lambda: losses.MeanAbsoluteError()(jnp.ones((32, 4)), jnp.ones((32, 1)))) == (
        "mean_absolute_error needs y_true and y_pred of one shape, but got y_true of shape (32, 4) and y_pred of shape "
        "(32, 1). The last layer has 1 unit, y has 4 columns."
    )


def test_one_hot_targets_for_the_sparse_loss():
    y = jnp.ones((32, 10))
    assert refusal(ValueError, lambda: losses.sparse_categorical_crossentropy(y, y)) == (
        "sparse_categorical_crossentropy needs class numbers of shape (32,), but got y of shape (32, 10), which looks "
        "one-hot. Use 'categorical_crossentropy', or pass class numbers of shape (32,): y.argmax(-1)."
    )


@pytest.mark.parametrize("shape", [(32,), (32, 1)])
def test_class_numbers_for_the_one_hot_loss(shape):
    assert refusal(ValueError, lambda: losses.categorical_crossentropy(jnp.ones(shape), jnp.ones((32, 10)))) == (
        "categorical_crossentropy needs y with one column for each of the 10 classes, shape (32, 10), but got y of "
        f"shape {shape}, which looks like class numbers. Use 'sparse_categorical_crossentropy', or pass "
        "to_categorical(y, 10)."
    )


@pytest.mark.parametrize("name", sorted({case.function for case in CASES}))
@pytest.mark.parametrize("shapes", [((4,), (4, 3)), ((4, 3), (4, 1)), ((4, 2), (4, 3)), ((3,), (4, 1))], ids=str)
def test_nothing_is_broadcast(name, shapes):
    if "sparse" in name or "generalized" in name:
        shapes = {(4,): (4, 3)}.get(shapes[0], shapes[0]), shapes[1]  # (4,) and (4, 3) are what they take
    said = refusal(ValueError, lambda: getattr(losses, name)(jnp.ones(shapes[0]), jnp.ones(shapes[1])))
    assert all(str(shape) in said for shape in shapes)


def test_shapes_are_refused_while_tracing():
    with pytest.raises(ValueError, match=r"huber needs .* \(4,\) and y_pred of shape \(4, 2\)"):
        jax.jit(losses.huber)(jnp.ones(4), jnp.ones((4, 2)))


def test_weights_that_do_not_fit():
    y = jnp.ones((4, 1))
    assert refusal(ValueError, lambda: losses.MeanSquaredError()(y, y, sample_weight=jnp.ones(3))) == (
        "mean_squared_error needs sample weights for values of shape (4,), but got weights of shape (3,). "
        "Give one weight a row."
    )


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda: losses.MeanSquaredError("average"),
            "MeanSquaredError needs reduction to be one of 'sum_over_batch_size', 'sum', 'mean', 'mean_with_sample_weight', "
            "'none', None, but got 'average'.",
        ),
        (
            lambda: losses.CategoricalCrossentropy(label_smoothing=2),
            "CategoricalCrossentropy needs label_smoothing to be a number from 0 to 1, but got 2.",
        ),
        (lambda: losses.Huber(delta=-1), "Huber needs delta to be a number from 0, but got -1."),
        (
            lambda: losses.Huber(dtype="float64"),
            "Huber needs dtype='float32', but got 'float64'. dragonet computes in float32 throughout; data may be of any "
            "dtype.",
        ),
        (
            lambda: losses.get("mean_square_error"),
            "There is no loss 'mean_square_error'. Did you mean 'mean_squared_error'?",
        ),
        (
            lambda: losses.as_loss("crossentropy"),
            "The loss 'crossentropy' needs the shapes of y and of the model's output, but got None and None. "
            "Name the kind: 'binary_...', 'categorical_...' or 'sparse_categorical_...'.",
        ),
    ],
)
def test_wrong_values(make, says):
    assert refusal(ValueError, make) == says


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: losses.Huber(detla=1.0), "Huber has no argument 'detla'. Did you mean 'delta'?"),
        (lambda: losses.as_loss(3), "The loss needs the name of one"),
    ],
)
def test_wrong_kinds(make, says):
    assert says in refusal(TypeError, make)


def test_a_loss_without_its_function():
    @dataclass
    class Half(losses.Loss):
        share: float = 0.5

    assert refusal(TypeError, Half) == (
        "The loss Half needs a function call(self, y_true, y_pred), a value per example, but got none."
    )


@pytest.mark.parametrize("from_logits", [False, True])
def test_classes_of_a_single_output_are_noticed(from_logits):
    with pytest.warns(errors.DragonetWarning, match="single output is always 0.*'binary_crossentropy' with a sigmoid"):
        losses.sparse_categorical_crossentropy(np.zeros(4), jnp.ones((4, 1)), from_logits=from_logits)
