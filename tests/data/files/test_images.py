"""One broken picture in a folder is left out and named, whatever is wrong with it; alone it ends in a sentence."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from dragonet.data import read
from dragonet.data.files import images

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 12, 3), np.uint8)
FORMATS = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "bmp": "BMP", "tif": "TIFF", "webp": "WEBP"}


def encoded(form):
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, form)
    return file.getvalue()


def png(*chunks):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*parts) for parts in chunks)


HEADER = struct.pack(">IIBBBBB", 12, 12, 8, 2, 0, 0, 0)
BROKEN = {
    "empty.png": b"",
    "word.png": b"x",
    "zeros.jpg": bytes(100),
    "html.png": b"<html></html>",
    "signature.png": png(),
    "no_data.png": png((b"IHDR", HEADER), (b"IEND", b"")),
    "bad_data.png": png((b"IHDR", HEADER), (b"IDAT", b"x" * 50), (b"IEND", b"")),
    "short_data.png": png((b"IHDR", HEADER), (b"IDAT", zlib.compress(bytes(50))), (b"IEND", b"")),
    "no_size.png": png((b"IHDR", struct.pack(">IIBBBBB", 0, 0, 8, 2, 0, 0, 0)), (b"IEND", b"")),
    "exif.png": png((b"IHDR", HEADER), (b"eXIf", b"MM\0*\xff\xff\xff\xff"), (b"IEND", b"")),
    "huge.png": png((b"IHDR", struct.pack(">IIBBBBB", 10**9, 10**9, 8, 2, 0, 0, 0)), (b"IEND", b"")),
    **{f"cut.{ending}": encoded(form)[: len(encoded(form)) // 2] for ending, form in FORMATS.items()},
    **{f"head.{ending}": encoded(form)[:20] for ending, form in FORMATS.items()},
    "almost.png": encoded("PNG")[:-40],
}


@pytest.fixture
def folder(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        for i in range(4):
            Image.fromarray(np.roll(PIXELS, i + 4 * (name == "b"), axis=0)).save(tmp_path / name / f"{i}.png")
    return tmp_path


@pytest.mark.parametrize("name", BROKEN)
def test_it_is_left_out_and_named(folder, name):
    whole = read(folder)
    (folder / "a" / name).write_bytes(BROKEN[name])
    data = read(folder)
    assert any(
        f"1 file left out that cannot be read as a picture (a/{name})." in sentence for sentence in data.noticed
    ), data.noticed
    np.testing.assert_array_equal(data.x, whole.x)
    assert data.y.tolist() == whole.y.tolist()


@pytest.mark.parametrize("form", FORMATS.values())
def test_flipped_bytes_are_read_or_named(folder, form):
    ending = next(ending for ending, name in FORMATS.items() if name == form)
    content = encoded(form)
    for place in np.linspace(0, len(content) - 1, 25).astype(int):
        flipped = bytearray(content)
        flipped[place] ^= 0xFF
        (folder / "a" / f"z.{ending}").write_bytes(flipped)
        data = read(folder)
        assert len(data) == 9 or any(f"(a/z.{ending})" in sentence for sentence in data.noticed)


def test_alone_it_ends_in_a_sentence(tmp_path):
    for name, content in BROKEN.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=rf"^{name} needs an image"):
            images._pixels(tmp_path / name, (12, 12), 3)


def test_a_folder_of_nothing_else_says_so(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.png").write_bytes(BROKEN["almost.png"])
    with pytest.raises(ValueError, match="but got no picture that can be read"):
        read(tmp_path)
