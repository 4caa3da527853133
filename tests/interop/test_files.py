"""Files as such: where they may be written, what else is in them, and what is said when it is not possible."""

import json
import os
import re
import zipfile

import numpy as np
import pytest
from helpers import keras_files as both

import dragonet
from dragonet import Input, layers, losses, models, saving
from dragonet.core import atomic_write, errors
from dragonet.interop import weights_h5


def model():
    return models.Sequential(
        [Input((4,)), layers.Dense(3, name="d"), layers.Dropout(0.2), layers.Dense(2, name="e")], name="s"
    )


def test_members_are_keras_s_and_one_more(tmp_path):
    model().save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5", "dragonet.json"]
        assert json.loads(archive.read("metadata.json"))["dragonet_version"] == dragonet.__version__


def test_the_groups_are_those_that_keras_makes_of_it(tmp_path):
    import h5py

    model().save(tmp_path / "a.keras")
    both.load(both.LIBRARIES["keras"], tmp_path / "a.keras").save(tmp_path / "b.keras")

    def groups(path):
        with zipfile.ZipFile(path) as archive, h5py.File(archive.open("model.weights.h5")) as file:
            names = []
            file.visititems(lambda name, item: names.append((name, dict(item.attrs))))
            return names

    assert groups(tmp_path / "a.keras") == groups(tmp_path / "b.keras")


def test_equal_models_make_equal_files(tmp_path):
    one = model()
    one.compile("adam", "mse")
    one.save(tmp_path / "a.keras")
    models.load_model(tmp_path / "a.keras").save(tmp_path / "b.keras")
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()


def test_paths_may_be_words_or_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    models.save_model(model(), "m.keras")
    assert models.load_model("m.keras").name == models.load_model(tmp_path / "m.keras").name == "s"


@pytest.mark.parametrize("classes", [["ash", "ember", "frost"], ["Feuer", "水"], [3, 5], [True, False], None])
def test_the_names_of_the_classes_are_kept(classes, tmp_path):
    one = model()
    one.classes_ = None if classes is None else np.array(classes)
    one.save(tmp_path / "m.keras")
    classes_of_file = models.load_model(tmp_path / "m.keras").classes_
    assert (
        classes_of_file is None
        if classes is None
        else (classes_of_file.tolist() == classes and classes_of_file.dtype == one.classes_.dtype)
    )


def test_a_model_trained_on_words_says_them_after_loading(tmp_path):
    one = models.Sequential([Input((4,)), layers.Dense(2, activation="softmax")])
    one.compile("sgd", "sparse_categorical_crossentropy")
    x = np.eye(4)
    one.fit(x, ["ash", "ash", "frost", "frost"], verbose=0)
    one.save(tmp_path / "m.keras")
    assert models.load_model(tmp_path / "m.keras").predict_classes(x).tolist() == one.predict_classes(x).tolist()


# --- writing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("m.h5", "m.keras"),
        ("m", "m.keras"),
        ("m.weights.h5", "m.keras"),
        ("m.hdf5", "m.keras"),
        (".keras", "model.keras"),
        ("m.KERAS", "m.keras"),
    ],
)
def test_a_model_s_name_ends_in_keras(name, instead, tmp_path):
    with pytest.raises(
        ValueError, match=rf"Saving needs a name that ends in .keras, but got '{name}'. Write .*{instead}'"
    ):
        model().save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_weights_names_end_in_weights_h5(tmp_path):
    with pytest.raises(
        ValueError, match=r"Saving needs a name that ends in .weights.h5, but got 'm.h5'. Write .*m.weights.h5'"
    ):
        model().save_weights(tmp_path / "m.h5")
    with pytest.raises(
        ValueError, match=r"load_weights needs a file whose name ends in .weights.h5 or .keras, but got 'm.h5'"
    ):
        model().load_weights(tmp_path / "m.h5")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no folder '.*nowhere' to save 'm.keras' in. Make it first"):
        model().save(tmp_path / "nowhere" / "m.keras")


def test_overwrite_false_keeps_what_is_there(tmp_path):
    (tmp_path / "m.keras").write_text("mine")
    with pytest.raises(FileExistsError, match=r"m.keras' already, and overwrite=False keeps it"):
        model().save(tmp_path / "m.keras", overwrite=False)
    assert (tmp_path / "m.keras").read_text() == "mine"
    model().save(tmp_path / "m.keras")
    model().save_weights(tmp_path / "n.weights.h5", overwrite=False)
    assert models.load_model(tmp_path / "m.keras").count_params() == 23


