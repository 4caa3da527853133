"""Images between files, Pillow and arrays, against Keras."""

import io

import keras
import numpy as np
import pytest
from PIL import Image

from dragonet import utils
from dragonet.preprocessing import image as image_preprocessing

PIXELS = np.random.default_rng(1).integers(0, 256, (6, 9, 4)).astype("float32")


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
@pytest.mark.parametrize("scale", [True, False])
def test_arrays_to_images_and_back_as_in_keras(channels, data_format, scale):
    x = PIXELS[..., :channels] / 2
    x = np.moveaxis(x, -1, 0) if data_format == "channels_first" else x
    ours, theirs = (u.array_to_img(x, data_format, scale) for u in (utils, keras.utils))
    assert ours.mode == theirs.mode
    assert ours.tobytes() == theirs.tobytes()
    back = utils.img_to_array(ours, data_format)
    np.testing.assert_array_equal(back, keras.utils.img_to_array(theirs, data_format))
    assert back.dtype == np.float32


@pytest.mark.parametrize("color_mode", ["rgb", "rgba", "grayscale"])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "lanczos"])
@pytest.mark.parametrize("keep_aspect_ratio", [True, False])
def test_loads_as_keras_does(tmp_path, color_mode, interpolation, keep_aspect_ratio):
    path = tmp_path / "a.png"
    utils.save_img(path, PIXELS, scale=False)
    how = (color_mode, (4, 5), interpolation, keep_aspect_ratio)
    ours, theirs = utils.load_img(path, *how), keras.utils.load_img(path, *how)
    assert (ours.mode, ours.size, ours.tobytes()) == (theirs.mode, theirs.size, theirs.tobytes())
    assert utils.load_img(io.BytesIO(path.read_bytes()), color_mode).size == (9, 6)


def test_jpeg_has_no_transparency(tmp_path):
    with pytest.warns(UserWarning, match="leaves the fourth channel out"):
        utils.save_img(tmp_path / "a.jpg", PIXELS)
    with Image.open(tmp_path / "a.jpg") as image:
        assert (image.format, image.mode) == ("JPEG", "RGB")


def test_refusals(tmp_path):
    (tmp_path / "a.png").write_text("no image")
    for path in (tmp_path / "a.png", io.BytesIO(b"no image")):
        with pytest.raises(ValueError, match="needs an image that can be read"):
            utils.load_img(path)
    with pytest.raises(TypeError, match="load_img needs the path of a file"):
        utils.load_img(3)
    with pytest.raises(ValueError, match="color_mode to be one of 'grayscale', 'rgb', 'rgba'"):
        utils.load_img(tmp_path / "a.png", "bgr")
    with pytest.raises(ValueError, match=r"1, 3 or 4 channels, but got shape \(2, 3, 2\)"):
        utils.array_to_img(np.zeros((2, 3, 2)))
    with pytest.raises(ValueError, match=r"two or three axes, but got shape \(4,\)"):
        utils.img_to_array(np.zeros(4))


def test_the_older_names_are_the_same_functions():
    for name in ("array_to_img", "img_to_array", "load_img", "save_img"):
        assert getattr(image_preprocessing, name) is getattr(utils, name)


def test_a_large_image_of_no_name(monkeypatch):
    monkeypatch.setattr("dragonet.data.files.images.MOST_PIXELS", 10)
    file = io.BytesIO()
    utils.save_img(file, PIXELS, file_format="png")
    with pytest.raises(ValueError, match="load_img needs an image of at most 10 pixels"):
        utils.load_img(file)
