"""Images: a folder of pictures, a sub folder for each class, as an array of pixels; and single pictures, read safely."""

import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dragonet.core import errors
from dragonet.data import fingerprints

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST_PIXELS = 50_000_000  # of an image, checked before it is decoded: a small file can unpack into gigabytes
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")
_MOST_BYTES = 2**30  # of all pictures together; larger ones are made smaller
_GREY = ("1", "L", "LA", "I", "I;16", "F")


def opened(path: Path) -> "Picture":
    """A picture of at most MOST_PIXELS, not decoded yet; for use in a with block.

    Raises ValueError for what is no picture or too large a one.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # a stricter bound follows
            image = Image.open(path, formats=_FORMATS)
    except Image.DecompressionBombError:
        raise _too_large_error(path) from None
    except PermissionError:
        raise
    except Exception as failure:  # each of Pillow's readers raises its own: struct's, zlib's, IndexError, ...
        raise unreadable_error(path, failure) from None
    if image.size[0] * image.size[1] > MOST_PIXELS:
        image.close()
        raise _too_large_error(path)
    return image


def upright_on_white(image: "Picture") -> "Picture":
    """The picture, rotated by its EXIF orientation, on white where it is transparent."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    return image


def unreadable_error(path: Path, failure: Exception) -> ValueError:
    """The sentence for a picture that cannot be decoded."""
    return errors.value_error(
        getattr(path, "name", "load_img"), "an image that can be read", f"something else ({errors.reason(failure)})"
    )


def _too_large_error(path: Path) -> ValueError:
    return errors.value_error(
        getattr(path, "name", "load_img"),
        f"an image of at most {MOST_PIXELS:,} pixels",
        "a larger one",
        "Make it smaller first.",
    )


def read_folder(path: Path, size: tuple[int, int] | None = None) -> tuple[np.ndarray, np.ndarray, list[str], str]:
    """x (n, height, width, 1 or 3) of bytes, y (n,) the names of the sub folders, sentences about the pictures, and the SHA-256.

    The pictures are sorted by class and name, and have one size, (height, width): the commonest, or `size`.
    Raises ValueError for a folder without two classes of pictures.
    """
    files, unreadable_files = _list_pictures(path), []
    readable, shapes, are_grey = [], [], []
    for file in files:
        try:
            with warnings.catch_warnings(action="ignore"):  # Pillow's warnings about a picture that it can read
                shape, is_grey = _shape_and_grey(file)
        except (ValueError, PermissionError):
            unreadable_files.append(file)
            continue
        readable.append(file)
        shapes.append(shape)
        are_grey.append(is_grey)
    channels = 1 if all(are_grey) else 3
    size, notes = _choose_size(shapes, size, channels)
    rows, labels, used = [], [], []
    for file in readable:
        try:
            with warnings.catch_warnings(action="ignore"):
                rows.append(_pixels(file, size, channels))
        except (ValueError, PermissionError):
            unreadable_files.append(file)
            continue
        labels.append(file.parent.name)
        used.append(file)
    if unreadable_files:
        notes.append(_describe_unreadable(unreadable_files))
    if len(set(labels)) < 2:
        got = f"only pictures of {labels[0]!r}" if labels else "no picture that can be read"
        raise errors.value_error(f"The folder {path.name!r}", "two sub folders with pictures, one for each class", got)
    return np.stack(rows), np.array(labels, object), notes, fingerprints.hash_files(used)


def _choose_size(
    shapes: list[tuple[int, int]], size: tuple[int, int] | None, channels: int
) -> tuple[tuple[int, int], list[str]]:
    """The size of all pictures, by default the commonest or what fits the memory, and a sentence where it differs from theirs."""
    counts = Counter(shapes)
    chosen = size or max(counts, key=lambda shape: (counts[shape], shape), default=(1, 1))
    height, width = chosen
    shrink = (len(shapes) * height * width * channels / _MOST_BYTES) ** 0.5
    if shrink > 1 and size is None:
        small = (max(1, int(height / shrink)), max(1, int(width / shrink)))
        return small, [
            f"The pictures of {width} × {height} were made {small[1]} × {small[0]}, so that all fit the memory."
        ]
    if len(counts) > 1 or (counts and chosen not in counts):
        return chosen, [f"The pictures have {len(counts)} sizes and were brought to {width} × {height}."]
    return chosen, []


def _describe_unreadable(files: list[Path]) -> str:
    names = ", ".join(f"{file.parent.name}/{file.name}" for file in files[:3]) + (", ..." if len(files) > 3 else "")
    count = f"{len(files)} {'file' if len(files) == 1 else 'files'}"
    return f"{count} left out that cannot be read as a picture ({names})."


def _list_pictures(path: Path) -> list[Path]:
    """The pictures in the sub folders, sorted; hidden files and other types of files are passed over."""
    classes = sorted(folder for folder in path.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    if not classes:
        count = sum(file.suffix.lower() in ENDINGS for file in path.iterdir())
        got = f"{count} pictures and no sub folder" if count else "no sub folder"
        raise errors.value_error(f"The folder {path.name!r}", "a sub folder for each class, with its pictures", got)
    return [
        file
        for folder in classes
        for file in sorted(folder.iterdir())
        if file.suffix.lower() in ENDINGS and not file.name.startswith(".") and file.is_file()
    ]


def _shape_and_grey(path: Path) -> tuple[tuple[int, int], bool]:
    """(height, width) of an upright picture, and whether it is grey."""
    with opened(path) as image:
        try:
            is_sideways = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        except Exception as failure:  # a PNG is read to its end for it
            raise unreadable_error(path, failure) from None
        width, height = image.size
        return (width, height) if is_sideways else (height, width), image.mode in _GREY


def _pixels(path: Path, size: tuple[int, int], channels: int) -> np.ndarray:
    from PIL import Image

    try:
        with opened(path) as image:
            upright = upright_on_white(image)
            if upright.mode in ("I", "I;16", "F"):  # more than 256 greys: the lightest becomes 255
                pixels = np.asarray(upright, np.float32)
                scaled = pixels * (255 / max(1.0, float(pixels.max())))
                upright = Image.fromarray(scaled.clip(0, 255).astype(np.uint8))
            upright = upright.convert("L" if channels == 1 else "RGB")
            height, width = size
            if upright.size != (width, height):
                upright = upright.resize((width, height), Image.Resampling.LANCZOS)
            return np.asarray(upright).reshape(height, width, channels)
    except MemoryError:
        raise
    except Exception as failure:  # each of Pillow's readers raises its own
        raise unreadable_error(path, failure) from None
