"""Malicious and damaged files: each check is tested with a file that violates it, and the message is read."""

import io
import json
import pickle
import stat
import tempfile
import time
import zipfile
import zlib
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from helpers import keras_files as both
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dragonet import Input, Model, layers, models
from dragonet.interop import untrusted, weights_h5

NAME = "m.keras"


@pytest.fixture(scope="module")
def good():
    """The members of a file that is all right."""
    model = models.Sequential([Input((4,)), layers.Dense(3, name="d"), layers.Dense(2, name="e")], name="s")
    model.compile("adam", "mse")
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder, NAME))
        with zipfile.ZipFile(Path(folder, NAME)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def refused(path, pattern, **kwargs):
    with pytest.raises(ValueError, match=pattern) as raised:
        models.load_model(path, **kwargs)
    message = str(raised.value)
    assert "\n" not in message
    assert path.name in message


def packed(folder, members):
    with zipfile.ZipFile(folder / NAME, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name) if isinstance(name, str) else name, content)
    return folder / NAME


def info(name, **attributes):
    member = zipfile.ZipInfo(name)
    for attribute, value in attributes.items():
        setattr(member, attribute, value)
    return member


def with_config(folder, good, change):
    config = json.loads(good["config.json"])
    change(config)
    return packed(folder, good | {"config.json": json.dumps(config)})


def with_h5(folder, good, change):
    file = io.BytesIO(good["model.weights.h5"])
    with h5py.File(file, "r+") as h5:
        change(h5)
    return packed(folder, good | {"model.weights.h5": file.getvalue()})


# --- the zip ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "pattern"),
    [
        (b"", "an empty file"),
        (b"hello", "another kind of file than a zip file"),
        (b"\x89HDF\r\n\x1a\n and so on", r"an HDF5 file, perhaps a model in Keras's old .h5 format"),
        (b"PK\x03\x04 and so on", "a damaged zip file, perhaps cut short"),
        (pickle.dumps({"a": 1}), "another kind of file than a zip file"),
    ],
)
def test_what_is_no_zip_is_told_apart(content, pattern, tmp_path):
    (tmp_path / NAME).write_bytes(content)
    refused(tmp_path / NAME, pattern)


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "a\\evil", "C:evil", "a//b", "./a"])
def test_names_that_lead_elsewhere_are_refused(name, good, tmp_path):
    refused(packed(tmp_path, good | {name: b"x"}), "is a path out of the file")
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_twice_is_refused(good, tmp_path):
    with zipfile.ZipFile(packed(tmp_path, good), "a") as archive:
        archive.writestr("config.json", "{}")
    refused(tmp_path / NAME, "'config.json' twice")


@pytest.mark.parametrize(
    ("attributes", "pattern"),
    [
        ({"external_attr": (stat.S_IFLNK | 0o777) << 16}, "a link or a device"),
        ({"external_attr": (stat.S_IFIFO | 0o777) << 16}, "a link or a device"),
        ({"compress_type": zipfile.ZIP_BZIP2}, "compressed in an unusual way"),
        ({"compress_type": zipfile.ZIP_LZMA}, "compressed in an unusual way"),
    ],
)
def test_odd_members_are_refused(attributes, pattern, good, tmp_path):
    refused(packed(tmp_path, good | {info("odd", **attributes): b"/etc/passwd"}), pattern)


