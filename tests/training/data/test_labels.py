"""Labels that are words have one numbering for a model's life: the right score, or a sentence, never another numbering."""

import copy

import numpy as np
import pandas as pd
import pytest

import dragonet
from dragonet import layers

RNG = np.random.default_rng(0)
NUMBERS = np.repeat([0, 1, 2], 20)
X = np.eye(3, dtype="float32")[NUMBERS] + RNG.normal(0, 0.05, (60, 3)).astype("float32")
ANIMALS = np.array(["cat", "dog", "eel"])
DIGITS = np.array(["1", "2", "3"])
ORDER = RNG.permutation(60)
X, NUMBERS = X[ORDER], NUMBERS[ORDER]
ENGINES = ("native", "xla")


def build(engine="native", loss="sparse_categorical_crossentropy", units=3):
    model = dragonet.Sequential([dragonet.Input((3,)), layers.Dense(units, "softmax" if units > 1 else "sigmoid")])
    model.compile(dragonet.optimizers.Adam(0.1), loss, metrics=["accuracy"], engine=engine)
    return model


def trained(names=ANIMALS, engine="native", epochs=30, **how):
    model = build(engine, **how)
    model.fit(X, names[NUMBERS], epochs=epochs, verbose=0)
    return model


def accuracy(model, x, y, **how):
    return model.evaluate(x, y, verbose=0, return_dict=True, **how)["accuracy"]


# --- one numbering


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_any_part_of_the_rows_is_scored_by_the_numbering_of_the_first_fit(engine, loss):
    model = trained(engine=engine, loss=loss)
    assert model.classes_.tolist() == ["cat", "dog", "eel"]
    y = ANIMALS[NUMBERS]
    assert accuracy(model, X, y) == 1.0
    for part in (NUMBERS == 2, NUMBERS == 1, NUMBERS > 0):
        assert accuracy(model, X[part], y[part]) == 1.0
        assert model.test_on_batch(X[part], y[part], return_dict=True)["accuracy"] == 1.0
        assert accuracy(model, iter([(X[part], y[part])]), None) == 1.0
        history = model.fit(X, y, validation_data=(X[part], y[part]), verbose=0)
        assert history.history["val_accuracy"] == [1.0]
    wrong = np.array(["dog", "eel", "cat"])[NUMBERS]
    assert accuracy(model, X, wrong) == 0.0


def test_a_second_fit_on_fewer_classes_keeps_the_numbers():
    model = trained()
    part = NUMBERS > 0
    model.fit(X[part], ANIMALS[NUMBERS[part]], epochs=3, verbose=0)
    assert model.classes_.tolist() == ["cat", "dog", "eel"]
    assert accuracy(model, X, ANIMALS[NUMBERS]) == 1.0
    assert (model.predict_classes(X) == ANIMALS[NUMBERS]).all()


def test_batches_of_a_generator_and_train_on_batch_share_the_numbering():
    def batches():
        for first in range(0, 60, 10):  # each of two classes alone
            keep = NUMBERS[first : first + 10] != first // 10 % 3
            yield X[first : first + 10][keep], ANIMALS[NUMBERS[first : first + 10][keep]]

    model, plain = build(), build()
    plain.set_weights(model.get_weights())
    model.classes_ = ANIMALS
    model.fit(batches(), verbose=0)
    for x, y in batches():
        model.train_on_batch(x, y)
    for _ in range(2):
        for x, y in batches():
            plain.train_on_batch(x, np.searchsorted(ANIMALS, y))
    for a, b in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("who", ["fit", "train_on_batch"])
def test_a_first_batch_that_lacks_a_class_is_refused_unless_the_words_are_known(who):
    model = build()
    part = NUMBERS > 0
    x, y = X[part], ANIMALS[NUMBERS[part]]
    said = rf"^{who}, which sees one batch after another, needs to know all 3 words before, but got 2 in the first batch. Write"
    with pytest.raises(ValueError, match=said):
        model.fit(iter([(x, y)]), verbose=0) if who == "fit" else model.train_on_batch(x, y)
    assert model.classes_ is None and model.optimizer.iterations == 0
    model.classes_ = ANIMALS
    model.fit(iter([(x, y)]), verbose=0) if who == "fit" else model.train_on_batch(x, y)
    assert model.classes_.tolist() == ANIMALS.tolist()


