"""Images between files, Pillow's objects and arrays: Keras's load_img, img_to_array, array_to_img and save_img."""

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

_COLOR_MODES = {"grayscale": ("L", "I;16", "I"), "rgb": ("RGB",), "rgba": ("RGBA",)}
_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


@arguments.leaving("path")
def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> "Picture":
    """A file's image as an object of Pillow's.

    Args: `path`, of a file, or an io.BytesIO; `color_mode`, 'rgb', 'rgba' or 'grayscale'; `target_size`, (height, width),
    None for the file's own; `interpolation`, 'nearest', 'bilinear', 'bicubic', 'hamming', 'box' or 'lanczos';
    `keep_aspect_ratio` first takes the largest central window with the proportions of target_size. Raises ValueError for a
    file that holds no image, or too large a one.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "dot.png"
    >>> save_img(path, np.zeros((2, 3, 3)))
    >>> load_img(path, target_size=(4, 5)).size
    (5, 4)
    """
    from dragonet.data.files import images

    who = "load_img"
    checks.one_of(who, "color_mode", color_mode, tuple(_COLOR_MODES))
    checks.one_of(who, "interpolation", interpolation, _INTERPOLATIONS)
    size = None if target_size is None else checks.tuple_of(who, "target_size", target_size, 2)
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not isinstance(path, str | os.PathLike | io.BytesIO):
        raise errors.type_error(who, "the path of a file, or an io.BytesIO", errors.short_repr(path))
    source: Any = path if isinstance(path, io.BytesIO) else Path(path)
    with images.opened(source) as image:
        try:
            image.load()
        except OSError as failure:  # a file that is cut off
            raise images.unreadable_error(source, failure) from None
        modes = _COLOR_MODES[color_mode]
        result = image.copy() if image.mode in modes else image.convert(modes[0])
    return result if size is None else _resized(result, size, interpolation, keep_aspect_ratio)


def _resized(image: "Picture", size: tuple[int, ...], interpolation: str, keep_aspect_ratio: bool) -> "Picture":
    """The image in size, (height, width)."""
    from PIL import Image

    (height, width), (columns, rows) = size, image.size
    if (columns, rows) == (width, height):
        return image
    box = None
    if keep_aspect_ratio:
        window_rows, window_columns = min(rows, columns * height // width), min(columns, rows * width // height)
        top, left = (rows - window_rows) // 2, (columns - window_columns) // 2
        box = (left, top, left + window_columns, top + window_rows)
    return image.resize((width, height), Image.Resampling[interpolation.upper()], box=box)


@arguments.leaving("img")
def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """An image of Pillow's, or any array of two or three axes, as an array (height, width, channels).

    Args: `data_format`, 'channels_first' for (channels, height, width); `dtype`, float32 where None. Raises ValueError for
    another number of axes.

    >>> img_to_array(np.zeros((2, 3))).shape
    (2, 3, 1)
    """
    first = checks.data_format("img_to_array", data_format) == "channels_first"
    x = np.asarray(img, dtype or "float32")
    if x.ndim not in (2, 3):
        raise errors.value_error("img_to_array", "one image of two or three axes", f"shape {x.shape}")
    x = x if x.ndim == 3 else x[..., None]
    return x.transpose(2, 0, 1) if first else x


@arguments.leaving("x")
def array_to_img(x: ArrayLike, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> "Picture":
    """An array (height, width, 1, 3 or 4 channels) as an image of Pillow's.

    Args: `data_format`, 'channels_first' for (channels, height, width); `scale` brings the smallest value to 0 and the largest
    to 255; without it the values are those of pixels; `dtype`, in which it computes, float32 where None. Raises ValueError
    for other shapes.

    >>> array_to_img(np.zeros((2, 3, 1))).size
    (3, 2)
    """
    from PIL import Image

    first = checks.data_format("array_to_img", data_format) == "channels_first"
    if not arguments.fits(x, arguments.Numbers):
        raise errors.type_error("array_to_img", "an array of numbers", errors.short_repr(x))
    pixels: np.ndarray = np.array(x, dtype or "float32")
    if pixels.ndim != 3 or pixels.shape[0 if first else 2] not in (1, 3, 4) or not pixels.size:
        raise errors.value_error(
            "array_to_img", "one image of three axes, with 1, 3 or 4 channels", f"shape {pixels.shape}"
        )
    pixels = pixels.transpose(1, 2, 0) if first else pixels
    if scale:
        pixels = pixels - pixels.min()
        pixels = pixels / (pixels.max() or 1) * 255
    if pixels.shape[2] > 1:
        return Image.fromarray(pixels.astype("uint8"))
    return Image.fromarray(pixels[..., 0].astype("int32" if pixels.max() > 255 else "uint8"))


@arguments.leaving("path", "x")
def save_img(
    path: Any,
    x: ArrayLike,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array as an image, in the format that the file's name ends in, or in file_format.

    Args: as in `array_to_img`; the others go to Pillow's save. JPEG has no transparency: a fourth channel is left out, with a
    warning.

    >>> save_img(io.BytesIO(), np.zeros((2, 3, 3)), file_format="png")
    """
    from PIL import Image

    if file_format is None and isinstance(path, str | os.PathLike):
        file_format = Path(path).suffix[1:].lower()
    formats = Image.registered_extensions()
    known = {name.lower() for name in formats.values()} | {ending[1:] for ending in formats}
    if file_format is None or file_format.lower() not in known:
        raise errors.value_error(
            "save_img",
            "a path that ends in a format of images, or file_format=",
            errors.short_repr(file_format or path),
            "Write 'picture.png'.",
        )
    file_format = "jpeg" if (file_format or "").lower() == "jpg" else file_format
    image = array_to_img(x, data_format, scale)
    if image.mode == "RGBA" and file_format == "jpeg":
        errors.warn("save_img leaves the fourth channel out: JPEG has no transparency.")
        image = image.convert("RGB")
    image.save(path, file_format, **kwargs)