def test_encrypted_members_are_refused(good, tmp_path):
    content = bytearray(packed(tmp_path, good).read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1  # the flag in the list at the end
    (tmp_path / NAME).write_bytes(content)
    refused(tmp_path / NAME, "which is encrypted")


def test_too_many_members_are_refused(good, tmp_path):
    refused(packed(tmp_path, good | {f"a{i}": b"" for i in range(1000)}), "1,004, more than 1,000")


@pytest.mark.parametrize("name", ["model.weights.h5", "other", "config.json"])
def test_zip_bombs_are_refused_unopened(name, good, tmp_path):
    path = packed(
        tmp_path,
        good | {info(name, compress_type=zipfile.ZIP_DEFLATED): bytes(70 * 10**6)}
        if name not in good
        else {
            **{key: value for key, value in good.items() if key != name},
            info(name, compress_type=zipfile.ZIP_DEFLATED): bytes(70 * 10**6),
        },
    )
    refused(path, "70.* MB of them in a file of ")


def test_members_that_are_smaller_or_larger_than_they_say_are_refused(good, tmp_path):
    content = packed(tmp_path, good).read_bytes()
    said = len(good["config.json"]).to_bytes(4, "little")
    for false_size in (1, 2**31, len(good["config.json"]) + 1):
        (tmp_path / NAME).write_bytes(content.replace(said, false_size.to_bytes(4, "little")))
        refused(tmp_path / NAME, "damaged 'config.json'|2.15 GB of them in a file of|a damaged zip file")


def test_other_members_are_passed_over(good, tmp_path):
    assert models.load_model(packed(tmp_path, good | {"assets/": b"", "assets/x": b"y"})).count_params() == 23


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_a_missing_member_is_named(name, good, tmp_path):
    path = packed(tmp_path, {key: value for key, value in good.items() if key != name})
    refused(
        path,
        "none called 'config.json'" if name == "config.json" else "92 bytes of numbers .* need, but got 0 bytes",
    )


# --- the config -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        (b"{", "'config.json'.* needs JSON, but got damaged text"),
        (b"\xff\xfe{", "needs JSON, but got damaged text"),
        (b"[1]", "needs a JSON object"),
        (b'{"a":' * 100_000, "at most 200 levels, but got more"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "at most 200 levels, but got more"),
        (b'{"a": ' + b"1" * 10_000 + b"}", "damaged text"),
        (b" " * (2**24 + 1), "more than 16.8 MB"),
        (b"{}", "needs a model, but got 'dict'"),
    ],
)
def test_config_that_is_no_json_of_a_model_is_refused(text, pattern, good, tmp_path):
    refused(packed(tmp_path, good | {"config.json": text}), pattern)


def test_config_of_something_else_than_a_model_is_refused(good, tmp_path):
    layer = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}}
    refused(packed(tmp_path, good | {"config.json": json.dumps(layer)}), "needs a model, but got 'Dense'")


class Trap:
    """Stands for whatever is not to be touched."""

    @classmethod
    def from_config(cls, config):
        raise AssertionError("A file made this class work.")