def test_a_batch_with_all_classes_needs_no_help():
    model = build()
    model.train_on_batch(X, ANIMALS[NUMBERS])
    assert model.classes_.tolist() == ANIMALS.tolist()
    binary = build(units=1, loss="binary_crossentropy")
    binary.fit(iter([(X, np.array(["no", "yes"])[NUMBERS % 2])]), verbose=0)
    assert binary.classes_.tolist() == ["no", "yes"]


def test_an_order_that_is_assigned_holds():
    model = build()
    model.classes_ = ["eel", "cat", "dog"]
    model.fit(X, ANIMALS[NUMBERS], epochs=30, verbose=0)
    assert (model.predict(X, verbose=0).argmax(1) == (NUMBERS + 1) % 3).all()
    assert (model.predict_classes(X) == ANIMALS[NUMBERS]).all()
    assert accuracy(model, X[NUMBERS == 2], ANIMALS[NUMBERS[NUMBERS == 2]]) == 1.0


@pytest.mark.parametrize("names", [ANIMALS, DIGITS])
def test_the_numbering_goes_with_files_and_copies(tmp_path, names):
    model = trained(names)
    model.save(tmp_path / "model.keras")
    part = NUMBERS == 2
    for other in (dragonet.models.load_model(tmp_path / "model.keras"), copy.deepcopy(model)):
        assert accuracy(other, X[part], names[NUMBERS[part]]) == 1.0
        other.fit(X[part], names[NUMBERS[part]], verbose=0)
        assert other.classes_.tolist() == names.tolist()
        with pytest.raises(ValueError, match=r"fit needs labels that the model was trained on.*but got 'owl'"):
            other.fit(X, np.where(part, "owl", "cat"), verbose=0)


def test_members_of_a_fleet_share_it():
    model = build()
    model.classes_ = ANIMALS[::-1]
    fleet = dragonet.Fleet(model, seeds=2)
    fleet.fit(X, ANIMALS[NUMBERS], epochs=30, verbose=0)
    assert [member.classes_.tolist() for member in fleet.members] == [["eel", "dog", "cat"]] * 2
    assert fleet.evaluate(X[NUMBERS == 2], ANIMALS[NUMBERS[NUMBERS == 2]])["accuracy"].mean == 1.0


# --- numbers and words


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["int64", "uint8", "float32", "float64", ">i4", "object"])
def test_words_that_are_numbers_are_found_by_numbers(dtype, engine):
    model = trained(DIGITS, engine)
    y = (NUMBERS + 1).astype(dtype)
    assert accuracy(model, X, y) == accuracy(model, X, y[:, None]) == accuracy(model, X, y.tolist()) == 1.0
    part = NUMBERS == 2
    assert accuracy(model, X[part], y[part]) == 1.0
    assert model.fit(X, y, validation_data=(X[part], y[part]), verbose=0).history["val_accuracy"] == [1.0]
    assert model.train_on_batch(X[part], y[part], return_dict=True)["accuracy"] == 1.0
    for one in (0, 4, 1.5, -1, np.nan):
        with pytest.raises(
            ValueError, match=r"evaluate needs labels that the model was trained on, \['1', '2', '3'\], but got"
        ):
            model.evaluate(X, np.full(60, one), verbose=0)


