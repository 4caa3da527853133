"""A config that is damaged, or made to take long, ends in a sentence at once; a class of Keras's needs no module."""

import json
import zipfile

import numpy as np
import pytest

from dragonet import layers, models
from dragonet.core import errors
from dragonet.interop import untrusted


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A model and its file."""
    path = tmp_path_factory.mktemp("models") / "m.keras"
    model = models.Sequential(
        [layers.Input((2,)), layers.Dense(5, activation="softmax", name="d"), layers.ReLU(name="r")]
    )
    model.save(path)
    return model, path


def changed(saved, tmp_path, **members):
    """The file with other contents of some members, compressed."""
    path = tmp_path / "changed.keras"
    with zipfile.ZipFile(saved[1]) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, members.get(name.partition(".")[0], old.read(name)))
    return path


def config_of(saved):
    with zipfile.ZipFile(saved[1]) as members:
        return json.loads(members.read("config.json"))


DEEP = b"[" * 200_000


@pytest.mark.parametrize(
    "content",
    [
        DEEP,
        b'{"a":' * 100_000,
        b"",
        b"5",
        b"null",
        b'"x"',
        b"[]",
        b"\xff",
        b"{}",
        b'{"x": ' + b"9" * 5000 + b"}",
        b'{"class_name": "Sequential"}',
        b'{"class_name": "Sequential", "config": 5}',
        b'{"class_name": "Sequential", "config": {}}',
        b'{"class_name": ["a"], "config": {}}',
        b'{"class_name": "Dense", "config": {"units": 3}}',
        b'{"class_name": "Functional", "config": {}}',
    ],
)
def test_a_config_that_is_none(saved, tmp_path, content):
    with pytest.raises(ValueError) as caught:
        models.load_model(changed(saved, tmp_path, config=content))
    message = str(caught.value)
    assert "changed.keras" in message and message.endswith(".") and "\n" not in message, message
    with pytest.raises((ValueError, TypeError)) as caught:
        models.model_from_json(content.decode("latin-1"))
    assert str(caught.value).endswith("."), caught.value


@pytest.mark.parametrize("member", ["config", "metadata", "dragonet"])
def test_brackets_are_refused_in_every_member(saved, tmp_path, member):
    with pytest.raises(ValueError, match="JSON of at most 200 levels, but got more"):
        models.load_model(changed(saved, tmp_path, **{member: DEEP}))


def test_thousands_of_layers_in_a_small_file_are_refused_before_one_is_built(saved, tmp_path, monkeypatch):
    config = config_of(saved)
    first, dense, relu = config["config"]["layers"]
    many = [relu | {"config": relu["config"] | {"name": f"r{i}"}} for i in range(3000)]
    config["config"]["layers"] = [first, dense, *many]
    path = changed(saved, tmp_path, config=json.dumps(config).encode())
    assert path.stat().st_size < 15_000
    monkeypatch.setattr(layers.ReLU, "from_config", classmethod(lambda cls, config: pytest.fail("a layer was built")))
    with pytest.raises(ValueError, match=r"needs at most 300 layers in 1\d.* kB, but got 3,00"):
        models.load_model(path)


def test_as_many_layers_as_a_file_has_room_for_are_no_matter(saved):
    text = json.dumps(config_of(saved))
    many = json.dumps({"layers": [json.loads(text)] * 400})
    untrusted.check_layers(json.loads(many), len(many), "it")
    with pytest.raises(ValueError, match="it needs at most 300 layers in 1 kB, but got"):
        untrusted.check_layers(json.loads(many), 1000, "it")


@pytest.mark.parametrize("name", ["Sequential", "Functional"])
def test_a_class_of_keras_needs_no_module(saved, tmp_path, name):
    model = saved[0]
    if name == "Functional":
        x = layers.Input((2,))
        model = models.Model(x, layers.Dense(3, name="d")(x))
        model.save(tmp_path / "m.keras")
        saved = model, tmp_path / "m.keras"

    def without(item):
        if isinstance(item, dict):
            return {key: without(value) for key, value in item.items() if key not in ("module", "registered_name")}
        return [without(value) for value in item] if isinstance(item, list) else item

    config = without(config_of(saved))
    assert config["class_name"] == name and "module" not in config
    loaded = models.load_model(changed(saved, tmp_path, config=json.dumps(config).encode()))
    x = np.ones((1, 2), np.float32)
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))


def test_a_class_of_the_users_goes_first(saved):
    class Sequential(layers.ReLU):
        pass

    from dragonet.core.custom_objects import custom_object_scope
    from dragonet.core.serialization import from_json

    config = {"class_name": "Sequential", "config": {"name": "mine"}}
    with custom_object_scope({"Sequential": Sequential}):
        assert type(from_json(config)) is Sequential


@pytest.mark.parametrize(
    ("classes", "is_loaded"),
    [
        (["a", "b"], False),
        ([], None),
        (list("abcde"), True),
        (list(range(5)), True),
        ([1, "a", 2, 3, 4], None),
        ("abcde", None),
        ([[1]] * 5, None),
    ],
)
def test_fewer_names_than_outputs_are_left_out_and_said(saved, tmp_path, classes, is_loaded):
    path = changed(saved, tmp_path, dragonet=json.dumps({"format": 1, "classes": classes}).encode())
    if is_loaded is None:
        with pytest.raises(ValueError, match="needs a list of words or numbers"):
            models.load_model(path)
    elif is_loaded:
        assert models.load_model(path).classes_.tolist() == classes
    else:
        with pytest.warns(errors.DragonetWarning, match="names 2 classes and has 5 outputs: the names are left out"):
            loaded = models.load_model(path)
        assert loaded.classes_ is None
        loaded.predict(np.zeros((1, 2), np.float32))