def test_a_folder_is_not_written_over(tmp_path):
    (tmp_path / "m.keras").mkdir()
    with pytest.raises(ValueError, match=r"Saving needs the name of a file, but got the folder"):
        model().save(tmp_path / "m.keras")


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    model().save(tmp_path / "m.keras")
    before = (tmp_path / "m.keras").read_bytes()
    for broken in (os, zipfile.ZipFile):
        with monkeypatch.context() as patch:
            patch.setattr(broken, "fsync" if broken is os else "writestr", lambda *args: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                model().save(tmp_path / "m.keras")
        assert [path.name for path in tmp_path.iterdir()] == ["m.keras"]
        assert (tmp_path / "m.keras").read_bytes() == before


def test_the_side_name_is_in_the_same_folder(tmp_path):
    with atomic_write.written(tmp_path / "a") as file:
        assert [path.name for path in tmp_path.iterdir()] == [file.name.rsplit("/")[-1]]
        assert not (tmp_path / "a").exists()


def test_a_model_without_shapes_is_not_saved(tmp_path):
    for save, name in (("save", "m.keras"), ("save_weights", "m.weights.h5")):
        with pytest.raises(ValueError, match="needs to know the shape of a row, but got none yet"):
            getattr(models.Sequential([layers.Dense(3)]), save)(tmp_path / name)


def test_a_lambda_layer_is_not_saved(tmp_path):
    one = models.Sequential([Input((4,)), layers.Lambda(lambda x: x + 1)])
    with pytest.raises(TypeError, match=r"functions that have a name, but got a lambda"):
        one.save(tmp_path / "m.keras")
    assert not list(tmp_path.iterdir())


# --- reading ----------------------------------------------------------------------------------------------------------


def test_a_missing_file_is_named_with_the_nearest(tmp_path):
    model().save(tmp_path / "dragons.keras")
    with pytest.raises(FileNotFoundError, match=r"There is no file '.*dragon.keras'. Did you mean 'dragons.keras'\?"):
        models.load_model(tmp_path / "dragon.keras")
    with pytest.raises(FileNotFoundError, match=r"There is no file '.*nowhere/m.weights.h5'\.$"):
        model().load_weights(tmp_path / "nowhere" / "m.weights.h5")
    with pytest.raises(ValueError, match="Loading needs a file, but got the folder"):
        models.load_model(tmp_path)


def test_the_old_format_is_not_read(tmp_path):
    (tmp_path / "m.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(
        ValueError, match=r"needs a .keras file, but got 'm.h5'. Load the old format in Keras and save it"
    ):
        models.load_model(tmp_path / "m.h5")


def test_loading_moves_no_dice(tmp_path):
    model().save(tmp_path / "m.keras")
    weights = []
    for load in (False, True):
        dragonet.core.session.set_seed(5)
        if load:
            models.load_model(tmp_path / "m.keras")
        weights.append(model().get_weights()[0])
    np.testing.assert_array_equal(*weights)


def test_loaded_weights_can_be_written_to(tmp_path):
    model().save(tmp_path / "m.keras")
    loaded = models.load_model(tmp_path / "m.keras")
    loaded.layers[0].bias.assign([1, 2, 3])
    loaded.get_weights()[0][:] = 0
    assert loaded.layers[0].bias.numpy().tolist() == [1, 2, 3]
    assert loaded(np.ones((1, 4))).shape == (1, 2)


@pytest.mark.parametrize("source", both.LIBRARIES)
@pytest.mark.parametrize("to", both.LIBRARIES)
@pytest.mark.parametrize("name", ["m.weights.h5", "m.keras"])
def test_weights_go_into_a_model_of_the_same_layers(source, to, name, tmp_path):
    def build(library):
        with both.nothing_drawn():
            return both.randomized(
                library.models.Sequential(
                    [
                        library.Input((4,)),
                        library.layers.Dense(3),
                        library.layers.ReLU(),
                        library.layers.BatchNormalization(),
                        library.layers.Dense(2),
                    ]
                ),
                seed,
            )

    seed = 1
    there = build(both.LIBRARIES[source])
    there.save(tmp_path / name) if name == "m.keras" else there.save_weights(tmp_path / name)
    seed = 2
    here = build(both.LIBRARIES[to])
    here.load_weights(tmp_path / name)
    for a, b in zip(there.get_weights(), here.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_of_another_shape_change_nothing_and_name_the_variable(tmp_path):
    model().save_weights(tmp_path / "m.weights.h5")
    other = models.Sequential([Input((4,)), layers.Dense(3), layers.Dense(5, name="wide")])
    before = other.get_weights()
    with pytest.raises(ValueError, match=r"'layers/dense_1/vars/0' needs shape \(3, 5\), but got shape \(3, 2\)"):
        other.load_weights(tmp_path / "m.weights.h5")
    for a, b in zip(before, other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(
        ValueError, match=r"numbers for 'third/kernel' of shape \(2, 1\), but got none at 'layers/dense_2/vars/0'"
    ):
        models.Sequential([Input((4,)), layers.Dense(3), layers.Dense(2), layers.Dense(1, name="third")]).load_weights(
            tmp_path / "m.weights.h5"
        )


@pytest.mark.parametrize(
    "load",
    [
        lambda m, path: m.load_weights(path, skip_mismatch=True),
        lambda m, path: saving.load_weights(m, path, skip_mismatch=True),
    ],
    ids=["method", "function"],
)
@pytest.mark.parametrize("name", ["m.weights.h5", "m.keras"])
def test_skip_mismatch_leaves_what_does_not_fit(tmp_path, name, load):
    def other():
        return models.Sequential(
            [Input((4,)), layers.Dense(3), layers.Dense(5, name="wide"), layers.Dense(1, name="more")]
        )

    one, here = model(), other()
    one.save(tmp_path / name) if name == "m.keras" else one.save_weights(tmp_path / name)
    before = here.get_weights()
    with pytest.raises(ValueError):
        here.load_weights(tmp_path / name)
    with pytest.warns(errors.DragonetWarning) as caught:
        load(here, tmp_path / name)
    assert [str(note.message) for note in caught] == [
        f"load_weights did not change 2 of the layers: 'wide', 'more'. The file {str(tmp_path / name)!r}: "
        "'layers/dense_1/vars/0' needs shape (3, 5), but got shape (3, 2)."
    ]
    assert caught[0].filename == __file__
    for a, b in zip(here.get_weights(), [*one.get_weights()[:2], *before[2:]], strict=True):
        np.testing.assert_array_equal(a, b)


def test_skip_mismatch_passes_over_layers_that_only_the_file_has(tmp_path):
    one, here = model(), models.Sequential([Input((4,)), layers.Dense(3)], name="short")
    one.save_weights(tmp_path / "m.weights.h5")
    with pytest.warns(
        errors.DragonetWarning, match=r"numbers only for the variables of 'short', but got also 'layers/dense_1'"
    ):
        here.load_weights(tmp_path / "m.weights.h5", skip_mismatch=True)
    np.testing.assert_array_equal(here.get_weights()[0], one.get_weights()[0])


@pytest.mark.filterwarnings("ignore:A total of:UserWarning")  # Keras's list of what does not fit
def test_skip_mismatch_reads_what_keras_reads(tmp_path):
    def wider(k):
        return k.models.Sequential([k.Input((4,)), k.layers.Dense(3), k.layers.Dense(5), k.layers.Dense(5)])

    model().save_weights(tmp_path / "m.weights.h5")
    there, here = wider(both.LIBRARIES["keras"]), wider(dragonet)
    here.set_weights(there.get_weights())
    there.load_weights(tmp_path / "m.weights.h5", skip_mismatch=True)
    with pytest.warns(errors.DragonetWarning, match="did not change 2 of the layers"):
        here.load_weights(tmp_path / "m.weights.h5", skip_mismatch=True)
    for a, b in zip(here.get_weights(), there.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_places_count_layers_by_their_class():
    x = Input((4,))
    inner = dragonet.Model(x, layers.ReLU()(layers.Dense(4)(x)))
    twice = layers.Dense(4)
    y = Input((4,))
    outer = dragonet.Model(y, [twice(twice(inner(y))), inner(y)])
    paths = [path for path, _ in weights_h5.layer_groups(outer)]
    assert sorted(paths) == [
        "",
        "layers/dense",
        "layers/functional",
        "layers/functional/layers/dense",
        "layers/functional/layers/input_layer",
        "layers/functional/layers/re_lu",
        "layers/input_layer",
    ]


def test_a_layer_of_the_user_s_travels_by_its_name(tmp_path):
    import dataclasses

    import jax.numpy as jnp

    @dataclasses.dataclass
    class Scale(layers.Layer):
        start: float = 2.0
        loss: object = None

        def __post_init__(self):
            self.loss = losses.get(self.loss)

        def init(self, key, in_shape):
            return ({"b": jnp.zeros(in_shape[-1:]), "a": jnp.full(in_shape[-1:], self.start)}, {}), in_shape

        def apply(self, params, state, x, *, training, key):
            return params["a"] * x + params["b"], state

    one = models.Sequential([Input((4,)), Scale(3.0, losses.MeanSquaredError())])
    one.save(tmp_path / "m.keras")
    loaded = models.load_model(tmp_path / "m.keras", custom_objects={"Scale": Scale})
    assert [v.name for v in loaded.variables] == ["b", "a"]
    assert loaded.layers[0].start == 3.0
    assert isinstance(loaded.layers[0].loss, losses.MeanSquaredError)
    np.testing.assert_array_equal(loaded.get_weights(), one.get_weights())
    with pytest.raises(ValueError, match=re.escape("load_model(path, custom_objects={'Scale': Scale})")):
        models.load_model(tmp_path / "m.keras")