@pytest.mark.parametrize("keys", [(1, 3), (1.0, 3.0), ("1", "3"), (np.int64(1), np.float32(3))])
def test_class_weights_are_of_the_named_classes(keys):
    weighted, plain = build(), build()
    plain.set_weights(weighted.get_weights())
    weighted.fit(X, DIGITS[NUMBERS], class_weight=dict(zip(keys, (2.0, 0.5), strict=True)), shuffle=False, verbose=0)
    plain.fit(X, NUMBERS, sample_weight=np.array([2.0, 1.0, 0.5])[NUMBERS], shuffle=False, verbose=0)
    for a, b in zip(weighted.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    with pytest.raises(ValueError, match=r"keys of class_weight that are classes of the model, but got 0"):
        build().fit(X, DIGITS[NUMBERS], class_weight={0: 2.0}, verbose=0)


def test_truth_is_found_among_the_words_for_it():
    names = np.array(["False", "True"])
    model = build(units=1, loss="binary_crossentropy")
    truth = NUMBERS == 1
    model.fit(X, names[truth.astype(int)], epochs=60, verbose=0)
    score = accuracy(model, X, names[truth.astype(int)])
    assert score > 0.9
    assert accuracy(model, X, truth) == accuracy(model, X, truth[:, None]) == score
    assert accuracy(model, X, ~truth) == pytest.approx(1 - score)


USES = {
    "fit": lambda model, x, y: model.fit(x, y, verbose=0),
    "evaluate": lambda model, x, y: model.evaluate(x, y, verbose=0),
    "test_on_batch": lambda model, x, y: model.test_on_batch(x, y),
    "train_on_batch": lambda model, x, y: model.train_on_batch(x, y),
    "a generator": lambda model, x, y: model.fit(iter([(x, y)]), verbose=0),
    "validation_data": lambda model, x, y: model.fit(X, model.classes_[NUMBERS], validation_data=(x, y), verbose=0),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("y", [NUMBERS, NUMBERS.astype("float32"), NUMBERS == 1], ids=["int", "float", "bool"])
def test_numbers_for_words_are_refused_with_what_to_write(use, y):
    model = trained(epochs=1)
    said = r"needs labels that the model was trained on, \['cat', 'dog', 'eel'\], but got numbers .*write model.classes_\[y\]"
    with pytest.raises(ValueError, match=said):
        USES[use](model, X, y)
    USES[use](model, X, model.classes_[np.asarray(y, int)])


@pytest.mark.parametrize("use", USES)
def test_new_words_are_refused(use):
    model = trained(epochs=1)
    y = ANIMALS[NUMBERS].astype("<U5")
    y[7] = "eel "
    with pytest.raises(
        ValueError, match=r"labels that the model was trained on, \['cat', 'dog', 'eel'\], but got 'eel '\. To"
    ):
        USES[use](model, X, y)
    assert model.classes_.tolist() == ANIMALS.tolist()


@pytest.mark.parametrize("use", [name for name in USES if name != "validation_data"])
def test_words_for_a_model_that_learned_numbers_are_refused(use):
    model = build()
    model.fit(X, NUMBERS, verbose=0)
    with pytest.raises(
        ValueError, match=r"needs class numbers in y, as this model was not trained on words, but got words"
    ):
        USES[use](model, X, ANIMALS[NUMBERS])
    model.classes_ = ANIMALS
    USES[use](model, X, ANIMALS[NUMBERS])


def test_words_are_not_numbered_by_evaluate():
    model = build()
    with pytest.raises(ValueError, match=r"^evaluate needs class numbers in y, as this model was not trained on words"):
        model.evaluate(X, ANIMALS[NUMBERS])
    assert model.classes_ is None


def test_a_refused_fit_fixes_nothing():
    model = build()
    with pytest.raises(ValueError, match="rows"):
        model.fit(X[:5], ANIMALS[NUMBERS], verbose=0)
    with pytest.raises(ValueError, match="at most 3 classes, as its last layer has 3 units, but got 4"):
        model.fit(X, np.array(["a", "b", "c", "d"])[np.arange(60) % 4], verbose=0)
    with pytest.raises(ValueError, match="batch_size"):
        model.fit(X, DIGITS[NUMBERS], batch_size=0, verbose=0)
    assert model.classes_ is None
    model.fit(X, ANIMALS[NUMBERS], verbose=0)
    assert model.classes_.tolist() == ANIMALS.tolist()


def test_none_begins_anew():
    model = trained(epochs=1)
    model.classes_ = None
    model.fit(X, NUMBERS, verbose=0)
    assert model.classes_ is None and model.predict_classes(X).dtype.kind == "i"


def test_other_losses_leave_the_names_alone():
    model = trained(epochs=1)
    model.compile("sgd", "mse")
    model.fit(X, X, verbose=0)
    assert model.classes_.tolist() == ANIMALS.tolist()
    with pytest.raises(ValueError, match="The loss MeanSquaredError needs y of numbers, but got words such as"):
        model.fit(X, ANIMALS[NUMBERS], verbose=0)


def test_one_hot_rows_are_no_names():
    model = trained(loss="categorical_crossentropy")
    assert accuracy(model, X, np.eye(3)[NUMBERS]) == 1.0


def test_words_for_several_outputs_are_refused():
    x = dragonet.Input((3,))
    model = dragonet.Model(x, [layers.Dense(3, "softmax")(x), layers.Dense(3, "softmax")(x)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="Words as labels needs a model of one output, but got 2"):
        model.fit(X, [ANIMALS[NUMBERS], NUMBERS], verbose=0)


def test_a_class_without_a_name_is_said():
    model = build(units=4)
    model.fit(X, np.array(["a", "b", "c"])[NUMBERS], verbose=0)
    model.layers[-1].set_weights([np.zeros((3, 4)), np.array([0, 0, 0, 1.0])])
    with pytest.raises(ValueError, match=r"predict_classes needs a name for class 3, but got 3, \['a', 'b', 'c'\]"):
        model.predict_classes(X)


# --- what words come in

WORDS = ANIMALS[NUMBERS]
KINDS = {
    "list": WORDS.tolist(),
    "tuple": tuple(WORDS.tolist()),
    "a column": WORDS[:, None],
    "objects": WORDS.astype(object),
    "bytes": WORDS.astype("S"),
    "bytes as objects": WORDS.astype("S").astype(object),
    "a list of bytes": WORDS.astype("S").tolist(),
    "a longer dtype": WORDS.astype("U40"),
    "big-endian": WORDS.astype(">U3"),
    "series": pd.Series(WORDS),
    "strings": pd.Series(WORDS, dtype="string"),
    "categorical": pd.Series(WORDS, dtype="category"),
    "pandas.Categorical": pd.Categorical(WORDS),
    "categories in another order": pd.Series(pd.Categorical(WORDS, ["eel", "dog", "cat", "owl"])),
    "index": pd.Index(WORDS),
    "table": pd.DataFrame({"animal": WORDS}),
}
if hasattr(np.dtypes, "StringDType"):
    KINDS["StringDType"] = WORDS.astype(np.dtypes.StringDType())


@pytest.mark.parametrize("kind", KINDS)
def test_words_of_any_kind_are_the_same_words(kind):
    model = build()
    model.fit(X, KINDS[kind], epochs=2, verbose=0)
    assert model.classes_.tolist() == ANIMALS.tolist()
    dragonet.core.session.set_seed(0)
    assert model.evaluate(X, KINDS[kind], verbose=0) == model.evaluate(X, WORDS, verbose=0)


def replaced(value):
    mixed = WORDS.astype(object)
    mixed[[3, 5]] = value
    return mixed


@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "y without missing values, but got 2 missing, the first in row 3"),
        (np.nan, "y without missing values, but got 2 missing, the first in row 3"),
        (7, r"y of words alone, or of numbers alone, but got 7 \(int\)"),
        (2.5, r"y of words alone, or of numbers alone, but got 2.5 \(float\)"),
        (True, r"y of words alone, or of numbers alone, but got True \(bool\)"),
        (b"\xff\xfe", "y as text in UTF-8"),
    ],
)
def test_labels_of_mixed_kinds_are_refused(value, said, as_list):
    mixed = replaced(value).tolist() if as_list else replaced(value)
    with pytest.raises((ValueError, TypeError), match=said):
        build().fit(X, mixed, verbose=0)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