@pytest.mark.parametrize(
    "layer",
    [
        {"module": "os", "class_name": "system", "config": "touch pwned", "registered_name": "system"},
        {"module": "subprocess", "class_name": "Popen", "config": {"args": "touch pwned"}, "registered_name": "Popen"},
        {"module": "builtins", "class_name": "eval", "config": "1", "registered_name": None},
        {"module": "test_hostile", "class_name": "Trap", "config": {}, "registered_name": None},
        {
            "module": "keras.src.saving.saving_lib",
            "class_name": "load_model",
            "config": {"filepath": "x"},
            "registered_name": None,
        },
        {
            "module": "keras.layers",
            "class_name": "TorchModuleWrapper",
            "config": {"module": "gASV"},
            "registered_name": None,
        },
        {
            "module": "dragonet.core.serialization",
            "class_name": "import_module",
            "config": {},
            "registered_name": "os>system",
        },
        {"module": None, "class_name": "Mine", "config": {}, "registered_name": "lab>Mine"},
    ],
)
def test_classes_from_elsewhere_are_refused_by_name(layer, good, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = with_config(tmp_path, good, lambda config: config["config"]["layers"].insert(1, layer))
    for safe in (True, False):
        refused(path, f"{layer['class_name']}", safe_mode=safe)
    assert [file.name for file in tmp_path.iterdir()] == [NAME]


def test_an_unknown_class_is_to_be_passed(good, tmp_path):
    layer = {"module": None, "class_name": "Mine", "config": {}, "registered_name": "lab>Mine"}
    path = with_config(tmp_path, good, lambda config: config["config"]["layers"].insert(1, layer))
    refused(
        path,
        r"The file uses the class 'Mine', which is not dragonet's. Pass it: load_model\(path, "
        r"custom_objects=\{'Mine': Mine\}\)",
    )


@pytest.mark.parametrize("function", ["os.system", "eval", "get", "deserialize", "lookup", "__import__"])
def test_functions_from_elsewhere_are_refused(function, good, tmp_path):
    for module in ("builtins", "keras.activations", "os"):
        said = {"module": module, "class_name": "function", "config": function, "registered_name": "function"}
        path = with_config(
            tmp_path, good, lambda c, said=said: c["config"]["layers"][1]["config"].update(activation=said)
        )
        refused(path, f"the function '{function}', which is not dragonet's")
    path = with_config(tmp_path, good, lambda c: c["config"]["layers"][1]["config"].update(activation=function))
    refused(path, f"There is no activation '{function}'")


def test_lambdas_are_never_run(tmp_path):
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None, "closure": None}}
    x = keras.Input((3,))
    keras.Model(x, keras.layers.Dense(2, activation="relu")(x)).save(tmp_path / NAME)
    with zipfile.ZipFile(tmp_path / NAME) as archive:
        there = {name: archive.read(name) for name in archive.namelist()}
    for safe in (True, False):
        path = with_config(tmp_path, there, lambda c: c["config"]["layers"][1]["config"].update(activation=code))
        refused(
            path,
            "a lambda, which is code. Opening a file never runs code, not with safe_mode=False either",
            safe_mode=safe,
        )


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
def test_keras_s_lambda_layer_is_refused(tmp_path):
    x = keras.Input((3,))
    keras.Model(x, keras.layers.Lambda(lambda x: x + 1)(x)).save(tmp_path / NAME)
    refused(tmp_path / NAME, "a lambda, which is code")


@pytest.mark.parametrize("units", [10**6, 10**12, 10**30])
def test_layers_larger_than_the_file_are_refused_before_they_are_made(units, good, tmp_path):
    path = with_config(tmp_path, good, lambda config: config["config"]["layers"][2]["config"].update(units=units))
    refused(path, r"B of numbers that its layers need, but got \d+.* kB")


def test_an_initializer_of_a_large_layer_is_not_run(good, tmp_path):
    def change(config):
        for layer in config["config"]["layers"][1:]:
            layer["config"].update(units=50_000, kernel_initializer="orthogonal")

    refused(with_config(tmp_path, good, change), "10 GB of numbers that its layers need")


def test_arrays_of_long_words_are_refused(good, tmp_path):
    bomb = {"class_name": "__numpy__", "config": {"value": ["a"] * 9, "dtype": "S1000000000"}}
    path = with_config(tmp_path, good, lambda config: config["config"]["layers"][1]["config"].update(units=bomb))
    refused(path, "arrays of numbers, but got one of dtype 'S1000000000'")


def test_too_many_layers_are_refused(good, tmp_path):
    path = with_config(tmp_path, good, lambda config: config["config"].update(layers=[{}] * 10_001))
    refused(path, "at most 10,000 calls of layers, but got 10,001")


