"""Arrays from an untrusted HDF5 file: each header is checked before the array is read."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dragonet.core import errors
from dragonet.interop.hdf5_array import Array, read_array
from dragonet.interop.hdf5_format import Damaged, File, Group, Header, Unsupported
from dragonet.interop.untrusted import format_bytes

_FORMAT, _SAVE_AGAIN = "HDF5 in the format that Keras writes", "Load it in Keras and save it again."


class Arrays:
    """The groups and arrays of an HDF5 file, given as bytes.

    Only what Keras writes is read: plain groups, and contiguous arrays of numbers in the file itself. Links to other places and
    files, and arrays that are chunked, compressed, virtual, external or of anything but numbers are refused. Raises
    ValueError, here and in all methods.
    """

    def __init__(self, data: bytes, what: str):
        self.what, self._paths = what, dict[int, str]()
        try:
            self.file = File(data)
        except Damaged as failure:
            raise errors.value_error(what, "a whole HDF5 file", f"a damaged one ({failure})") from None
        except Unsupported as failure:
            raise errors.value_error(what, _FORMAT, str(failure), _SAVE_AGAIN) from None

    def __enter__(self) -> "Arrays":
        return self

    def __exit__(self, *failure: object) -> None:
        del self.file

    def names(self, path: str) -> list[str]:
        """The names of a group's members; empty where there is no such group."""
        return list(self._group(path) or ())

    def read(self, path: str, shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray | None:
        """The array at this path in this dtype; it must have this shape, and this dtype's kind. None where there is none.

        Raises ValueError for another shape, and for anything but a contiguous array of numbers.
        """
        item = self._at(path)
        if item is None:
            return None
        array = self._call(path, read_array, item, self.file.data) if isinstance(item, Header) else None
        if array is None:
            raise errors.value_error(f"{self.what}: {path!r}", "numbers", "a group or a type")
        self._check(array, path, np.dtype(dtype).kind)
        if array.shape != shape:
            raise errors.value_error(f"{self.what}: {path!r}", f"shape {shape}", f"shape {array.shape}")
        with np.errstate(over="ignore", invalid="ignore"):
            return np.ndarray(shape, array.dtype, array.data).astype(dtype)

    def _group(self, path: str) -> Group | None:
        item = self._at(path)
        if isinstance(item, Header):
            raise errors.value_error(f"{self.what}: {path!r}", "a group", "something else")
        return item

    def _at(self, path: str) -> Group | Header | None:
        """The object at a path, or None. It may have one path only: with cycles, a small file would have endless paths."""
        parent, _, name = path.rpartition("/")
        group = self._group(parent) if path else {"": self.file.root}
        if group is None or name not in group:
            return None
        address = group[name]
        if address is None:
            raise errors.value_error(
                f"{self.what}: {path!r}", "an object in the file itself", "a link to another place"
            )
        first = self._paths.setdefault(address, path)
        if first != path:
            raise errors.value_error(
                f"{self.what}: {path!r}", "an object with one path", f"one that is also at {first!r}"
            )
        return self._call(path, self.file.at, address)

    def _call(self, path: str, function: Callable, *args: Any) -> Any:
        """The function's result; Damaged and Unsupported become a ValueError that names the path."""
        try:
            return function(*args)
        except Damaged as failure:
            raise errors.value_error(
                f"{self.what}: {path!r}", "whole groups and numbers", f"damaged ones ({failure})"
            ) from None
        except Unsupported as failure:
            raise errors.value_error(f"{self.what}: {path!r}", _FORMAT, str(failure), _SAVE_AGAIN) from None

    def _check(self, array: Array, path: str, kind: str) -> None:
        """Refuse anything but plain numbers of this kind, with enough bytes for the shape."""
        got = None
        if array.layout == "external":
            got = "numbers in another file"
        elif array.layout == "chunked":
            got = "numbers in chunks, compressed, or composed of other arrays, which Keras never writes"
        elif isinstance(array.dtype, str) or array.dtype.kind not in ("f" if kind == "f" else "iu"):
            got = f"the type {array.dtype}"
        elif array.shape is None:
            got = "none"
        elif math.prod(array.shape) * array.dtype.itemsize > len(array.data):
            got = f"shape {array.shape} with {format_bytes(len(array.data))} for it"
        if got:
            raise errors.value_error(f"{self.what}: {path!r}", "plain numbers in the file itself", got)