@pytest.mark.parametrize("dtype", [object, "string", "category"])
def test_missing_labels_of_pandas_are_counted(missing, dtype):
    series = pd.Series([*WORDS[:-1].tolist(), missing], dtype=dtype)
    with pytest.raises(ValueError, match=r"y without missing values, but got 1 missing"):
        build().fit(X, series, verbose=0)


NAMES = {
    "a word": ("cat", TypeError, "model.classes_ needs a list of names, but got 'cat'"),
    "a number": (3, TypeError, "model.classes_ needs a list of names, but got 3"),
    "nothing": ([], ValueError, r"a list of names, but got \[\]"),
    "twice": (["a", "b", "a"], ValueError, "each name once, but got a 2 times"),
    "a table": ([["a"], ["b"]], ValueError, "a list of names"),
}


@pytest.mark.parametrize("name", NAMES)
def test_names_that_are_none_are_refused(name):
    names, kind, said = NAMES[name]
    with pytest.raises(kind, match=said):
        build().classes_ = names


def test_names_may_be_numbers():
    model = build()
    model.classes_ = [10, 20, 30]
    y = np.array([10, 20, 30])[NUMBERS]
    model.fit(X, y, epochs=30, verbose=0)
    part = NUMBERS == 2
    assert accuracy(model, X[part], y[part]) == accuracy(model, X[part], y[part].astype(str)) == 1.0
    assert (model.predict_classes(X) == y).all()
    with pytest.raises(ValueError, match=r"trained on, \[10, 20, 30\], but got [012]"):
        model.fit(X, NUMBERS, verbose=0)
