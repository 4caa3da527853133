"""A mask on an output: steps that were only filled up count neither in the loss nor in the metrics, as in Keras."""

import dataclasses

import keras
import numpy as np
import pytest

import dragonet

ROWS, STEPS, WORDS, CLASSES, BATCH = 12, 6, 5, 3, 4


def series(seed=0):
    """Words, of which 0 fills up, and a class for each; the first batch holds a row of nothing but zeros."""
    dice = np.random.default_rng(seed)
    x, y = dice.integers(0, WORDS, (ROWS, STEPS)), dice.integers(0, CLASSES, (ROWS, STEPS))
    x[1] = 0
    return x, y


def tagger(k):
    return k.Sequential(
        [
            k.Input((STEPS,), dtype="int32"),
            k.layers.Embedding(WORDS, 4, mask_zero=True),
            k.layers.Dense(8, activation="tanh"),
            k.layers.LayerNormalization(),
            k.layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def residual(k):
    x = k.Input((STEPS,), dtype="int32")
    h = k.layers.Embedding(WORDS, 4, mask_zero=True)(x)
    h = k.layers.add([h, k.layers.Dense(4, activation="relu")(h)])
    return k.Model(x, k.layers.Activation("softmax")(k.layers.Dense(CLASSES)(h)))


def nested(k):
    x = k.Input((STEPS,), dtype="int32")
    return k.Model(x, tagger(k)(x))


def trained(build, x, y, *, loss, weighted=(), rate=0.5, **options):
    """The histories, evaluations and weights of Keras's model and ours after three steps from the same weights."""
    theirs, ours = build(keras), build(dragonet)
    ours.set_weights(theirs.get_weights())
    found = []
    for k, model in ((keras, theirs), (dragonet, ours)):
        model.compile(k.optimizers.SGD(rate), loss(k), metrics=["accuracy"], weighted_metrics=list(weighted))
        fitted = model.fit(x, y, BATCH, shuffle=False, verbose=0, validation_data=(x[:7], y[:7]), **options)
        evaluated = model.evaluate(x, y, batch_size=5, verbose=0, return_dict=True, **options)
        found.append((fitted.history, evaluated, model.get_weights()))
    return found


def close(ours, theirs, within=1e-5):
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=within, atol=within)


def agree(found, *, but=("accuracy", "weighted_accuracy")):
    """All figures; but for metrics of fit, which Keras takes without the mask on its JAX back end, and there alone."""
    (their_history, their_test, their_weights), (history, test, weights) = found
    assert sorted(history) == sorted(their_history)
    for name in history.keys() - set(but):
        close(history[name], their_history[name])
    for name in test:
        close(test[name], their_test[name])
    for a, b in zip(weights, their_weights, strict=True):
        close(a, b, 1e-4)


@pytest.mark.parametrize("build", [tagger, residual, nested])
def test_losses_metrics_and_weights_after_three_steps(build):
    agree(trained(build, *series(), loss=lambda k: "sparse_categorical_crossentropy"))


@pytest.mark.parametrize(
    ("reduction", "rate"), [("sum_over_batch_size", 0.5), ("sum", 0.02), ("mean_with_sample_weight", 0.5)]
)
def test_with_a_weight_for_each_step(reduction, rate):
    w = np.linspace(0, 2, ROWS * STEPS).reshape(ROWS, STEPS).astype("float32")
    agree(
        trained(
            tagger,
            *series(),
            weighted=["accuracy"],
            sample_weight=w,
            rate=rate,
            loss=lambda k: k.losses.SparseCategoricalCrossentropy(reduction=reduction),
        )
    )


def test_ignored_labels_and_a_mask():
    x, y = series()
    y[:, 2] = -1
    agree(trained(tagger, x, y, loss=lambda k: k.losses.SparseCategoricalCrossentropy(ignore_class=-1)))


def test_a_batch_of_nothing_but_masked_steps_teaches_nothing():
    x, y = series()
    x[:BATCH] = 0
    model = tagger(dragonet)
    before = model.get_weights()
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert model.fit(x[:BATCH], y[:BATCH], verbose=0).history["loss"] == [0.0]
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_metrics_of_fit_see_the_mask():
    """As Keras's own metrics do where they are given what its model returns."""
    (x, y), theirs, ours = series(), tagger(keras), tagger(dragonet)
    ours.set_weights(theirs.get_weights())
    w = np.linspace(0, 2, ROWS * STEPS).reshape(ROWS, STEPS).astype("float32")
    for k, model in ((keras, theirs), (dragonet, ours)):
        model.compile(
            k.optimizers.SGD(1e-9),
            "sparse_categorical_crossentropy",
            metrics=["accuracy"],
            weighted_metrics=["accuracy", "sparse_categorical_crossentropy"],
        )
    history = ours.fit(x, y, sample_weight=w, shuffle=False, verbose=0).history
    wanted = theirs.compute_metrics(x, y, theirs(x), w)
    for name in ("accuracy", "weighted_accuracy", "sparse_categorical_crossentropy"):
        close(history[name][0], wanted[name])
    right = ours.predict(x).argmax(-1) == y
    close(history["accuracy"][0], right[x != 0].mean())


def test_the_weight_of_a_row_is_that_of_its_steps():
    """Keras refuses it here; by hand: each step by its row's weight, over the number of steps that count."""
    (x, y), model = series(), tagger(dragonet)
    w = np.arange(ROWS, dtype="float32")
    model.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    p, counts = model.predict(x), x != 0
    costs = -np.log(np.take_along_axis(p, y[..., None], -1))[..., 0]
    loss, accuracy = model.evaluate(x, y, sample_weight=w, verbose=0)
    close(loss, (costs * w[:, None])[counts].sum() / counts.sum())
    shares = w[:, None] * counts
    close(accuracy, ((p.argmax(-1) == y) * shares).sum() / shares.sum())


@pytest.mark.filterwarnings("ignore:Layer 'plain':UserWarning")  # Keras's, as it ends the mask
def test_each_output_has_its_own_mask():
    def build(k):
        x = k.Input((STEPS,), dtype="int32")
        h = k.layers.Embedding(WORDS, 4, mask_zero=True)(x)
        return k.Model(x, [k.layers.Dense(1, name="masked")(h), k.layers.Conv1D(1, 3, padding="same", name="plain")(h)])

    x, _ = series()
    y = [np.random.default_rng(i).normal(size=(ROWS, STEPS, 1)).astype("float32") for i in (1, 2)]
    theirs, ours = build(keras), build(dragonet)
    ours.set_weights(theirs.get_weights())
    found = []
    for k, model in ((keras, theirs), (dragonet, ours)):
        model.compile(k.optimizers.SGD(0.1), "mse")
        found.append(model.fit(x, y, BATCH, shuffle=False, verbose=0).history)
    for name in ("loss", "masked_loss", "plain_loss"):
        close(found[1][name], found[0][name])


def test_evaluate_takes_batches_of_keras_s_size_where_masks_count():
    """The mean over a batch's own steps depends on which rows are in it."""
    (x, y), theirs, ours = series(), tagger(keras), tagger(dragonet)
    ours.set_weights(theirs.get_weights())
    x, y = (np.concatenate([part] * 4)[:40] for part in (x, y))
    x[32:, 1:] = 0
    found = []
    for model in (theirs, ours):
        model.compile("sgd", "sparse_categorical_crossentropy")
        found.append(model.evaluate(x, y, verbose=0))
    close(*found)


def test_metrics_that_are_no_mean_of_values_leave_the_mask_aside_as_keras_s_do():
    (x, _), found = series(), []
    y = np.random.default_rng(3).integers(0, 2, (ROWS, STEPS, 1))

    def build(k):
        return k.Sequential(
            [
                k.Input((STEPS,), dtype="int32"),
                k.layers.Embedding(WORDS, 4, mask_zero=True),
                k.layers.Dense(1, activation="sigmoid"),
            ]
        )

    theirs, ours = build(keras), build(dragonet)
    ours.set_weights(theirs.get_weights())
    for k, model in ((keras, theirs), (dragonet, ours)):
        model.compile(
            "sgd",
            "binary_crossentropy",
            metrics=["accuracy", k.metrics.Precision(name="p"), k.metrics.RootMeanSquaredError(name="r")],
        )
        found.append(model.evaluate(x, y, batch_size=BATCH, verbose=0, return_dict=True))
    for name in ("loss", "accuracy", "p", "r"):
        close(found[1][name], found[0][name])


def test_a_mask_of_another_shape_than_the_loss_is_answered():
    @dataclasses.dataclass
    class Last(dragonet.layers.Layer):
        supports_masking = True

        def init(self, key, in_shape):
            return ({}, {}), (in_shape[0], in_shape[2])

        def apply(self, params, state, x, *, training, key):
            return x[:, -1], state

    x, _ = series()
    model = dragonet.Sequential(
        [dragonet.Input((STEPS,), dtype="int32"), dragonet.layers.Embedding(WORDS, 1, mask_zero=True), Last()]
    )
    model.compile("sgd", "mse")
    with pytest.raises(ValueError) as failure:
        model.fit(x, np.zeros((ROWS, 1)), verbose=0)
    assert str(failure.value) == (
        "mse needs a mask for values of shape (12,), but got a mask of shape (12, 6). "
        "A layer that takes the masked axis away returns None from compute_mask."
    )
