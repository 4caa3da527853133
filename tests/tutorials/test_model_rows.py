"""The tutorials' rows on models and on how they are compiled and run: padding, residual networks, branches, names, summary."""

import re

import keras
import numpy as np
import pytest

import dragonet
from dragonet import Input, Model, Sequential, datasets, layers, losses, metrics, optimizers, utils
from dragonet.training.data import sources
from dragonet.training.fitting import predict

# --- B17: padding, strides and data_format -----------------------------------------------------------------------------

IMAGE = np.arange(1, 10, dtype="float32").reshape(1, 3, 3, 1)  # 1 2 3 / 4 5 6 / 7 8 9


@pytest.mark.parametrize(
    ("padding", "strides", "right"),
    [
        ("valid", 1, [[12, 16], [24, 28]]),
        ("same", 1, [[12, 16, 9], [24, 28, 15], [15, 17, 9]]),
        ("valid", 2, [[12]]),
        ("same", 2, [[12, 9], [15, 9]]),
    ],
)
def test_b17_a_sum_of_2_by_2_pixels_by_hand(padding, strides, right):
    layer = layers.Conv2D(1, 2, strides=strides, padding=padding, kernel_initializer="ones")
    np.testing.assert_array_equal(np.asarray(layer(IMAGE))[0, ..., 0], right)


@pytest.mark.parametrize(
    ("padding", "strides", "right"),
    [
        ("valid", None, [[5]]),
        ("same", None, [[5, 6], [8, 9]]),
        ("valid", 1, [[5, 6], [8, 9]]),
        ("same", 1, [[5, 6, 6], [8, 9, 9], [8, 9, 9]]),
    ],
)
def test_b17_the_largest_of_2_by_2_pixels_by_hand(padding, strides, right):
    layer = layers.MaxPooling2D(2, strides=strides, padding=padding)
    np.testing.assert_array_equal(np.asarray(layer(IMAGE))[0, ..., 0], right)


@pytest.mark.parametrize(
    "make",
    [
        lambda data_format: layers.Conv2D(4, 3, strides=2, padding="same", data_format=data_format),
        lambda data_format: layers.MaxPooling2D(2, strides=1, padding="same", data_format=data_format),
    ],
    ids=["Conv2D", "MaxPooling2D"],
)
def test_b17_channels_first_is_channels_last_with_its_axes_moved(make):
    x = np.random.default_rng(0).normal(size=(2, 7, 6, 3)).astype("float32")
    last, first = make("channels_last"), make("channels_first")
    right = np.asarray(last(x))
    first.build((None, 3, 7, 6))
    first.set_weights(last.get_weights())
    result = np.asarray(first(np.moveaxis(x, -1, 1)))
    np.testing.assert_allclose(np.moveaxis(result, 1, -1), right, rtol=1e-6, atol=1e-6)


# --- B27, B28: graphs --------------------------------------------------------------------------------------------------


def deep_network(residual, seed):
    """20 sigmoid layers between the pixels of the small digits and their 10 classes."""
    utils.set_random_seed(seed)
    inputs = Input((8, 8))
    h = layers.Dense(32)(layers.Flatten()(inputs))
    for _ in range(20):
        z = layers.Dense(32, activation="sigmoid")(h)
        h = layers.add([h, z]) if residual else z
    model = Model(inputs, layers.Dense(10, activation="softmax")(h))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("seed", [0, 1])
def test_b27_20_residual_layers_learn_where_20_plain_ones_do_not(seed):
    (x, y), (x_test, y_test) = datasets.digits.load_data()
    accuracy = {}
    for residual in (True, False):
        model = deep_network(residual, seed)
        model.fit(x / 16, y, epochs=8, verbose=0)
        accuracy[residual] = model.evaluate(x_test / 16, y_test, verbose=0)[1]
    assert accuracy[True] > 0.8 and accuracy[False] < 0.2, accuracy


def test_b28_branches_meet_in_concatenate_and_compute_what_numpy_does():
    inputs = Input((6, 6, 1))
    branches = [layers.Conv2D(2, size, padding="same", activation="relu")(inputs) for size in (1, 3, 5)]
    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(inputs)
    joined = layers.concatenate([*branches, pooled])
    model = Model(inputs, [joined, *branches, pooled])
    assert joined.shape == (None, 6, 6, 7)
    x = np.random.default_rng(0).normal(size=(4, 6, 6, 1)).astype("float32")
    whole, *parts = model.predict(x, verbose=0)
    np.testing.assert_array_equal(whole, np.concatenate(parts, axis=-1))


def test_b28_branches_learn():
    (x, y), (x_test, y_test) = datasets.digits.load_data()
    inputs = Input((8, 8, 1))
    branches = [layers.Conv2D(4, size, padding="same", activation="relu")(inputs) for size in (1, 3, 5)]
    h = layers.Flatten()(layers.MaxPooling2D()(layers.concatenate(branches)))
    model = Model(inputs, layers.Dense(10, activation="softmax")(h))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[..., None] / 16, y, epochs=10, verbose=0)
    assert model.evaluate(x_test[..., None] / 16, y_test, verbose=0)[1] > 0.9


# --- C1, C2, C6, C17: compile, evaluate and predict --------------------------------------------------------------------

X = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
Y = np.arange(60) % 3


