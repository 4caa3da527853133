"""Mistakes that users make, each with the sentence that it is answered by; none shows the engine, none trains on nonsense."""

import traceback
import warnings

import jax.numpy as jnp
import numpy as np
import pandas
import pytest

import dragonet
from dragonet import callbacks, layers, losses, metrics, optimizers
from dragonet.core import errors

DICE = np.random.default_rng(0)
X = DICE.normal(size=(24, 4)).astype("float32")
Y = np.array([0, 1, 2] * 8)


def net(*more, shape=(4,), units=3, activation="softmax"):
    return dragonet.Sequential([dragonet.Input(shape), *more, layers.Dense(units, activation=activation)])


def ready(*more, loss="sparse_categorical_crossentropy", **how):
    model = net(*more, **how)
    model.compile("sgd", loss)
    return model


def fit(x=X, y=Y, model=None, **how):
    return (model or ready()).fit(x, y, verbose=0, **how)


def with_value(value, at=(3, 1)):
    x = X.copy()
    x[at] = value
    return x


def regression(**how):
    return ready(loss="mse", units=1, activation=None, **how)


def binary():
    return ready(loss="binary_crossentropy", units=1, activation="sigmoid")


# What is meaningless is refused: name, what the user writes, the sentence.
REFUSED = {
    # data
    "NaN in x": (
        lambda: fit(with_value(np.nan)),
        r"x of finite numbers, but got 1 NaN or infinite, the first at row 3, place \(1,\)",
    ),
    "infinity in x": (lambda: fit(with_value(np.inf)), r"1 NaN or infinite, the first at row 3"),
    "NaN in y": (
        lambda: fit(y=np.full(24, np.nan), model=regression()),
        r"y of finite numbers, but got 24 NaN or infinite, the first at row 0",
    ),
    "no x": (lambda: fit(None), r"The model needs x, the rows to learn from or to predict, but got None"),
    "no y": (lambda: fit(y=None), r"fit needs y, the right answers, but got x alone. Write fit\(x, y\)"),
    "empty x": (lambda: fit(X[:0], Y[:0]), r"at least one row in x, but got shape \(0, 4\)"),
    "unequal lengths": (lambda: fit(X, Y[:20]), r"one row an example each, but got 24 rows and 20 rows"),
    "weights too short": (
        lambda: fit(sample_weight=np.ones(5)),
        r"sample_weight with 24 numbers, one a row, but got shape \(5,\)",
    ),
    "negative weights": (lambda: fit(sample_weight=-np.ones(24)), r"sample weights of at least 0, but got -1.0"),
    "words in x": (
        lambda: fit(np.full((24, 4), "a")),
        r"x of numbers, but got 'a' \(str\). Words cannot be multiplied: encode them",
    ),
    "objects in x": (
        lambda: fit(np.array([[object()] * 4] * 24)),
        r"x of numbers, but got <object object .*> \(object\)",
    ),
    "ragged x": (
        lambda: fit([[1.0, 2.0], [3.0]]),
        r"x with rows of one shape, but got a list of unequal ones. Pad them",
    ),
    "dates in x": (
        lambda: fit(np.full((24, 4), np.datetime64("2020-01-01"))),
        r"x of numbers, but got dtype datetime64.*Turn dates into numbers",
    ),
    "complex x": (lambda: fit(X + 1j), r"x of numbers, but got dtype complex64. Pass the real and imaginary parts"),
    "a file's name as x": (lambda: fit("data.csv"), r"x as an array, but got 'data.csv'"),
    "one number as x": (lambda: fit(3.0), r"x with one row an example, but got the single value 3.0"),
    "a table with text": (
        lambda: fit(pandas.DataFrame({"a": [1.0, 2.0], "color": ["red", "blue"]}), [0, 1]),
        r"x with columns of numbers, but got text in 'color'. Drop them, or encode them: pandas.get_dummies",
    ),
    "a table with gaps": (
        lambda: fit(pandas.DataFrame(X).where(X > 0), Y),
        r"x without missing values, but got \d+ missing. Drop the rows with dropna",
    ),
    "wrong width": (lambda: fit(X[:, :3]), r"The model needs x of shape \(n, 4\), but got shape \(24, 3\)"),
    "images for a flat model": (
        lambda: fit(DICE.random((24, 2, 2))),
        r"x of shape \(n, 4\), but got shape \(24, 2, 2\). x.reshape\(\(-1, 4\)\) has it",
    ),
    "one row without its batch": (
        lambda: ready().predict(X[0]),
        r"x of shape \(n, 4\), but got shape \(4,\).*x\[None\] is a batch of one",
    ),
    "two inputs for one": (
        lambda: fit({"a": X, "b": X}),
        r"inputs named \['input_layer'\], but got a dict with \['a', 'b'\]",
    ),
    # labels
    "label out of range": (
        lambda: fit(y=Y + 5),
        r"output of 3 classes, needs labels from 0 to 2, but got the label 7. Labels from 1 become",
    ),
    "labels from one": (
        lambda: fit(y=Y + 1),
        r"labels from 0 to 2, but got the label 3. Labels count from 0: write y - 1",
    ),
    "negative labels": (lambda: fit(y=Y - 1), r"labels from 0 to 2, but got the label -1"),
    "fractions as labels": (
        lambda: fit(y=Y + 0.5),
        r"whole class numbers in y, but got 0.5. For numbers to be predicted use loss='mse'",
    ),
    "one-hot for the sparse loss": (
        lambda: fit(y=np.eye(3)[Y]),
        r"class numbers of shape \(n,\), but got y of shape \(24, 3\), which looks one-hot. Use loss='categorical_crossentropy'",
    ),
    "numbers for the one-hot loss": (
        lambda: fit(model=ready(loss="categorical_crossentropy")),
        r"one-hot rows of shape \(n, 3\), but got y of shape \(24,\). For class numbers use loss='sparse_categorical_crossentropy'",
    ),
    "labels -1 and 1": (
        lambda: fit(y=np.sign(X[:, 0]), model=binary()),
        r"BinaryCrossentropy needs y from 0 to 1, but got values from -1 to 1. Labels -1 and 1 become 0 and 1 by \(y \+ 1\) / 2",
    ),
    "labels 1 and 2": (
        lambda: fit(y=np.array([1, 2] * 12), model=binary()),
        r"y from 0 to 1, but got values from 1 to 2. Labels 1 and 2 become 0 and 1 by y - 1",
    ),
    "three classes for a sigmoid": (lambda: fit(model=binary()), r"y from 0 to 1, but got values from 0 to 2"),
    "words for a regression": (
        lambda: fit(y=np.array(["a", "b"] * 12), model=regression()),
        r"MeanSquaredError needs y of numbers, but got words such as 'a'",
    ),
    "four targets for one output": (lambda: fit(y=X, model=regression()), r"\(24, 4\)|\(None, 4\)|\(n, 4\)"),
    "a new word in evaluate": (
        lambda: _trained_on_words().evaluate(X, ["a", "b", "z"] * 8, verbose=0),
        r"labels that the model was trained on, \['a', 'b', 'c'\], but got 'z'",
    ),
    "softmax over one unit": (
        lambda: fit(model=ready(units=1, loss="mse"), y=X[:, 0]),
        r"A softmax needs at least two units: over one unit it is always 1.*activation='sigmoid'",
    ),
    "logits from a softmax": (
        lambda: fit(model=ready(loss=losses.SparseCategoricalCrossentropy(from_logits=True))),
        r"from_logits=True\) needs a last layer without an activation, but got one with softmax",
    ),
    "logits from a sigmoid": (
        lambda: fit(
            y=Y % 2, model=ready(loss=losses.BinaryCrossentropy(from_logits=True), units=1, activation="sigmoid")
        ),
        r"from_logits=True\) needs a last layer without an activation, but got one with sigmoid",
    ),
    "class weights of two outputs": (
        lambda: _two_outputs().fit(X, [X, X], class_weight={0: 1}, verbose=0),
        r"class_weight with a model of one output, but got 2 outputs",
    ),
    "class weights as a list": (
        lambda: fit(class_weight=[1, 2, 3]),
        r"class_weight as a dict \{class: weight\}, but got \[1, 2, 3\]",
    ),
    # arguments
    "batchsize": (lambda: fit(batchsize=32), r"fit has no argument 'batchsize'. Did you mean 'batch_size'"),
    "epoch": (lambda: fit(epoch=3), r"fit has no argument 'epoch'. Did you mean 'epochs'"),
    "batch size 0": (lambda: fit(batch_size=0), r"fit needs batch_size to be a whole number of at least 1, but got 0"),
    "half a batch": (lambda: fit(batch_size=0.5), r"batch_size to be a whole number of at least 1, but got 0.5"),
    "epochs as a word": (lambda: fit(epochs="ten"), r"epochs to be a whole number of at least 0, but got 'ten'"),
    "a split in percent": (
        lambda: fit(validation_split=20),
        r"validation_split to be a number from 0 to below 1, but got 20. Write 0.2 for 20 %",
    ),
    "a split that leaves nothing": (
        lambda: fit(validation_split=0.99),
        r"a validation_split that leaves rows on both sides of 24, but got 0.99",
    ),
    "validation data alone": (
        lambda: fit(validation_data=(X,)),
        r"validation_data=\(x, y\) or \(x, y, sample_weight\), but got 1",
    ),
    "wrong validation data": (
        lambda: fit(validation_data=(X[:, :2], Y)),
        r"x of shape \(n, 4\), but got shape \(24, 2\)",
    ),
    "too many steps": (
        lambda: fit(steps_per_epoch=10),
        r"steps_per_epoch of at most 1, which is all of the 24 rows, but got 10",
    ),
    "a callback's class": (
        lambda: fit(callbacks=[callbacks.EarlyStopping]),
        r"objects, but got the class EarlyStopping. Write EarlyStopping\(\)",
    ),
    "a function as callback": (
        lambda: fit(callbacks=[print]),
        r"callbacks needs? objects derived from dragonet.callbacks.Callback",
    ),
    "verbose 7": (lambda: ready().fit(X, Y, verbose=7), r"verbose to be one of 'auto', 0, 1, 2, but got 7"),
    "evaluate's unknown argument": (
        lambda: ready().evaluate(X, Y, batchsize=3),
        r"evaluate has no argument 'batchsize'. Did you mean 'batch_size'",
    ),
    "a y with a generator": (
        lambda: fit(iter([(X, Y)]), Y),
        r"y=None where x gives batches \(x, y\), but got y as well",
    ),
    "a generator of x alone": (lambda: fit(iter([X]), None), r"batches \(x, y\) or \(x, y, sample_weight\)"),
    "an empty generator": (lambda: fit(iter([]), None), r"at least one batch, but got a generator that yields nothing"),
    # compile
    "not compiled": (
        lambda: fit(model=net()),
        r"fit needs compile\(optimizer, loss, metrics\) before it, but got a model that was not compiled. Write model.compile\(",
    ),
    "evaluate not compiled": (
        lambda: net().evaluate(X, Y),
        r"evaluate needs compile\(optimizer, loss, metrics\) before it",
    ),
    "no loss": (lambda: fit(model=ready(loss=None)), r"The model needs a loss, but got none. Write compile\("),
    "misspelt optimizer": (lambda: net().compile("adm", "mse"), r"There is no optimizer 'adm'. Did you mean 'adam'"),
    "misspelt loss": (
        lambda: net().compile("sgd", "sparse_crossentropy"),
        r"There is no loss 'sparse_crossentropy'. Did you mean '\w+crossentropy'",
    ),
    "misspelt metric": (
        lambda: net().compile("sgd", "mse", metrics=["acuracy"]),
        r"There is no metric 'acuracy'. Did you mean 'accuracy'",
    ),
    "metrics in the place of loss weights": (
        lambda: _compiled_third(["accuracy"]),
        r"each of loss_weights to be a number, but got 'accuracy'",
    ),
    "unknown engine": (
        lambda: net().compile("sgd", "mse", engine="gpu"),
        r"engine to be one of 'auto', .*but got 'gpu'",
    ),
    "unknown argument of compile": (
        lambda: net().compile("sgd", "mse", metric=["mae"]),
        r"compile has no argument 'metric'. Did you mean 'metrics'",
    ),
    "learning rate 0": (lambda: optimizers.SGD(0), r"SGD needs learning_rate to be a number above 0, but got 0"),
    "a negative learning rate": (
        lambda: optimizers.Adam(-0.1),
        r"Adam needs learning_rate to be a number above 0, but got -0.1",
    ),
    "a learning rate as a word": (
        lambda: optimizers.Adam("0.1"),
        r"learning_rate to be a number, a schedule or a function of the step, but got '0.1'. Write learning_rate=0.1",
    ),
    "lr": (lambda: optimizers.Adam(lr=0.1), r"Adam has no argument 'lr'. It is called 'learning_rate' today"),
    "a metric for a wrong number of outputs": (
        lambda: _two_outputs(metrics=["mse", "mae", "mse"]),
        r"metrics as a list of 2 lists, or a dict",
    ),
    "a loss for an unknown output": (
        lambda: _two_outputs(loss={"frist": "mse"}),
        r"There is no output for loss named 'frist'. Did you mean 'first'",
    ),
    # layers and models
    "units 0": (lambda: layers.Dense(0), r"Dense needs units to be a whole number of at least 1, but got 0"),
    "units as a float": (lambda: layers.Dense(2.5), r"units to be a whole number of at least 1, but got 2.5"),
    "unit": (lambda: layers.Dense(unit=3), r"Dense has no argument 'unit'. Did you mean 'units'"),
    "no units": (lambda: layers.Dense(), r"Dense: missing a required argument: 'units'"),
    "misspelt activation": (
        lambda: layers.Dense(3, activation="rleu"),
        r"There is no activation 'rleu'. Did you mean 'relu'",
    ),
    "misspelt initializer": (
        lambda: layers.Dense(3, kernel_initializer="glorot"),
        r"There is no initializer 'glorot'. Did you mean 'glorot_\w+'",
    ),
    "misspelt layer": (lambda: layers.Dens(3), r"dragonet.layers has no 'Dens'. Did you mean 'Dense'"),
    "dropout in percent": (
        lambda: layers.Dropout(20),
        r"Dropout needs rate to be a number from 0 to below 1, but got 20. Write 0.2 for 20 %",
    ),
    "conv on flat rows": (
        lambda: net(layers.Conv2D(3, 3)),
        r"Conv2D\(.*\) needs inputs of shape \(batch, height, width, channels\), but got shape \(None, 4\)",
    ),
    "conv on images without channels": (
        lambda: net(layers.Conv2D(3, 3), shape=(8, 8)),
        r"but got shape \(None, 8, 8\). Put Reshape\(\(8, 8, 1\)\) before it",
    ),
    "a kernel larger than the image": (lambda: net(layers.Conv2D(3, 9), shape=(8, 8, 1)), r"Conv2D\(.*\) needs"),
    "padding misspelt": (
        lambda: layers.Conv2D(3, 3, padding="sane"),
        r"padding to be one of 'valid', 'same', but got 'sane'",
    ),
    "reshape that does not fit": (lambda: net(layers.Reshape((3, 2))), r"Reshape\(.*\) needs"),
    "add of unequal shapes": (
        lambda: layers.add([dragonet.Input((3,)), dragonet.Input((4,))]),
        r"\(None, 3\).*\(None, 4\)",
    ),
    "the class of a layer": (
        lambda: dragonet.Sequential([layers.Flatten]),
        r"Sequential needs layers, but got the class Flatten. Write Flatten\(...\)",
    ),
    "a word as a layer": (
        lambda: dragonet.Sequential(["dense"]),
        r"Sequential needs layers such as Dense\(10\), but got 'dense'",
    ),
    "the same layer twice": (
        lambda: dragonet.Sequential([layers.Dense(3, name="a"), layers.Dense(4, name="a")]),
        r"layers with names of their own, but got 'a' twice",
    ),
    "unbuilt": (lambda: dragonet.Sequential([layers.Dense(3)]).summary(), None),
    "weights of an unbuilt layer": (
        lambda: layers.Dense(3).kernel,
        r"Dense 'dense' has no attribute 'kernel'. It has no variables yet",
    ),
    "count of an unbuilt model": (
        lambda: dragonet.Sequential([layers.Dense(3)]).output_shape,
        r"The model 'sequential' needs to know the shape of a row, but got none yet. Start it with Input",
    ),
    "an empty model": (lambda: fit(model=_compiled(dragonet.Sequential())), r"needs at least one layer, but got none"),
    "weights of another shape": (
        lambda: net().set_weights([np.ones((4, 2)), np.ones(3)]),
        r"shape \(4, 3\) for 'dense/kernel', but got shape \(4, 2\)",
    ),
    "too few weights": (lambda: net().set_weights([np.ones((4, 3))]), r"needs 2 arrays of shapes .*, but got 1 arrays"),
    "an unknown layer's name": (
        lambda: net().get_layer("denes"),
        r"There is no layer in the model named 'denes'. Did you mean 'dense'",
    ),
    "a disconnected graph": (
        lambda: dragonet.Model(dragonet.Input((3,)), layers.Dense(2)(dragonet.Input((3,), name="other"))),
        r"one that also needs 'other'. Add that Input to inputs",
    ),
    "arrays as a model's inputs": (
        lambda: dragonet.Model(X, X),
        r"inputs made by Input\(...\) and layers called on it, but got an array of shape \(24, 4\)",
    ),
    "numpy on a symbolic tensor": (lambda: np.exp(dragonet.Input((3,))), r"NumPy needs numbers, but got <KerasTensor"),
    "if on a symbolic tensor": (
        lambda: bool(dragonet.Input((3,))),
        r"if and while needs a number, but got <KerasTensor",
    ),
    "a shape as a number": (
        lambda: dragonet.Input(3),
        r"Input needs shape to be a tuple, but got 3. Write shape=\(3,\)",
    ),
    "a layer on another width": (
        lambda: _built_dense()(np.ones((2, 28, 28))),
        r"Dense\(.*\) was built for inputs whose last axis is 784, but x has shape \(2, 28, 28\). Put Flatten\(\) before it",
    ),
    "float16": (lambda: layers.Dense(3, dtype="float16"), r"Dense needs dtype='float32', but got 'float16'"),
    "a Keras layer's stateless call": (
        lambda: type("Mine", (layers.Layer,), {"stateless_call": lambda self, x: x}),
        r"The layer Mine defines stateless_call\(\), which dragonet never calls. Write call\(self, inputs, ...\); docs/sub",
    ),
    "a model's loop": (
        lambda: type("Mine", (dragonet.Model,), {"make_train_function": lambda self, x: x}),
        r"The model Mine defines make_train_function\(\), which dragonet never calls. The compiled loop makes the steps",
    ),
    "a metric of unequal shapes": (
        lambda: metrics.MeanSquaredError().update_state(np.ones(3), np.ones((3, 4))),
        r"\(3,\).*\(3, 4\)",
    ),
    "a loss of unequal shapes": (lambda: losses.mean_squared_error(np.ones(3), np.ones((3, 4))), r"\(3,\).*\(3, 4\)"),
    "two clips": (
        lambda: optimizers.SGD(clipnorm=1.0, clipvalue=1.0),
        r"at most one of clipnorm, clipvalue and global_clipnorm, but got clipnorm=1.0 and clipvalue=1.0",
    ),
    "early stopping on nothing": (lambda: fit(callbacks=callbacks.EarlyStopping("val_acuracy")), r"val_acuracy"),
    "a misspelt module": (lambda: dragonet.layer, r"dragonet has no 'layer'. Did you mean '[lL]ayers?'"),
    "a seed as a word": (lambda: dragonet.utils.set_random_seed("zero"), r"seed"),
    "a file that is not there": (lambda: dragonet.models.load_model("nowhere.keras"), r"nowhere.keras"),
}


