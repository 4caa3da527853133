"""Code as people write it for Keras runs here with the same numbers: flat x, dicts of outputs, class weights, old arguments."""

import json
import zipfile

import keras as theirs
import numpy as np
import pandas
import pytest

import dragonet
from dragonet import Input, Model, Sequential, callbacks, layers, metrics, optimizers, utils
from dragonet.core import errors

RNG = np.random.default_rng(0)
X = RNG.normal(size=(48, 4)).astype("float32")
FLAT = X[:, 0].copy()
NUMBER = (X @ [1.0, -1.0, 0.5, 0.0]).astype("float32")
CLASS = np.arange(48) % 3
WORDS = np.array(["ant", "bee", "cat"])[CLASS]


def line(kit=dragonet):
    """One weight and one bias, set to the same numbers in both libraries."""
    model = kit.Sequential([kit.Input((1,)), kit.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.set_weights([np.array([[0.5]]), np.array([0.25])])
    return model


# --- x of one number a row ----------------------------------------------------------------------------------------------

FLAT_X = {
    "array": FLAT,
    "series": pandas.Series(FLAT, index=np.arange(48)[::-1]),
    "float64": FLAT.astype(float),
    "column": FLAT[:, None],
    "table": pandas.DataFrame({"celsius": FLAT}),
}


@pytest.fixture(scope="module")
def straight_line():
    """Keras's learning curves and its loss afterwards."""
    model = line(theirs)
    curves = model.fit(FLAT[:, None], NUMBER, epochs=2, shuffle=False, validation_split=0.25, verbose=0).history
    return curves, model.evaluate(FLAT[:, None], NUMBER, verbose=0)


@pytest.mark.parametrize("name", FLAT_X)
def test_x_of_one_number_a_row_is_a_column(name, straight_line):
    curves, loss = straight_line
    model = line()
    ours = model.fit(FLAT_X[name], NUMBER, epochs=2, shuffle=False, validation_split=0.25, verbose=0)
    for figure in ("loss", "val_loss"):
        np.testing.assert_allclose(ours.history[figure], curves[figure], rtol=1e-5)
    assert model.predict(FLAT_X[name], verbose=0).shape == (48, 1)
    assert model.evaluate(FLAT_X[name], NUMBER, verbose=0) == pytest.approx(loss, rel=1e-5)
    assert model.predict(np.array([10.0]), verbose=0).shape == (1, 1)
    assert model.test_on_batch(FLAT_X[name], NUMBER) == pytest.approx(loss, rel=1e-5)


def test_images_without_their_axis_of_channels_get_it():
    pictures = RNG.random((6, 5, 5)).astype("float32")
    model = Sequential([Input((5, 5, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(1)])
    np.testing.assert_array_equal(model.predict(pictures), model.predict(pictures[..., None]))


def test_several_flat_inputs_and_batches_of_a_generator():
    a, b = Input((1,), name="a"), Input((1,), name="b")
    model = Model([a, b], layers.Dense(1)(layers.Concatenate()([a, b])))
    model.compile("sgd", "mse")
    want = model.predict([X[:, :1], X[:, 1:2]])
    np.testing.assert_array_equal(model.predict({"a": X[:, 0], "b": pandas.Series(X[:, 1])}), want)
    model.fit((((X[i : i + 8, 0], X[i : i + 8, 1]), NUMBER[i : i + 8]) for i in range(0, 48, 8)), verbose=0)


# --- outputs and targets as dicts -----------------------------------------------------------------------------------------


def two_heads(kit=dragonet, names=("speed", "kind")):
    x = kit.Input((4,))
    speed, kind = kit.layers.Dense(1)(x), kit.layers.Dense(3, activation="softmax")(x)
    model = kit.Model(x, dict(zip(names, (speed, kind), strict=True)))
    # Keras, too, lists the layers of a dict of outputs by its sorted keys.
    model.set_weights([np.linspace(-1, 1, weight.size).reshape(weight.shape) for weight in model.get_weights()])
    losses = dict(zip(names, ("mse", "sparse_categorical_crossentropy"), strict=True))
    watch = {names[0]: ["mae"], names[1]: "accuracy"}
    model.compile("sgd", losses, loss_weights={names[0]: 1.0, names[1]: 0.5}, metrics=watch)
    return model


@pytest.mark.parametrize("names", [("speed", "kind"), ("b", "a")])
def test_outputs_targets_losses_and_metrics_as_dicts_are_as_in_keras(names):
    y = dict(zip(names, (NUMBER, CLASS), strict=True))
    ours, keras = two_heads(names=names), two_heads(theirs, names)
    mine = ours.fit(X, y, epochs=2, shuffle=False, validation_data=(X, y), verbose=0).history
    other = keras.fit(X, y, epochs=2, shuffle=False, validation_data=(X, y), verbose=0).history
    assert sorted(mine) == sorted(other)
    for name, curve in other.items():
        np.testing.assert_allclose(mine[name], curve, rtol=1e-4, err_msg=name)
    predicted, expected = ours.predict(X, verbose=0), keras.predict(X, verbose=0)
    assert list(predicted) == sorted(names) == sorted(expected)
    for name, array in expected.items():
        np.testing.assert_allclose(predicted[name], array, atol=1e-5)
    scores, wanted = (model.evaluate(X, y, verbose=0, return_dict=True) for model in (ours, keras))
    assert scores == pytest.approx(wanted, rel=1e-4)
    weights = {name: np.ones(48) for name in names}
    assert ours.evaluate(X, y, sample_weight=weights, verbose=0, return_dict=True) == pytest.approx(wanted, rel=1e-4)


def test_a_dict_of_outputs_by_batches_and_in_a_file(tmp_path):
    model = two_heads()
    y = {"kind": CLASS, "speed": NUMBER}
    model.fit(((X[i : i + 8], {name: part[i : i + 8] for name, part in y.items()}) for i in range(0, 48, 8)), verbose=0)
    assert sorted(model.train_on_batch(X, y, return_dict=True)) == [
        "kind_accuracy",
        "kind_loss",
        "loss",
        "speed_loss",
        "speed_mae",
    ]
    assert sorted(model.predict_on_batch(X)) == ["kind", "speed"]
    model.save(tmp_path / "heads.keras")
    again = dragonet.models.load_model(tmp_path / "heads.keras")
    assert again.evaluate(X, y, verbose=0) == pytest.approx(model.evaluate(X, y, verbose=0))
    with pytest.raises(ValueError, match=r"There is no output for y named 'sped'. Did you mean 'speed'\?"):
        model.fit(X, {"sped": NUMBER, "kind": CLASS}, verbose=0)


def test_a_list_of_one_output_is_that_output():
    """As in Keras, whose predict and call unpack it, though model.output is a list."""
    x = Input((4,))
    model = Model([x], [layers.Dense(1, name="end")(x)])
    model.compile("sgd", {"end": "mse"})
    model.fit([X], [NUMBER], verbose=0)
    assert model.predict(X, verbose=0).shape == model.predict_on_batch(X).shape == model(X).shape == (48, 1)
    assert (model.input_shape, model.output_shape) == ((None, 4), (None, 1)) and isinstance(model.output, list)


# --- class_weight -----------------------------------------------------------------------------------------------------------


def kinds(kit=dragonet):
    model = kit.Sequential([kit.Input((4,)), kit.layers.Dense(3, activation="softmax")])
    model.compile(kit.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    model.set_weights([np.linspace(-1, 1, 12).reshape(4, 3), np.zeros(3)])
    return model


def loss_with(class_weight, y=CLASS, model=None):
    model = model or kinds()
    return model.fit(X, y, class_weight=class_weight, shuffle=False, verbose=0).history["loss"]


WEIGHTS = {
    "numbers": ({0: 1.0, 1: 5.0, 2: 0.5}, CLASS),
    "floats": ({0.0: 1.0, 1.0: 5.0, 2.0: 0.5}, CLASS),
    "NumPy's": ({np.int64(0): 1, np.uint8(1): np.float32(5), np.float32(2): np.float64(0.5)}, CLASS),
    "digits": ({"0": 1.0, "1": 5.0, "2": 0.5}, CLASS),
    "one left out": ({1: 5.0, 2: 0.5}, CLASS),
    "words": ({"ant": 1.0, "bee": 5.0, "cat": 0.5}, WORDS),
    "NumPy's words": (dict(zip(np.unique(WORDS), [1.0, 5.0, 0.5], strict=True)), WORDS),
}


def test_class_weight_takes_keys_of_every_kind_and_counts_as_in_keras():
    want = kinds(theirs).fit(X, CLASS, class_weight={0: 1.0, 1: 5.0, 2: 0.5}, shuffle=False, verbose=0).history["loss"]
    for name, (class_weight, y) in WEIGHTS.items():
        np.testing.assert_allclose(loss_with(class_weight, y), want, rtol=1e-5, err_msg=name)


def test_class_weight_of_bools_and_of_minus_one():
    model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid", kernel_initializer="ones")])
    model.compile(optimizers.SGD(1e-9), "binary_crossentropy")
    y = CLASS > 0
    assert loss_with({False: 1.0, True: 3.0}, y, model) == loss_with({0: 1.0, 1: 3.0}, y.astype(int), model)
    model.compile(optimizers.SGD(1e-9), "hinge")
    signs = np.where(y, 1, -1)
    want = np.mean(np.where(y, 3, 1) * np.maximum(0, 1 - signs * model.predict(X, verbose=0)[:, 0]))
    assert loss_with({-1: 1.0, 1: 3.0}, signs, model) == pytest.approx([want], rel=1e-5)


@pytest.mark.parametrize(
    ("class_weight", "y", "message"),
    [
        (
            {0: 1.0, 7: 2.0},
            CLASS,
            r"fit needs keys of class_weight that are classes of the model, but got 7. The classes are 0 to 2.",
        ),
        ({10**12: 1.0}, CLASS, r"but got 1000000000000. The classes are 0 to 2."),
        ({1.5: 1.0}, CLASS, r"but got 1.5. The classes are the numbers in y."),
        ({"ant": 1.0}, CLASS, r"but got 'ant'. The classes are the numbers in y."),
        ({None: 1.0}, CLASS, r"but got None."),
        ({"Bee": 1.0}, WORDS, r"but got 'Bee'. The classes are \['ant', 'bee', 'cat'\]."),
        ({0: 1.0, "0": 2.0}, CLASS, r"fit needs one weight for each class in class_weight, but got two for '0'."),
        ({0: "much"}, CLASS, r"class_weight\[0\]"),
        (
            [1.0, 2.0, 3.0],
            CLASS,
            r"class_weight as a dict .* but got \[1.0, 2.0, 3.0\]. Write dict\(enumerate\(weights\)\) for a list.",
        ),
    ],
)
def test_class_weight_for_a_class_that_there_is_not_is_refused(class_weight, y, message):
    with pytest.raises((ValueError, TypeError), match=message):
        loss_with(class_weight, y)


# --- batches that come ready, digit strings, files, optimizers, checkpoints ----------------------------------------------------


class Batches(utils.PyDataset):
    def __len__(self):
        return 6

    def __getitem__(self, i):
        return X[8 * i : 8 * i + 8], CLASS[8 * i : 8 * i + 8]


def test_batch_size_beside_ready_batches_changes_nothing():
    ours = kinds()
    want = ours.evaluate(Batches(), verbose=0)
    assert ours.evaluate(Batches(), batch_size=8, verbose=0) == want
    with pytest.warns(errors.DragonetWarning, match="batch_size=16 has no effect: the batches come ready, of 8 rows."):
        assert ours.evaluate(Batches(), batch_size=16, verbose=0) == want


@pytest.mark.parametrize(
    "digits",
    [
        ["0", "2", "1"],
        np.array(["0", "2", "1"]),
        np.array([b"0", b"2", b"1"]),
        pandas.Series(["0", "2", "1"]),
        ["0", "02", " 1"],
    ],
)
def test_to_categorical_reads_digit_strings(digits):
    assert utils.to_categorical(digits, 4).argmax(1).tolist() == [0, 2, 1]
    with pytest.raises(TypeError, match="to_categorical needs class numbers"):
        utils.to_categorical(["0", "two"])


NONES = {
    "no loss": {"optimizer": "adam"},
    "an output without a loss": {"optimizer": "adam", "loss": ["mse", None], "metrics": None},
    "metrics of one output": {"optimizer": "adam", "loss": "mse", "metrics": [["mae"], None], "weighted_metrics": None},
    "a dict": {"optimizer": "adam", "loss": {"a": "mse", "b": None}},
}


@pytest.mark.parametrize("name", NONES)
def test_a_file_of_keras_whose_compile_config_holds_none_is_read_and_trained_on(name, tmp_path):
    x = theirs.Input((4,))
    keras = theirs.Model(x, [theirs.layers.Dense(1, name="a")(x), theirs.layers.Dense(1, name="b")(x)])
    keras.compile(**NONES[name])
    keras.save(tmp_path / "two.keras")
    assert "null" in json.dumps(
        json.loads(zipfile.ZipFile(tmp_path / "two.keras").read("config.json"))["compile_config"]
    )
    ours = dragonet.models.load_model(tmp_path / "two.keras")
    for mine, other in zip(ours.predict(X, verbose=0), keras.predict(X, verbose=0), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)
    if "loss" in NONES[name]:
        assert np.isfinite(ours.fit(X, [NUMBER, NUMBER], verbose=0).history["loss"][0])


@pytest.mark.parametrize("engine", ["xla", "native", "auto"])
def test_an_optimizer_that_is_compiled_again_goes_on_from_its_state(engine):
    """Two epochs with a compile between them are two epochs."""
    weights = []
    for again in (True, False):
        dragonet.utils.set_random_seed(0)
        model, optimizer = kinds(), optimizers.Adam(0.01)
        model.compile(optimizer, "sparse_categorical_crossentropy", engine=engine)
        model.fit(X, CLASS, verbose=0)
        if again:
            model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], engine=engine)
            assert int(optimizer.iterations) == 2
        model.fit(X, CLASS, verbose=0)
        assert int(optimizer.iterations) == 4
        weights.append(model.get_weights())
    for mine, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(mine, other)
    model.compile("adam", "sparse_categorical_crossentropy")
    assert int(model.optimizer.iterations) == 0


@pytest.mark.parametrize("name", ["x.h5", "models/{epoch:02d}.hdf5"])
def test_a_checkpoint_that_cannot_be_written_is_refused_when_it_is_made(name):
    with pytest.raises(
        ValueError, match=r"filepath that ends in '.keras', but got '.*5'. The old .h5 format of whole models is not"
    ):
        callbacks.ModelCheckpoint(name)


# --- arguments of older Keras -----------------------------------------------------------------------------------------------

OLD = [
    (lambda: optimizers.Adam(lr=0.01), "Adam has no argument 'lr'. It is called 'learning_rate' today."),
    (
        lambda: optimizers.SGD(lr=0.01, momentum=0.9, decay=1e-6, nesterov=True),
        "SGD has no argument 'lr'. It is called 'learning_rate'",
    ),
    (
        lambda: optimizers.RMSprop(decay=1e-6),
        r"RMSprop has no argument 'decay'. Write learning_rate=keras.optimizers.schedules.InverseTimeDecay",
    ),
    (lambda: optimizers.Adam(beta1=0.9), "It is called 'beta_1' today."),
    (lambda: optimizers.Adam(eps=1e-8), "It is called 'epsilon' today."),
    (lambda: layers.LeakyReLU(alpha=0.1), "LeakyReLU has no argument 'alpha'. It is called 'negative_slope' today."),
    (lambda: layers.Dense(3, init="uniform"), "It is called 'kernel_initializer' today."),
    (lambda: layers.Dense(output_dim=3), "It is called 'units' today."),
    (lambda: layers.Dense(3, W_regularizer="l2"), "It is called 'kernel_regularizer' today."),
    (lambda: layers.Dense(3, bias=False), "It is called 'use_bias' today."),
    (lambda: layers.Dense(3, weights=[X]), r"Call set_weights\(...\) once the layer is built."),
    (lambda: layers.Conv2D(nb_filter=8, nb_row=3, nb_col=3), "It is called 'filters' today."),
    (lambda: layers.Conv2D(8, 3, border_mode="same"), "It is called 'padding' today."),
    (lambda: layers.Conv2D(8, 3, subsample=(2, 2)), "It is called 'strides' today."),
    (lambda: layers.MaxPooling1D(pool_length=2), "It is called 'pool_size' today."),
    (lambda: layers.Dropout(p=0.5), "It is called 'rate' today."),
    (lambda: layers.GaussianNoise(sigma=0.5), "It is called 'stddev' today."),
    (lambda: layers.Embedding(10, 4, input_length=5), "Leave it out: the length comes from the input."),
    (lambda: layers.InputLayer(input_shape=(4,)), r"Write Input\(shape\), or batch_shape"),
    (lambda: callbacks.ReduceLROnPlateau(epsilon=1e-4), "It is called 'min_delta' today."),
    (lambda: callbacks.ModelCheckpoint("x.keras", period=2), "Write save_freq='epoch', or a number of steps."),
    (lambda: kinds().fit(X, CLASS, nb_epoch=2), "fit has no argument 'nb_epoch'. It is called 'epochs' today."),
    (
        lambda: kinds().fit(X, CLASS, show_accuracy=True),
        r"fit has no argument 'show_accuracy'. Write compile\(..., metrics=\['accuracy'\]\).",
    ),
    (
        lambda: kinds().fit(X, CLASS, workers=2),
        "fit has no argument 'workers'. Leave it out here: a PyDataset takes workers=.",
    ),
    (lambda: kinds().compile("sgd", "mse", lr=0.1), "The learning rate belongs to the optimizer"),
    (lambda: dragonet.regularizers.L2(l=0.1), "It is called 'l2' today."),
]


@pytest.mark.parametrize(("run", "message"), OLD)
def test_an_argument_of_older_keras_is_answered_with_todays_name(run, message):
    with pytest.raises(TypeError, match=message):
        run()


def test_acc_is_accuracy():
    model = kinds()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["acc"])
    assert "acc" in model.fit(X, CLASS, verbose=0).history
    assert type(model.metrics[0]) is metrics.SparseCategoricalAccuracy
