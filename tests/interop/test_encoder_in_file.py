"""The encoder of a table travels in the .keras file, which Keras reads as any other, and raw rows are answered."""

import copy
import zipfile

import keras
import numpy as np
import pandas as pd
import pytest
from helpers import keras_files as both

import dragonet
from dragonet import Input, layers, models
from dragonet.data import Encoder, parts, read

N = 60


@pytest.fixture(scope="module")
def table():
    draw = np.random.default_rng(0)
    return pd.DataFrame(
        {"age": draw.normal(50, 9, N), "site": draw.choice(["A", "B"], N), "answer": draw.choice(["ill", "well"], N)}
    )


@pytest.fixture(scope="module")
def model(table):
    data = read(table, target="answer")
    rows = parts(data).train
    encoder = Encoder.fit(data, rows)
    x = encoder.encode(data.x)
    scaling = layers.Normalization()
    scaling.adapt(x[rows])
    model = models.Sequential([Input((x.shape[1],)), scaling, layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[rows], data.y[rows], epochs=1, verbose=0)
    model.encoder, model.classes_ = encoder, np.array(data.classes)
    return model


@pytest.fixture
def path(model, tmp_path):
    model.save(tmp_path / "m.keras")
    return tmp_path / "m.keras"


def test_raw_rows_are_answered_by_the_model_that_was_loaded(model, path, table):
    loaded = models.load_model(path)
    x = model.encoder.encode(table)
    assert loaded.encoder == model.encoder and loaded.classes_.tolist() == ["ill", "well"]
    np.testing.assert_array_equal(loaded.predict(table[["site", "age"]]), model.predict(x))
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))
    assert loaded.predict_classes(table).tolist() == np.array(["ill", "well"])[model.predict(x).argmax(1)].tolist()
    right = (loaded.predict_classes(table) == table["answer"]).mean()
    assert loaded.evaluate(table, table["answer"].to_numpy(), verbose=0)[1] == pytest.approx(right)
    with pytest.warns(dragonet.DragonetWarning, match="no column 'site'"):
        loaded.predict(table[["age"]])


def test_raw_rows_can_be_learned_from_too(path, table):
    loaded = models.load_model(path)
    history = loaded.fit(table, table["answer"].to_numpy(), epochs=2, verbose=0, validation_split=0.25)
    assert len(history.history["val_loss"]) == 2


def test_keras_reads_the_file(model, path, table):
    x = model.encoder.encode(table)
    theirs = both.load(keras, path)
    np.testing.assert_allclose(both.outputs(theirs, x)[0], model.predict(x), atol=1e-6)


def test_equal_models_make_equal_files_and_copies_keep_the_encoder(model, path, tmp_path):
    models.load_model(path).save(tmp_path / "again.keras")
    assert (tmp_path / "again.keras").read_bytes() == path.read_bytes()
    assert copy.deepcopy(model).encoder == model.encoder


def test_a_model_without_an_encoder_has_no_such_member(tmp_path, table):
    plain = models.Sequential([Input((2,)), layers.Dense(2)])
    plain.save(tmp_path / "p.keras")
    with zipfile.ZipFile(tmp_path / "p.keras") as members:
        assert "encoder.json" not in members.namelist()
    assert models.load_model(tmp_path / "p.keras").encoder is None
    with pytest.raises(ValueError, match="x with columns of numbers"):
        plain.predict(table)


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (b"[" * 100_000, "JSON"),
        (b"{}", "An encoder needs format 1"),
        (
            b'{"format": 1, "columns": [{"kind": "category", "name": "a", "words": "x", "other": false, "indicator": false}]}',
            "at most 50 different words",
        ),
    ],
)
def test_a_strangers_encoder_is_data(path, tmp_path, member, words):
    bad = tmp_path / "bad.keras"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(bad, "w") as new:
        for name in old.namelist():
            new.writestr(name, member if name == "encoder.json" else old.read(name))
    with pytest.raises(ValueError) as caught:
        models.load_model(bad)
    assert words in str(caught.value) and str(bad) in str(caught.value)