def test_models_in_models_in_models_do_not_grow_without_bounds(tmp_path, good):
    def graph(name, inner):
        start = {
            "module": "keras.layers",
            "class_name": "InputLayer",
            "name": "x",
            "inbound_nodes": [],
            "config": {"batch_shape": [None, 2], "name": "x"},
        }
        calls = [
            {
                "args": [
                    {
                        "class_name": "__keras_tensor__",
                        "config": {"shape": [None, 2], "dtype": "float32", "keras_history": [source, i, 0]},
                    }
                ],
                "kwargs": {},
            }
            for source, i in [("x", 0), *(("y", i) for i in range(9))]
        ]
        layer = inner or {"module": "keras.layers", "class_name": "ReLU", "config": {"name": "y"}}
        return {
            "module": "keras.src.models.functional",
            "class_name": "Functional",
            "registered_name": "Functional",
            "config": {
                "name": name,
                "layers": [start, layer | {"name": "y", "inbound_nodes": calls}],
                "input_layers": [["x", 0, 0]],
                "output_layers": [["y", 9 + (inner is not None), 0]],
            },
        }

    config = None
    for level in range(20):  # ten calls of ten calls of ...
        config = graph(f"m{level}", config)
    refused(packed(tmp_path, good | {"config.json": json.dumps(config)}), "at most 10,000 calls of layers, but got")


