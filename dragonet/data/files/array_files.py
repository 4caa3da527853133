"""Array files: .npy, .npz and .h5ad as NumPy arrays; no objects, and nothing of a size that the file does not have."""

import importlib.util
import math
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.core import errors

IN_MEMORY = 2**29  # bytes; a larger .npy or Parquet file stays on disk
_FREE, _RATIO = 2**31, 20  # bytes that an .npz may unpack to, or so many times its size on disk
X = ("x", "X", "data", "images")
NAMES = ("columns", "feature_names", "features", "names", "var_names", "genes", "gene_names")
_Y = ("y", "Y", "labels", "label", "target", "targets")


def npy(path: Path) -> np.ndarray:
    """The array in an .npy file; memory-mapped where it is larger than IN_MEMORY."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            _check(file, size)
        return np.load(path, mmap_mode="r" if size > IN_MEMORY else None, allow_pickle=False)
    except (MemoryError, PermissionError):
        raise
    except Exception as failure:  # of NumPy, of Python's parser for the header
        raise _no_array(path, failure) from None


def npz(path: Path) -> dict[str, np.ndarray]:
    """The arrays in an .npz file by their keys."""
    try:
        with zipfile.ZipFile(path) as members:
            size = sum(member.file_size for member in members.infolist())
            if size > max(_FREE, _RATIO * path.stat().st_size):
                raise ValueError(f"{size:,} bytes in a file of {path.stat().st_size:,}")
            for member in members.infolist():
                with members.open(member) as file:
                    _check(file, member.file_size)
        with np.load(path, allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    except (MemoryError, PermissionError):
        raise
    except Exception as failure:  # of zipfile, of zlib, of NumPy, of Python's parser for the header
        raise _no_array(path, failure) from None


def _check(file: Any, size: int) -> None:
    """Raises ValueError where the header of an .npy file promises more than there is, before anything is allocated."""
    version = np.lib.format.read_magic(file)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        return  # names of fields that are not Latin: NumPy reads them itself
    shape, _, dtype = readers[version](file)
    if dtype.hasobject:
        raise ValueError("objects, which would have to be unpickled")
    needed = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or needed > size:
        raise ValueError(f"a header of an array of shape {shape}, {needed:,} bytes, in {size:,}")


def _no_array(path: Path, failure: Exception) -> ValueError:
    kind = f"NumPy's {path.suffix} format, without objects"
    return errors.value_error(f"{path.name}", kind, f"something else ({errors.reason(failure)})")


def chosen(held: Mapping[str, Any], wanted: str | None, usual: tuple[str, ...], argument: str, name: str) -> str | None:
    """The key of the rows or of the answers: the one asked for, or a usual one; None where there is none.

    Raises ValueError, with the nearest, for a key that is not there.
    """
    if wanted is None:
        return next((key for key in usual if key in held), None)
    if wanted not in held:
        raise ValueError(f"{name} holds no {argument} {wanted!r}. {errors.did_you_mean(wanted, held)}")
    return wanted


def of_keys(
    held: Mapping[str, Any], name: str, x: Any, y: Any, groups: Any, time: Any
) -> tuple[Any, Any, str, Any, Any]:
    """x, y, what y is called, groups and time out of arrays by name; arrays that are given themselves stay."""
    key_x = chosen(held, x, X, "array", name) if not _is_array(x) else None
    shapes = ", ".join(f"{key!r} {tuple(np.shape(array))}" for key, array in list(held.items())[:20])
    if key_x is None and not _is_array(x):
        wide = [key for key, array in held.items() if np.ndim(array) > 1]
        if len(wide) != 1:
            raise errors.value_error(
                "read", f"x, the key of the rows in {name}", f"the arrays {shapes}", "Write x='...'."
            )
        key_x = wide[0]
    key_y = chosen(held, y, _Y, "array", name) if not _is_array(y) else None
    if key_y is None and not _is_array(y):
        raise errors.value_error(
            "read", f"y, the key of what is to be predicted in {name}", f"the arrays {shapes}", "Write y='...'."
        )
    more = [
        given if given is None or _is_array(given) else held[chosen(held, given, (), what, name)]
        for given, what in ((groups, "groups"), (time, "time"))
    ]
    return (x if _is_array(x) else held[key_x], y if _is_array(y) else held[key_y], key_y or "y", *more)


def names_in(held: Mapping[str, Any], x: Any) -> Any:
    """The array of words that names the columns of x (n, d), out of arrays by name; None where there is none."""
    shape = np.shape(x)
    for key in NAMES:
        words = held.get(key)
        if (
            words is not None
            and len(shape) == 2
            and np.shape(words) == shape[1:]
            and np.asarray(words).dtype.kind in "OUS"
        ):
            return words
    return None


def word(name: Any) -> str:
    """The name of a column, which may be bytes, as a word."""
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)


def beside(held: Mapping[str, Any], n: int, used: Sequence[Any]) -> dict[str, Any]:
    """The arrays (n,) that are used for nothing."""
    return {
        key: array for key, array in held.items() if np.shape(array) == (n,) and not any(array is one for one in used)
    }


def _is_array(given: Any) -> bool:
    return given is not None and not isinstance(given, str | os.PathLike)


def annotated(path: Path) -> Any:
    """The AnnData in an .h5ad file; raises ImportError, naming the extra, where anndata is not installed."""
    if importlib.util.find_spec("anndata") is None:
        raise ImportError(
            f"{path.name} is read by anndata, which is not installed. Write: pip install 'dragonet[anndata]'."
        )
    import anndata

    try:
        return anndata.read_h5ad(path)
    except (MemoryError, PermissionError):
        raise
    except Exception as failure:  # of h5py, of anndata, of what they call
        raise errors.value_error(
            f"{path.name}", "an AnnData object", f"something else ({errors.reason(failure)})"
        ) from None