def classifier(optimizer, loss, metric):
    utils.set_random_seed(0)
    model = Sequential([Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile(optimizer=optimizer, loss=loss, metrics=[metric])
    return model


def test_c1_names_objects_and_functions_train_alike():
    ways = [
        ("sgd", "sparse_categorical_crossentropy", "accuracy"),
        (optimizers.SGD(), losses.SparseCategoricalCrossentropy(), metrics.SparseCategoricalAccuracy(name="accuracy")),
        (optimizers.SGD, losses.sparse_categorical_crossentropy, metrics.sparse_categorical_accuracy),
    ]
    results = []
    for way in ways:
        model = classifier(*way)
        model.fit(X, Y, epochs=2, verbose=0)
        results.append([*model.get_weights(), *model.evaluate(X, Y, verbose=0)])
    for other in results[1:]:
        for expected, value in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(expected, value)


@pytest.mark.parametrize(
    ("way", "text"),
    [
        (("adm", "mse", "mae"), "There is no optimizer 'adm'. Did you mean 'adam'?"),
        (
            ("adam", "sparse_categorical_crossentrpy", "mae"),
            "There is no loss 'sparse_categorical_crossentrpy'. Did you mean 'sparse_categorical_crossentropy'?",
        ),
        (("adam", "mse", "acuracy"), "There is no metric 'acuracy'. Did you mean 'accuracy'?"),
    ],
    ids=["optimizer", "loss", "metric"],
)
def test_c1_a_misspelt_name_is_answered_with_the_nearest(way, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        classifier(*way)


@pytest.mark.parametrize(
    ("loss", "y", "fix"),
    [
        ("sparse_categorical_crossentropy", np.eye(3)[Y], "Use loss='categorical_crossentropy'."),
        ("categorical_crossentropy", Y, "For class numbers use loss='sparse_categorical_crossentropy'."),
    ],
    ids=["one-hot for the sparse loss", "class numbers for the one-hot loss"],
)
def test_c2_the_wrong_pairing_of_loss_and_targets_names_the_fix(loss, y, fix):
    model = classifier("sgd", loss, "accuracy")
    for call in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=re.escape(fix)):
            call(X, y, verbose=0)


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("mse", 14 / 3),
        ("mean_squared_error", 14 / 3),
        ("mae", 2.0),
        ("mean_absolute_error", 2.0),
    ],
)
def test_c6_squared_and_absolute_errors_by_hand(name, right):
    model = Sequential([Input((1,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", loss=name, metrics=[name])
    x, y = np.array([[1.0], [2.0], [4.0]]), np.array([[0.0], [4.0], [1.0]])  # errors of 1, -2 and 3
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), [right, right], rtol=1e-6)


@pytest.mark.parametrize("n", [1, 33, 20_000])
def test_c17_evaluate_and_predict_choose_a_batch_size_that_changes_no_answer(n, monkeypatch):
    x, y = np.resize(X, (n, 4)), np.resize(Y, n)
    model = classifier("sgd", "sparse_categorical_crossentropy", "accuracy")
    scores, answers = model.evaluate(x, y, batch_size=32, verbose=0), model.predict(x, batch_size=32, verbose=0)
    pieces = []
    cut = predict._chunks
    monkeypatch.setattr(predict, "_chunks", lambda *how: [pieces.append(1) or piece for piece in cut(*how)])
    sizes = []
    rows = sources.Rows.__init__
    monkeypatch.setattr(
        sources.Rows,
        "__init__",
        lambda self, arrays, size, *more, **how: sizes.append(size) or rows(self, arrays, size, *more, **how),
    )
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), scores, rtol=1e-5)
    np.testing.assert_allclose(model.predict(x, verbose=0), answers, rtol=1e-5)
    assert len(pieces) <= max(1, n // 500) and sizes[0] >= min(n, 500)


# --- D7: summary -------------------------------------------------------------------------------------------------------


def plain_network(k):
    return k.Sequential(
        [
            k.Input((28, 28), name="pixels"),
            k.layers.Reshape((28, 28, 1), name="reshape"),
            k.layers.Conv2D(16, 5, padding="same", name="conv"),
            k.layers.Activation("relu", name="relu"),
            k.layers.MaxPooling2D(padding="same", name="pool"),
            k.layers.BatchNormalization(name="norm"),
            k.layers.Flatten(name="flat"),
            k.layers.Dense(10, activation="softmax", name="out"),
        ],
        name="plain",
    )


def branched_network(k):
    inputs = [k.Input((8,), name="a"), k.Input((8,), name="b")]
    shared = k.layers.Dense(8, name="both")  # called twice
    joined = k.layers.Concatenate(name="join")([shared(x) for x in inputs])
    return k.Model(inputs, k.layers.Dense(1, name="out")(joined), name="branched")


def cells(text):
    """The words of a summary, line by line, without the box and the breaks that a narrow column makes."""
    lines = [re.sub(r"[┃│]", " ", line) for line in text.splitlines() if re.search(r"\w", line)]
    return [" ".join(line.split()) for line in lines]


@pytest.mark.parametrize("make", [plain_network, branched_network])
def test_d7_summary_is_that_of_keras(make, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")  # Keras's table is as wide as the terminal

    def said(model, **how):
        lines = []
        model.summary(print_fn=lambda text, **_: lines.append(text), **how)
        return cells("\n".join(lines))

    assert said(make(dragonet)) == said(make(keras), line_length=160)
