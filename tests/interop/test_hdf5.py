"""Our reader of HDF5: it reads what h5py and Keras write, number for number, and ends soon on whatever else."""

import io
import random
import struct
import time
import zipfile

import h5py
import keras
import numpy as np
import pytest
from helpers import keras_files as both

from dragonet import Input, layers, models
from dragonet.interop import hdf5_format, weights_h5
from dragonet.interop.hdf5 import Arrays

DTYPES = [
    f"{order}{kind}" for order in "<>" for kind in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
]
SHAPES = [(), (1,), (5,), (0,), (2, 3), (3, 0, 2), (2, 1, 3, 1, 2)]
AGAIN = r"HDF5 in the format that Keras writes, but got .*\. Load it in Keras and save it again\."


def file(make, **kwargs):
    """The bytes of a file that h5py makes."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **kwargs) as h5:
        make(h5)
    return buffer.getvalue()


def contents(data):
    """All arrays of a file, and the names in its groups, as h5py reads them."""
    arrays, groups = {}, {}

    def look(path, item):
        if isinstance(item, h5py.Dataset):
            arrays[path] = item[()]
        else:
            groups[path] = list(item)

    with h5py.File(io.BytesIO(data)) as h5:
        groups[""] = list(h5)
        h5.visititems(look)
    return arrays, groups


def assert_as_h5py_reads(data):
    expected, groups = contents(data)
    with Arrays(data, "The file 'm'") as arrays:
        assert {path: arrays.names(path) for path in groups} == groups
        for path, value in expected.items():
            result = arrays.read(path, np.shape(value), np.asarray(value).dtype)
            assert result.dtype == np.asarray(value).dtype
            assert result.flags.writeable
            np.testing.assert_array_equal(result, value, err_msg=path)
    return expected, groups


# --- what is whole ----------------------------------------------------------------------------------------------------


def test_every_dtype_and_shape_is_read_as_h5py_reads_it():
    draw = np.random.default_rng(0)

    def make(h5):
        for dtype in DTYPES:
            for shape in SHAPES:
                h5[f"{dtype}/{len(shape)} {shape}"] = (100 * draw.random(shape)).astype(dtype)
        h5["odd"] = np.array([np.nan, -0.0, np.inf, 1e-310])
        h5["schön/水".encode()] = np.arange(3.0)

    arrays, _ = assert_as_h5py_reads(file(make))
    assert len(arrays) == len(DTYPES) * len(SHAPES) + 2


def test_numbers_in_the_header_itself_are_read():
    def make(h5):
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        made = h5py.h5d.create(h5.id, b"a", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((2, 3)), compact)
        h5py.Dataset(made)[...] = np.arange(6.0).reshape(2, 3)

    assert_as_h5py_reads(file(make))


def test_groups_of_many_members_are_read_whole():
    def make(h5):
        for i in range(3000):
            h5.create_group(f"layers/dense_{i}")
        h5["layers/dense_2999/vars/0"] = np.arange(3.0)

    data = file(make)
    levels = {data[i + 5] for i in range(0, len(data), 8) if data[i : i + 4] == b"TREE"}
    assert levels == {0, 1, 2}, "the tree must have levels, or this tests nothing"
    assert_as_h5py_reads(data)


def test_headers_that_go_on_elsewhere_are_read():
    def make(h5):
        h5["a"] = np.arange(6.0).reshape(2, 3)
        for i in range(30):
            for name in ("a", "/"):
                h5[name].attrs[f"note {i}"] = np.arange(10 * i)

    data = file(make)
    assert (
        len(hdf5_format.Header(hdf5_format.File(data).blocks, address(data, "a")).messages[hdf5_format.CONTINUATION])
        > 1
    )
    assert_as_h5py_reads(data)


def test_a_model_of_hundreds_of_layers_comes_back():
    with both.nothing_drawn():
        model = models.Sequential([Input((1,)), *(layers.Dense(1) for _ in range(300))])
        other = models.Sequential([Input((1,)), *(layers.Dense(1) for _ in range(300))])
        for i, variable in enumerate(model.variables):
            variable.assign(np.full(variable.shape, i, np.float32))
    data = weights_h5.to_bytes(model)
    weights_h5.load(other, data, "The file 'm'")
    assert [float(variable.numpy().sum()) for variable in other.variables] == list(range(600))
    assert_as_h5py_reads(data)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_files_of_keras_are_read_with_the_optimizer_s_state(optimizer, tmp_path):
    with both.nothing_drawn():
        model = keras.Sequential(
            [
                keras.Input((4,)),
                keras.layers.Dense(3),
                keras.layers.BatchNormalization(),
                keras.layers.Dropout(0.5),
                keras.Sequential([keras.Input((3,)), keras.layers.GRU(2)][:1]),
            ]
        )
    both.randomized(model)
    model.compile(optimizer, "mse")
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        arrays, groups = assert_as_h5py_reads(archive.read("model.weights.h5"))
    assert len(groups["optimizer/vars"]) == 2 + len(model.trainable_variables) * (2 if optimizer == "adam" else 1)
    assert arrays["optimizer/vars/0"].dtype == np.int32


def test_what_is_not_there_is_none():
    with Arrays(file(lambda h5: h5.__setitem__("a/b", np.zeros(3))), "The file 'm'") as arrays:
        assert arrays.names("c/d") == arrays.names("a/c") == []
        assert arrays.read("a/c", (3,), "f4") is None
        assert arrays.read("c/d", (3,), "f4") is None
        for path in ("a/b", "a/b/c"):
            with pytest.raises(ValueError, match="The file 'm': 'a/b' needs a group, but got something else"):
                arrays.names(path)


def test_h5py_s_settings_do_not_change_what_is_written():
    model = models.Sequential([Input((4,)), layers.Dense(3)])
    model.compile("adam", "mse")
    data = weights_h5.to_bytes(model)
    settings = h5py.get_config()
    settings.track_order = True
    try:
        assert weights_h5.to_bytes(model) == data
    finally:
        settings.track_order = False


class Größe(layers.Dense):
    """A layer whose class has a name that HDF5 would store in its newer format."""


def test_classes_may_have_names_in_other_letters(tmp_path):
    here, there = (models.Sequential([Input((4,)), Größe(3)]) for _ in range(2))
    here.save_weights(tmp_path / "m.weights.h5")
    there.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(here.get_weights()[0], there.get_weights()[0])
    with h5py.File(tmp_path / "m.weights.h5") as h5:
        np.testing.assert_array_equal(h5["layers/größe/vars/0"], here.get_weights()[0])
        assert list(h5["layers"]) == ["größe"]


# --- other forms of HDF5 ----------------------------------------------------------------------------------------------


def refused(data, pattern, path="a"):
    with pytest.raises(ValueError, match=pattern) as raised, Arrays(data, "The file 'm'") as arrays:
        arrays.read(path, (3,), np.float64)
    assert str(raised.value).isprintable()
    assert str(raised.value).startswith("The file 'm'")


def array(h5):
    h5["a"] = np.arange(3.0)


def typed(h5):
    h5["type"] = np.dtype("f8")
    h5.create_dataset("a", (3,), h5["type"])


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (file(array, libver="v108"), "version 2 of the format"),
        (file(array, libver="latest"), "version 3 of the format"),
        (file(array, track_order=True), "a newer format"),
        (file(lambda h5: h5.create_dataset("a", data=np.arange(3.0), track_order=True)), "a header in a newer format"),
        (
            file(lambda h5: h5.__setitem__("größe", np.arange(3.0))),
            "a newer format, which names with non-ASCII letters",
        ),
        (file(typed), "a header that shares a part with others"),
    ],
    ids=["1.8", "latest", "ordered", "ordered array", "letters", "named type"],
)
def test_other_forms_are_to_be_saved_again(data, got):
    refused(data, got)
    refused(data, AGAIN)


def test_bytes_before_the_file_are_refused():
    refused(
        file(array, userblock_size=512),
        r"a whole HDF5 file, but got a damaged one \(no HDF where one is required\)",
    )


# --- damage by hand ----------------------------------------------------------------------------------------------------


def address(data, path):
    """The address of an object's header."""
    with h5py.File(io.BytesIO(data)) as h5:
        return h5py.h5o.get_info(h5[path].id).addr