def test_graphs_that_lead_nowhere_are_refused(tmp_path):
    x = Input((2,), name="x")
    Model(x, layers.ReLU(name="b")(layers.ReLU(name="a")(x))).save(tmp_path / NAME)
    with zipfile.ZipFile(tmp_path / NAME) as archive:
        there = {name: archive.read(name) for name in archive.namelist()}

    def history(place):
        def change(config):
            config["config"]["layers"][1]["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = place

        return change

    for place in (["b", 0, 0], ["a", 0, 0], ["nobody", 0, 0], ["x", 1, 0], ["x", -1, 0]):
        refused(with_config(tmp_path, there, history(place)), "the layer 'a', which waits for one that never comes")
    refused(with_config(tmp_path, there, history(["x", 0, 1])), "tensors that one of its layers makes, but got")
    refused(with_config(tmp_path, there, history(5)), "cannot be loaded")
    refused(
        with_config(tmp_path, there, lambda c: c["config"].update(output_layers=["zz", 0, 0])),
        "one of its layers makes",
    )
    refused(with_config(tmp_path, there, lambda c: c["config"]["layers"].append(c["config"]["layers"][1])), "'a' twice")
    refused(
        with_config(tmp_path, there, lambda c: c["config"]["layers"][1].update(inbound_nodes=[[["x", 0, 0, {}]]])),
        "the form of Keras 3, but got that of Keras 2",
    )


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype float64")
@pytest.mark.parametrize("dtype", ["mixed_float16", "bfloat16", "float64"])
def test_other_dtypes_are_refused_in_a_sentence(dtype, tmp_path):
    x = keras.Input((4,))
    with both.nothing_drawn():
        keras.Model(x, keras.layers.Dense(2, dtype=dtype, name="d")(x)).save(tmp_path / NAME)
    refused(tmp_path / NAME, f"dtype='float32', but got '{dtype}'. dragonet computes in float32")


def test_quantised_layers_are_refused_in_a_sentence(good, tmp_path):
    policy = {
        "module": "keras.dtype_policies",
        "class_name": "QuantizedDTypePolicy",
        "registered_name": None,
        "config": {"mode": "int8", "source_name": "float32"},
    }
    path = with_config(tmp_path, good, lambda config: config["config"]["layers"][1]["config"].update(dtype=policy))
    refused(path, "dtype='float32', but got 'QuantizedDTypePolicy'")


def test_files_of_other_versions_are_told(good, tmp_path):
    refused(
        packed(tmp_path, good | {"metadata.json": b'{"keras_version": "2.13.1"}'}),
        "Keras 3, but got that of Keras 2.13",
    )
    newer = good | {"metadata.json": b'{"keras_version": "3.99.0"}'}
    assert models.load_model(packed(tmp_path, newer)).count_params() == 23
    path = with_config(tmp_path, newer, lambda config: config["config"]["layers"][1]["config"].update(sparkle=3))
    refused(path, "Dense has no argument 'sparkle'.*It was written by Keras 3.99, which is newer than 3.15")
    later = packed(tmp_path, good | {"dragonet.json": b'{"format": 3}'})
    refused(later, "format 1 or 2 in 'dragonet.json', but got 3. Update dragonet")
    refused(packed(tmp_path, good | {"dragonet.json": b"{}"}), "format 1 or 2 in 'dragonet.json', but got None")
    for odd in (b'{"a": 1}', b"[[1], [2]]", b"[]", b'["a", 1]', b'"ab"'):
        ours = b'{"format": 1, "classes": ' + odd + b"}"
        refused(
            packed(tmp_path, good | {"dragonet.json": ours}), "names of the classes, needs a list of words or numbers"
        )


WRONG = [-1, 1.5, None, "x", [[1]], {}, {"class_name": "Dense", "config": None}]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_wrong_values_anywhere_in_the_config_end_in_a_sentence(wrong, good, tmp_path):
    def paths(value, path=()):
        if path:
            yield path
        for key, item in (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        ):
            yield from paths(item, (*path, key))

    for path in paths(json.loads(good["config.json"])):
        config = json.loads(good["config.json"])
        value = config
        for key in path[:-1]:
            value = value[key]
        value[path[-1]] = wrong
        try:
            models.load_model(packed(tmp_path, good | {"config.json": json.dumps(config)}))
        except ValueError as failure:
            assert str(failure).startswith("The model file '")
            assert str(failure).endswith((".", "?"))
            assert "\n" not in str(failure)


# --- the weights ------------------------------------------------------------------------------------------------------

KERNEL = "layers/dense/vars/0"


def replaced(make):
    """The kernel of the first layer taken out, and something else put in its place."""

    def change(h5):
        del h5[KERNEL]
        make(h5)

    return change


def virtual(h5):
    layout = h5py.VirtualLayout((4, 3), "f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "x", shape=(4, 3))
    h5.create_virtual_dataset(KERNEL, layout)


def typed(h5):
    h5[KERNEL] = np.dtype("f4")


def late(h5):
    made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    made.set_alloc_time(h5py.h5d.ALLOC_TIME_LATE)
    h5py.h5d.create(h5[KERNEL.rsplit("/", 1)[0]].id, b"0", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((4, 3)), made)


HARMFUL = {
    "external link": (
        lambda h5: h5.__setitem__(KERNEL, h5py.ExternalLink("/etc/hostname", "/x")),
        "a link to another place",
    ),
    "soft link": (
        lambda h5: h5.__setitem__(KERNEL, h5py.SoftLink("/layers/dense_1/vars/0")),
        "a link to another place",
    ),
    "loop of links": (lambda h5: h5.__setitem__(KERNEL, h5py.SoftLink("/" + KERNEL)), "a link to another place"),
    "kept elsewhere": (
        lambda h5: h5.create_dataset(KERNEL, (4, 3), "f4", external=[("/etc/hosts", 0, 48)]),
        "in another file",
    ),
    "virtual": (virtual, "composed of other arrays"),
    "vlen": (lambda h5: h5.create_dataset(KERNEL, (4, 3), h5py.vlen_dtype("f4")), "the type object"),
    "words": (lambda h5: h5.create_dataset(KERNEL, (4, 3), h5py.string_dtype()), "the type object"),
    "references": (lambda h5: h5.create_dataset(KERNEL, (4, 3), h5py.ref_dtype), "the type object"),
    "records": (lambda h5: h5.create_dataset(KERNEL, (4, 3), "f4,f4"), "the type"),
    "opaque": (lambda h5: h5.create_dataset(KERNEL, data=np.zeros((4, 3), "V2")), r"the type \|V2"),
    "truth": (lambda h5: h5.create_dataset(KERNEL, data=np.zeros((4, 3), bool)), "the type bool"),
    "enumeration": (lambda h5: h5.create_dataset(KERNEL, (4, 3), h5py.enum_dtype({"a": 1}, "i4")), "the type int32"),
    "whole numbers": (lambda h5: h5.create_dataset(KERNEL, data=np.zeros((4, 3), "i4")), "the type int32"),
    "complex": (lambda h5: h5.create_dataset(KERNEL, data=np.zeros((4, 3), "c8")), "the type complex64"),
    "nothing": (lambda h5: h5.create_dataset(KERNEL, data=h5py.Empty("f4")), "but got"),
    "a type": (typed, "numbers, but got a group or a type"),
    "a group": (lambda h5: h5.create_group(KERNEL), "numbers, but got a group or a type"),
    "no numbers": (late, "plain numbers in the file itself"),
    "bomb": (
        lambda h5: h5.create_dataset(KERNEL, (4, 10**9), "f4", chunks=(1, 10**6), compression="gzip"),
        "in chunks",
    ),
    "in chunks": (lambda h5: h5.create_dataset(KERNEL, (4, 3), "f4", chunks=(1, 1)), "in chunks"),
    "checksums": (lambda h5: h5.create_dataset(KERNEL, (4, 3), "f4", fletcher32=True), "in chunks"),
    "huge": (lambda h5: h5.create_dataset(KERNEL, (10**9, 10**9), "f4"), "in the file itself, but got shape"),
    "other shape": (
        lambda h5: h5.create_dataset(KERNEL, data=np.zeros((3, 4), "f4")),
        r"shape \(4, 3\), but got shape \(3, 4\)",
    ),
    "missing": (lambda h5: None, r"numbers for 'd/kernel' of shape \(4, 3\), but got none at 'layers/dense/vars/0'"),
}


@pytest.mark.parametrize("kind", HARMFUL)
def test_harmful_arrays_are_refused_unread(kind, good, tmp_path):
    make, pattern = HARMFUL[kind]
    refused(with_h5(tmp_path, good, replaced(make)), pattern)


def test_what_is_no_group_is_refused(good, tmp_path):
    def flat(h5):
        del h5["layers/dense/vars"]
        h5["layers/dense/vars"] = np.zeros(3)

    def linked(h5):
        h5.move("layers", "elsewhere")
        h5["layers"] = h5py.SoftLink("/elsewhere")

    refused(with_h5(tmp_path, good, flat), "a group, but got something else")
    refused(with_h5(tmp_path, good, linked), "a link to another place")


def test_a_group_within_itself_does_no_harm(good, tmp_path):
    def ring(h5):
        h5["layers/dense/layers"] = h5["layers"]
        h5["again"] = h5["/"]

    assert models.load_model(with_h5(tmp_path, good, ring)).count_params() == 23


@pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8"])
def test_other_floats_are_read(dtype, good, tmp_path):
    path = with_h5(tmp_path, good, replaced(lambda h5: h5.create_dataset(KERNEL, data=np.full((4, 3), 0.5, dtype))))
    np.testing.assert_array_equal(models.load_model(path).layers[0].get_weights()[0], np.full((4, 3), 0.5))


def test_surplus_numbers_are_refused(good, tmp_path):
    refused(
        with_h5(tmp_path, good, lambda h5: h5.__setitem__("layers/dense/vars/2", np.zeros(3))), "'d', but got also '2'"
    )
    refused(
        with_h5(tmp_path, good, lambda h5: h5.__setitem__("layers/dense_2/vars/0", np.zeros(3))),
        "numbers only for the variables of 's', but got also 'layers/dense_2'. Load it into a model of the same layers",
    )


def test_an_optimizer_s_array_of_another_shape_is_refused(good, tmp_path):
    def change(h5):
        del h5["optimizer/vars/2"]
        h5["optimizer/vars/2"] = np.zeros((9, 9), "f4")

    path = with_h5(tmp_path, good, change)
    refused(path, r"'optimizer/vars/2' needs shape \(4, 3\), but got shape \(9, 9\)")
    assert models.load_model(path, compile=False).count_params() == 23


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89HDF\r\n\x1a\n" + bytes(200)])
def test_weights_that_are_no_hdf5_are_refused(data, good, tmp_path):
    content = data + bytes(5000)
    refused(packed(tmp_path, good | {"model.weights.h5": content}), "a whole HDF5 file, but got a damaged one")
    model = models.Sequential([Input((4,)), layers.Dense(3)])
    (tmp_path / "m.weights.h5").write_bytes(content)
    with pytest.raises(ValueError, match=r"m.weights.h5' needs a whole HDF5 file, but got a damaged one"):
        model.load_weights(tmp_path / "m.weights.h5")


def test_weights_much_larger_than_the_model_are_refused_unread(good, tmp_path):
    refused(
        packed(tmp_path, good | {"model.weights.h5": bytes(2 * 10**6)}),
        "at most 1.16 MB for the 92 bytes .* but got 2 MB",
    )


# --- damage -----------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_short_is_told(share, good, tmp_path):
    content = packed(tmp_path, good).read_bytes()
    (tmp_path / NAME).write_bytes(content[: int(share * len(content))])
    refused(tmp_path / NAME, "an empty file|cut short|another kind of file than a zip")


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=4))
def test_flipped_bits_are_noticed_or_harmless(places, good, tmp_path):
    content = bytearray(packed(tmp_path, good).read_bytes())
    for place, bits in places:
        content[place % len(content)] ^= bits
    (tmp_path / NAME).write_bytes(content)
    try:
        model = models.load_model(tmp_path / NAME)
    except ValueError as failure:
        assert NAME in str(failure)
    else:
        assert model.count_params() == 23


