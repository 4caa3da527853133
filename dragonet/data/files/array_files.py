"""Array files: .npy and .npz as NumPy arrays; no objects, and no array larger than the file can hold."""

import math
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from dragonet.core import errors

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

IN_MEMORY = 2**29  # bytes; a larger .npy or Parquet file stays on disk
_ALLOWED_BYTES, _ALLOWED_RATIO = 2**31, 20  # an .npz may unpack to so many bytes, or to so many times its size on disk
X = ("x", "X", "data", "images")
NAMES = ("columns", "feature_names", "features", "names", "var_names", "genes", "gene_names")
_Y = ("y", "Y", "labels", "label", "target", "targets")


def npy(path: Path) -> np.ndarray:
    """The array in an .npy file; memory-mapped where it is larger than IN_MEMORY."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            _check_header(file, size)
        return np.load(path, mmap_mode="r" if size > IN_MEMORY else None, allow_pickle=False)
    except (MemoryError, PermissionError):
        raise
    except Exception as failure:  # of NumPy, of Python's parser for the header
        raise _no_array_error(path, failure) from None


def npz(path: Path) -> dict[str, np.ndarray]:
    """The arrays in an .npz file by their keys."""
    try:
        with zipfile.ZipFile(path) as members:
            size = sum(member.file_size for member in members.infolist())
            if size > max(_ALLOWED_BYTES, _ALLOWED_RATIO * path.stat().st_size):
                raise ValueError(f"{size:,} bytes in a file of {path.stat().st_size:,}")
            for member in members.infolist():
                with members.open(member) as file:
                    _check_header(file, member.file_size)
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (MemoryError, PermissionError):
        raise
    except Exception as failure:  # of zipfile, of zlib, of NumPy, of Python's parser for the header
        raise _no_array_error(path, failure) from None


def _check_header(file: IO[bytes], size: int) -> None:
    """Raises ValueError where an .npy file announces a larger array than it holds, before memory is allocated for it."""
    version = np.lib.format.read_magic(file)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        return  # version 3, for names of fields that are not Latin: NumPy reads them itself
    shape, _, dtype = readers[version](file)
    if dtype.hasobject:
        raise ValueError("objects, which would have to be unpickled")
    needed = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or needed > size:
        raise ValueError(f"a header of an array of shape {shape}, {needed:,} bytes, in {size:,}")


def _no_array_error(path: Path, failure: Exception) -> ValueError:
    needs = f"NumPy's {path.suffix} format, without objects"
    return errors.value_error(f"{path.name}", needs, f"something else ({errors.reason(failure)})")


def choose_key(
    arrays: Mapping[str, Any], key: object, usual_keys: Sequence[str], argument: str, name: str
) -> str | None:
    """The key that the user asks for, or a usual one; None where there is none.

    Raises ValueError, with the nearest, for a key that does not exist.
    """
    if key is None:
        return next((usual for usual in usual_keys if usual in arrays), None)
    if not isinstance(key, str) or key not in arrays:
        raise ValueError(f"{name} holds no {argument} {key!r}. {errors.did_you_mean(str(key), arrays)}")
    return key


def choose_rows_and_answers(arrays: Mapping[str, Any], name: str, x: object, y: object) -> tuple[Any, Any, str]:
    """x, y, and what y is called, from arrays by name; x and y: keys, arrays, or None for the usual keys."""
    shapes = ", ".join(f"{key!r} {tuple(np.shape(array))}" for key, array in list(arrays.items())[:20])
    if not _is_array(x):
        key = choose_key(arrays, x, X, "array", name)
        if key is None:
            wide = [other for other, array in arrays.items() if np.ndim(array) > 1]
            if len(wide) != 1:
                raise errors.value_error(
                    "read", f"x, the key of the rows in {name}", f"the arrays {shapes}", "Write x='...'."
                )
            key = wide[0]
        x = arrays[key]
    if _is_array(y):
        return x, y, "y"
    key = choose_key(arrays, y, _Y, "array", name)
    if key is None:
        raise errors.value_error(
            "read", f"y, the key of what is to be predicted in {name}", f"the arrays {shapes}", "Write y='...'."
        )
    return x, arrays[key], key


def choose_labels(arrays: Mapping[str, Any], name: str, labels: object, argument: str) -> Any:
    """The groups or times: an array by its key, or the user's own array, or None."""
    if labels is None or _is_array(labels):
        return labels
    key = choose_key(arrays, labels, (), argument, name)
    return None if key is None else arrays[key]


def names_in(arrays: Mapping[str, Any], x: "ArrayLike") -> Sequence[Any] | None:
    """The array of words that names the columns of x (n, d), from arrays by name; None where there is none."""
    shape = np.shape(x)
    for key in NAMES:
        words = arrays.get(key)
        if (
            words is not None
            and len(shape) == 2
            and np.shape(words) == shape[1:]
            and np.asarray(words).dtype.kind in "OUS"
        ):
            return words
    return None


def word(name: object) -> str:
    """The name of a column, which may be bytes, as a word."""
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)


def other_columns(arrays: Mapping[str, Any], n: int, used: Sequence[Any]) -> dict[str, Any]:
    """The arrays (n,) that are none of the used ones."""
    return {
        key: array
        for key, array in arrays.items()
        if np.shape(array) == (n,) and not any(array is other for other in used)
    }


def _is_array(value: object) -> bool:
    return value is not None and not isinstance(value, str | os.PathLike)