def message(kind, body, flags=0):
    return struct.pack("<HHB3x", kind, len(body), flags) + body


def header(*messages, more=0):
    body = b"".join(messages)
    return struct.pack("<BxHII4x", 1, len(messages) + more, 1, len(body)) + body


SHAPE = message(1, struct.pack("<BBB5xQ", 1, 1, 0, 3))
TYPE = message(3, struct.pack("<BBBxIHHBBBBI4x", 0x11, 0x20, 63, 8, 0, 64, 52, 11, 0, 52, 1023))


def layout(start, length, version=3, kind=1):
    return message(8, struct.pack("<BBQQ6x", version, kind, start, length))


def with_header(part, after=b""):
    """A file with an array 'a' with this header at its end, or the one that `part(start)` makes; `after` follows it."""
    data = file(array)
    start = len(data)
    block = part(start) if callable(part) else part
    return data.replace(struct.pack("<Q", address(data, "a")), struct.pack("<Q", start)) + block + after


def test_headers_made_by_hand_are_read():
    with Arrays(with_header(header(SHAPE, TYPE, layout(0, 24))), "The file 'm'") as arrays:
        assert arrays.read("a", (3,), np.float64).tobytes() == file(array)[:24]


@pytest.mark.parametrize(
    ("part", "got"),
    [
        (header(SHAPE, TYPE, layout(0, 2**62)), "numbers beyond the end of the file"),
        (header(SHAPE, TYPE, layout(2**64 - 8, 24)), "numbers beyond the end of the file"),
        (header(SHAPE, TYPE, layout(2**64 - 1, 24)), r"shape \(3,\) with 0 bytes for it"),
        (header(SHAPE, TYPE, layout(0, 23)), r"shape \(3,\) with 23 bytes for it"),
        (
            header(message(1, struct.pack("<BBB5x3Q", 1, 3, 0, 2**63, 2**63, 2**63)), TYPE, layout(0, 24)),
            r"with 24 bytes for it",
        ),
        (
            header(message(1, struct.pack("<BBB5x2Q", 1, 2, 0, 0, 2**63)), TYPE, layout(0, 24)),
            r"shape \(0, 9223372036854775808\)",
        ),
        (header(message(1, struct.pack("<BBB5xQ", 1, 2, 0, 3)), TYPE, layout(0, 24)), "a part of a header cut short"),
        (header(message(1, struct.pack("<BBB5xQ", 1, 33, 0, 3)), TYPE, layout(0, 24)), "an invalid shape"),
        (header(message(1, struct.pack("<BBB5xQ", 3, 1, 0, 3)), TYPE, layout(0, 24)), "an invalid shape"),
        (header(SHAPE, SHAPE, TYPE, layout(0, 24)), "a part missing or twice"),
        (header(TYPE, layout(0, 24)), "a part missing or twice"),
        (header(SHAPE, TYPE), "a group or a type"),
        (header(SHAPE, TYPE, layout(0, 24, version=1)), "an array in an older format"),
        (header(SHAPE, TYPE, layout(0, 24, kind=4)), "an array of an unknown layout"),
        (
            header(SHAPE, message(3, TYPE[8:].replace(b"\xff\x03", b"\xfe\x03")), layout(0, 24)),
            "the type of odd floats",
        ),
        (header(SHAPE, message(3, TYPE[8:], flags=2), layout(0, 24)), "a header that shares a part"),
        (header(SHAPE, TYPE, layout(0, 24), more=1), "a header of 3 parts instead of 4"),
        (header(SHAPE, TYPE, layout(0, 24)[:-4]), "longer than the header"),
        (header(SHAPE, TYPE, layout(0, 24))[:-8], "a part beyond the end of the file"),
        (b"\2" + header()[1:], "no header where one is required"),
        (lambda start: header(message(0x10, struct.pack("<QQ", start, 24))), "overlapping parts"),
        (lambda start: header(message(0x10, struct.pack("<QQ", start + 16, 24))), "overlapping parts"),
        (header(message(0x11, struct.pack("<QQ", 0, 0))), "overlapping parts"),
        (header(message(0x11, struct.pack("<QQ", 8, 8))), "no HEAP where one is required"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_damaged_headers_are_refused(part, got):
    refused(with_header(part), got)


def test_parts_that_overlap_are_refused_before_they_are_all_read():
    empty, count = 8 * 1000, 40  # each of the 40 continues with nearly all of the thousand empty messages

    def overlapping_header(start):
        after = start + 16 + 24 * count
        return header(*(message(0x10, struct.pack("<QQ", after + 8 * i, empty - 8 * i)) for i in range(count)))

    refused(with_header(overlapping_header, bytes(empty)), "overlapping parts")


def nodes(data, signature):
    return [i for i in range(0, len(data), 8) if data[i : i + 4] == signature]


def test_a_tree_with_a_ring_is_refused():
    data = bytearray(file(lambda h5: [h5.create_group(f"a/{i}") for i in range(400)]))
    top = next(i for i in nodes(data, b"TREE") if data[i + 5] == 1)
    child = struct.unpack_from("<Q", data, top + 32)[0]
    for target, got in ((top, "overlapping parts"), (child, "overlapping parts")):
        ring = bytearray(data)
        ring[top + 48 : top + 56] = struct.pack("<Q", target)  # its second child
        refused(bytes(ring), got, path="a/0")
    deep = bytearray(data)
    deep[child + 5] = 200
    refused(bytes(deep), "an invalid tree", path="a/0")


def test_groups_do_not_share_their_members():
    data = file(lambda h5: [h5.create_group(f"{name}/{name}") for name in "ab"])
    tables = [
        struct.pack("<QQ", *fields)
        for fields in (struct.unpack_from("<QQ", data, address(data, name) + 24) for name in "ab")
    ]
    assert all(data.count(table) == 2 for table in tables), "in the header, and once more where the group is listed"
    shared = data.replace(tables[1], tables[0])
    with Arrays(shared, "The file 'm'") as arrays:
        assert arrays.names("a") == ["a"]
        with pytest.raises(
            ValueError, match=r"'b' needs whole groups and numbers, but got damaged ones .overlapping parts"
        ):
            arrays.names("b")


def test_a_group_in_many_places_is_read_in_one():
    def make(h5):
        h5["a/0"] = np.arange(3.0)
        for i in range(5):
            h5[f"again {i}"] = h5["a"]

    with Arrays(file(make), "The file 'm'") as arrays:
        assert arrays.names("a") == arrays.names("a") == ["0"]
        with pytest.raises(
            ValueError, match="'again 1' needs an object with one path, but got one that is also at 'a'"
        ):
            arrays.names("again 1")


def test_names_that_cannot_be_are_refused():
    data = file(lambda h5: [h5.__setitem__(name, np.arange(3.0)) for name in ("a", "bcd")])
    (leaf,) = nodes(data, b"SNOD")
    first, second = (struct.unpack_from("<Q", data, leaf + 8 + 40 * i)[0] for i in range(2))

    def named(offset):
        return data[: leaf + 48] + struct.pack("<Q", offset) + data[leaf + 56 :]

    refused(named(first), "overlapping parts")
    refused(named(2**63), "a name without an end")
    refused(data.replace(b"bcd\0", b"b\xffd\0"), "a name that is not text")
    refused(data.replace(b"bcd\0", b"a\0\0\0"), "a name twice")
    refused(data[: leaf + 64] + b"\3" + data[leaf + 65 :], "a member of an unknown kind")
    assert named(second) == data


def test_files_cut_short_are_refused():
    data = file(array)
    for length in (0, 7, 8, 9, 95, 96, 97, len(data) // 2, len(data) - 1):
        refused(data[:length], "a whole HDF5 file, but got a damaged one")
    refused(data[:97], rf"cut short: 97 of {len(data):,} bytes")


def test_damage_anywhere_ends_soon_in_a_sentence_or_in_numbers():
    model = models.Sequential([Input((4,)), layers.Dense(3), layers.Dense(2)])
    whole = weights_h5.to_bytes(model)
    arrays, groups = contents(whole)
    draw = random.Random(0)
    words = [i for i in range(0, len(whole), 8) if any(whole[i : i + 8])]
    blocks = [position for signature in (b"TREE", b"SNOD", b"HEAP") for position in nodes(whole, signature)]
    slowest = 0.0
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            position = draw.choice(words)
            bits = struct.unpack_from("<Q", data, position)[0] ^ draw.randrange(256) << 8 * draw.randrange(8)
            value = draw.choice([bits, bits, draw.randrange(64), draw.choice(blocks), 2**63, 2**64 - 1])
            struct.pack_into("<Q", data, position, value)
        began = time.thread_time()
        try:
            with Arrays(bytes(data), "The file 'm'") as reader:
                for path in groups:
                    refuses_or_reads(reader.names, path)
                for path, value in arrays.items():
                    refuses_or_reads(reader.read, path, value.shape, value.dtype)
        except ValueError as failure:
            assert str(failure).startswith("The file 'm' needs")
        slowest = max(slowest, time.thread_time() - began)
    assert slowest < 0.5


def refuses_or_reads(function, *args):
    try:
        function(*args)
    except ValueError as failure:
        assert str(failure).startswith("The file 'm': ")
        assert str(failure).isprintable()
