"""Images: a folder of pictures, a sub folder for each class, as an array of pixels; and one picture read with care."""

import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.data import fingerprints

MOST_PIXELS = 50_000_000  # of an image before it is decoded: a small file can unfold into gigabytes
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")
_MOST_BYTES = 2**30  # of all pictures together; larger ones are made smaller
_GREY = ("1", "L", "LA", "I", "I;16", "F")


def opened(path: Path) -> Any:
    """A picture of at most MOST_PIXELS, not decoded yet; to be used in a with block.

    Raises ValueError for what is no picture or too large a one.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # a stricter bound follows
            image = Image.open(path, formats=_FORMATS)
    except Image.DecompressionBombError:
        raise _too_large(path) from None
    except PermissionError:
        raise
    except Exception as failure:  # each of Pillow's readers has its own: struct's, zlib's, IndexError, ...
        raise unreadable(path, failure) from None
    if image.size[0] * image.size[1] > MOST_PIXELS:
        image.close()
        raise _too_large(path)
    return image


def on_white(image: Any) -> Any:
    """A picture as it is to be looked at: turned as the camera was held, on white where one can see through it."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    return image


def unreadable(path: Path, failure: Exception) -> ValueError:
    """The sentence for a picture that cannot be decoded."""
    return errors.value_error(f"{path.name}", "an image that can be read", f"something else ({errors.reason(failure)})")


def _too_large(path: Path) -> ValueError:
    return errors.value_error(
        f"{path.name}", f"an image of at most {MOST_PIXELS:,} pixels", "a larger one", "Make it smaller first."
    )


def folder(path: Path, size: tuple[int, int] | None = None) -> tuple[np.ndarray, np.ndarray, list[str], str]:
    """x (n, height, width, 1 or 3) of bytes, y (n,) the names of the sub folders, what was noticed, and the sha256.

    The pictures come sorted by class and name, and have one size, (height, width): the commonest, or `size`.
    Raises ValueError for a folder without two classes of pictures.
    """
    files = _files(path)
    seen, bad = [], []
    for file in files:
        try:
            with warnings.catch_warnings(action="ignore"):  # Pillow's doubts about a picture that it can read
                seen.append((file, *_form(file)))
        except (ValueError, PermissionError):
            bad.append(file)
    sizes = Counter(shape for _, shape, _ in seen)
    wanted = size or max(sizes, key=lambda shape: (sizes[shape], shape), default=(1, 1))
    channels = 1 if all(grey for _, _, grey in seen) else 3
    noticed = []
    shrink = (len(seen) * wanted[0] * wanted[1] * channels / _MOST_BYTES) ** 0.5
    if shrink > 1 and size is None:
        small = (max(1, int(wanted[0] / shrink)), max(1, int(wanted[1] / shrink)))
        noticed.append(
            f"The pictures of {wanted[1]} × {wanted[0]} were made {small[1]} × {small[0]}, so that all fit the memory."
        )
        wanted = small
    elif len(sizes) > 1 or (sizes and wanted not in sizes):
        noticed.append(f"The pictures have {len(sizes)} sizes and were brought to {wanted[1]} × {wanted[0]}.")
    rows, labels, used = [], [], []
    for file, _, _ in seen:
        try:
            with warnings.catch_warnings(action="ignore"):
                rows.append(_pixels(file, wanted, channels))
        except (ValueError, PermissionError):
            bad.append(file)
            continue
        labels.append(file.parent.name)
        used.append(file)
    if bad:
        names = ", ".join(f"{file.parent.name}/{file.name}" for file in bad[:3])
        noticed.append(
            f"{len(bad)} {'file' if len(bad) == 1 else 'files'} left out that cannot be read as a picture ({names}"
            f"{', ...' if len(bad) > 3 else ''})."
        )
    if len(set(labels)) < 2:
        got = f"pictures of {labels[0]!r} alone" if labels else "no picture that can be read"
        raise errors.value_error(f"The folder {path.name!r}", "two sub folders with pictures, one for each class", got)
    x = np.stack(rows)
    return x, np.array(labels, object), noticed, fingerprints.of_files(used)


def _files(path: Path) -> list[Path]:
    """The pictures in the sub folders, sorted; hidden files and other kinds of files are passed over."""
    classes = sorted(one for one in path.iterdir() if one.is_dir() and not one.name.startswith("."))
    if not classes:
        loose = sum(file.suffix.lower() in ENDINGS for file in path.iterdir())
        got = f"{loose} pictures and no sub folder" if loose else "no sub folder"
        raise errors.value_error(f"The folder {path.name!r}", "a sub folder for each class, with its pictures", got)
    return [
        file
        for one in classes
        for file in sorted(one.iterdir())
        if file.suffix.lower() in ENDINGS and not file.name.startswith(".") and file.is_file()
    ]


def _form(path: Path) -> tuple[tuple[int, int], bool]:
    """(height, width) as it is to be looked at, and whether it is grey."""
    with opened(path) as image:
        try:
            turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        except Exception as failure:  # a PNG is read to its end for it
            raise unreadable(path, failure) from None
        return image.size if turned else image.size[::-1], image.mode in _GREY


def _pixels(path: Path, size: tuple[int, int], channels: int) -> np.ndarray:
    from PIL import Image

    try:
        with opened(path) as image:
            whole = on_white(image)
            if whole.mode in ("I", "I;16", "F"):  # of more than 256 greys: the lightest becomes 255
                pixels = np.asarray(whole, np.float32)
                whole = Image.fromarray((pixels * (255 / max(1.0, float(pixels.max())))).clip(0, 255).astype(np.uint8))
            whole = whole.convert("L" if channels == 1 else "RGB")
            if whole.size != size[::-1]:
                whole = whole.resize(size[::-1], Image.Resampling.LANCZOS)
            return np.asarray(whole).reshape(*size, channels)
    except MemoryError:
        raise
    except Exception as failure:  # each of Pillow's readers has its own
        raise unreadable(path, failure) from None