def _trained_on_words():
    model = ready()
    model.fit(X, np.array(["a", "b", "c"])[Y], verbose=0)
    return model


def _two_outputs(loss="mse", **how):
    x = dragonet.Input((4,))
    model = dragonet.Model(x, [layers.Dense(4, name="first")(x), layers.Dense(4, name="second")(x)])
    model.compile("sgd", loss, **how)
    model.fit(X, [X, X], verbose=0)
    return model


def _compiled(model):
    model.compile("sgd", "mse")
    return model


def _compiled_third(given):
    model = net()
    model.compile("sgd", "mse", given)
    model.fit(X, X[:, :3], verbose=0)


def _built_dense():
    layer = layers.Dense(3)
    layer.build((None, 784))
    return layer


# What is unwise is noted once and done: name, what the user writes, the note.
NOTED = {
    "a split of sorted labels": (
        lambda: fit(y=np.sort(Y), validation_split=0.25),
        r"The labels are sorted, and validation_split takes the last rows",
    ),
    "metrics=['loss']": (
        lambda: _with_metrics(["loss"]).fit(X, Y, verbose=0),
        r"metrics=\['loss'\] is not needed: the loss is always reported",
    ),
    "a learning rate that is far too high": (
        lambda: _diverging(),
        r"became NaN or infinite at step \d+ of epoch 1, in the loss itself. Training stopped",
    ),
}