@settings(max_examples=60, deadline=None, derandomize=True)
@given(places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=6))
def test_flipped_bits_in_hdf5_are_noticed_or_harmless(places, good):
    content = bytearray(good["model.weights.h5"])
    marked = [i for i, byte in enumerate(content) if byte]  # most of the file is filled with zeros
    for place, bits in places:
        content[marked[place % len(marked)]] ^= bits
    model = models.Sequential([Input((4,)), layers.Dense(3), layers.Dense(2)])
    try:
        weights_h5.load(model, bytes(content), "The file 'm'")
    except ValueError as failure:
        assert str(failure).startswith("The file 'm'")


@pytest.mark.parametrize(
    ("flips", "got"),
    [
        ([(10583, 177), (10452, 17)], None),  # in parts that are not looked at
        ([(12383, 215), (7360, 17), (10565, 57), (9161, 211)], "no TREE where one is required"),
        ([(144, 18), (168, 200), (7818, 142), (736, 25)], "no SNOD where one is required"),
    ],
)
def test_what_libhdf5_never_finishes_is_done_at_once(flips, got):
    def named():
        return models.Sequential(
            [Input((4,)), layers.Dense(3, name="dense"), layers.Dense(2, name="dense_1")], name="sequential"
        )

    here, there = named(), named()
    content = bytearray(weights_h5.to_bytes(here))
    for place, bits in flips:
        content[place] ^= bits
    began = time.thread_time()
    if got:
        with pytest.raises(
            ValueError, match=rf"The file 'm': .* needs whole groups and numbers, but got damaged ones \({got}\)"
        ):
            weights_h5.load(there, bytes(content), "The file 'm'")
    else:
        weights_h5.load(there, bytes(content), "The file 'm'")
        for mine, other in zip(here.get_weights(), there.get_weights(), strict=True):
            np.testing.assert_array_equal(mine, other)
    assert time.thread_time() - began < 0.5


def test_sizes_are_said_in_words():
    assert [untrusted.format_bytes(n) for n in (0, 999, 1500, 2 * 10**6, 10**13)] == [
        "0 bytes",
        "999 bytes",
        "1.5 kB",
        "2 MB",
        "10 TB",
    ]


def test_the_checks_come_before_inflating(good, tmp_path, monkeypatch):
    monkeypatch.setattr(zlib, "decompressobj", lambda *args: pytest.fail("A bomb was opened."))
    path = packed(tmp_path, good | {"other": b"x"})
    assert both.load(both.LIBRARIES["dragonet"], path).count_params() == 23
