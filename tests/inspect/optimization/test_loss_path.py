"""loss_paths: batch, mini-batch and stochastic descent from the same start; the model is not changed."""

import numpy as np
import pytest

from dragonet import Input, Sequential, layers, optimizers
from dragonet.core import session
from dragonet.inspect import loss_paths

RNG = np.random.default_rng(0)
X = RNG.normal(size=(96, 2)).astype("float32")
Y = np.where(X @ [1.0, -2.0] + 0.3 > 0, "yes", "no")


def compiled_model(rate=0.1):
    model = Sequential([Input((2,)), layers.Dense(2, "softmax")])
    model.compile(optimizers.SGD(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_c7_three_paths_from_one_start():
    batch, mini, single = loss_paths(compiled_model(), X, Y, epochs=3)
    assert [path.name for path in (batch, mini, single)] == ["batch", "mini-batch of 32", "stochastic"]
    assert [path.batch_size for path in (batch, mini, single)] == [96, 32, 1]
    assert [path.steps[-1] for path in (batch, mini, single)] == [3, 9, 288]
    assert batch.loss[0] == mini.loss[0] == single.loss[0]
    assert single.loss[-1] < mini.loss[-1] < batch.loss[-1] < batch.loss[0]  # with one rate, more steps go farther
    for path in (batch, mini, single):
        assert path.steps[0] == 0 and (np.diff(path.steps) > 0).all() and path.epochs[-1] == 3
        assert len(path.steps) == len(path.loss) == len(path.epochs) <= 121 and path.stopped is None


def test_batch_descent_is_the_gradient_step_by_hand():
    y = (X @ [1.0, -2.0]).astype("float32")
    model = Sequential([Input((2,)), layers.Dense(1, use_bias=False)])
    model.compile(optimizers.SGD(0.1), "mse")
    w, losses = model.get_weights()[0][:, 0].astype(float), []
    for _ in range(4):
        r = X @ w - y
        losses.append((r**2).mean())
        w = w - 0.1 * 2 * X.T @ r / 96
    np.testing.assert_allclose(loss_paths(model, X, y, (96,), epochs=3)[0].loss, losses, rtol=1e-5)


def test_the_recorded_loss_is_that_of_a_shorter_training():
    model = compiled_model()
    (long,), (short,) = (loss_paths(model, X, Y, (8,), epochs=epochs) for epochs in (4, 2))
    at = np.flatnonzero(long.steps == short.steps[-1])
    assert len(at) == 1 and long.loss[at[0]] == short.loss[-1]


def test_the_model_is_not_changed_and_the_seed_determines_the_path():
    model = compiled_model()
    model.fit(X, Y, epochs=1, verbose=0)
    before, history, counted = model.get_weights(), model.history, repr(session.current())
    a, b, c = (loss_paths(model, X, Y, (4,), epochs=1, seed=seed)[0].loss for seed in (0, 0, 1))
    np.testing.assert_array_equal(a, b)
    assert (a != c).any() and a[0] == c[0]
    assert model.history is history and model.optimizer.iterations == 3 and model.seed is None
    assert repr(session.current()) == counted
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_path_that_diverges_says_so():
    y = X @ [1.0, -2.0]
    model = Sequential([Input((2,)), layers.Dense(1)])
    model.compile(optimizers.SGD(1e6), "mse")
    with pytest.warns(UserWarning, match="The loss became NaN or infinite"):
        (path,) = loss_paths(model, X, y, (96,), epochs=40)
    assert path.stopped == "not finite" and path.steps[-1] < 40


@pytest.mark.parametrize(
    "act, message",
    [
        (lambda: loss_paths(compiled_model(), X, Y, (97,)), "batch sizes up to 96, the number of rows, but got 97"),
        (
            lambda: loss_paths(compiled_model(), X, Y, (0,)),
            "each of batch_sizes to be a whole number of at least 1, but got 0",
        ),
        (lambda: loss_paths(compiled_model(), X, Y, epochs=0), "epochs to be a whole number of at least 1, but got 0"),
        (lambda: loss_paths(Sequential([Input((2,)), layers.Dense(1)]), X, Y), "loss_paths needs compile"),
        (lambda: loss_paths(compiled_model(), X, None), r"but got x alone\. Write loss_paths\(model, x, y\)"),
    ],
)
def test_mistakes_are_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()