def _with_metrics(given):
    model = net()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=given)
    return model


def _diverging():
    model = regression()
    model.compile(optimizers.SGD(1e9), "mse")
    model.fit(X, X[:, :1], epochs=30, batch_size=2, verbose=0)


def test_there_are_at_least_eighty():
    assert len(REFUSED) + len(NOTED) >= 80


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_one_sentence(name):
    write, sentence = REFUSED[name]
    if sentence is None:
        write()
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises((ValueError, TypeError, AttributeError, FileNotFoundError), match=sentence) as caught:
            write()
    text = str(caught.value)
    assert "\n" not in text and text.endswith((".", "?", ")")), text
    assert len(text) < 420, text
    shown = "".join(traceback.format_exception(caught.value))
    assert "jaxlib" not in shown and "XlaRuntimeError" not in shown and "JAX has removed" not in shown, shown


@pytest.mark.parametrize("name", NOTED)
def test_noted_once_and_done(name):
    write, sentence = NOTED[name]
    with pytest.warns(errors.DragonetWarning, match=sentence) as caught:
        write()
    assert len(caught) == 1


def test_a_mistake_in_a_layer_of_ones_own_names_the_layer():
    import dataclasses

    @dataclasses.dataclass
    class Mine(layers.Layer):
        def init(self, key, in_shape):
            return ({"w": jnp.ones((3, 3))}, {}), in_shape

        def apply(self, params, state, x, *, training, key):
            return x @ params["w"], state

    with pytest.raises((TypeError, ValueError), match=r"Mine") as caught:
        fit(model=ready(Mine()))
    assert "jaxlib" not in "".join(traceback.format_exception(caught.value))


WEIGHTS = {"negative": -np.ones(24), "short": np.ones(5), "infinite": np.full(24, np.inf)}


@pytest.mark.parametrize("what", ["labels", "no y", *WEIGHTS])
def test_evaluate_and_validation_data_speak_for_themselves(what):
    """No mistake of theirs is answered as if it were fit's."""
    y = {"labels": Y + 5, "no y": None}.get(what, Y)
    for who, run in [
        ("evaluate", lambda: ready().evaluate(X, y, sample_weight=WEIGHTS.get(what), verbose=0)),
        ("validation_data", lambda: fit(validation_data=(X, y, WEIGHTS.get(what)))),
    ]:
        with pytest.raises(ValueError, match=rf"^{who}\b") as failure:
            run()
        assert "fit" not in str(failure.value)
