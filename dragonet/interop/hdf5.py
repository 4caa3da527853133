"""Arrays from an HDF5 file that a stranger may have written: each is looked at before it is read."""

import io
import math
from typing import Any

import h5py
import numpy as np

from dragonet import errors
from dragonet.interop.untrusted import size

# What h5py raises for a damaged file.
_FAILURES = (OSError, RuntimeError, TypeError, KeyError, OverflowError, UnicodeError)


class Arrays:
    """The groups and arrays of an HDF5 file, given as bytes.

    Only what Keras writes is read: plain groups, and arrays of numbers that lie in the file in one piece. Links to other
    places and files, arrays put together from others, kept elsewhere, compressed, or of anything but numbers are refused.
    Raises ValueError, here and in all methods.
    """

    def __init__(self, data: bytes, what: str):
        self.what, self.bytes = what, len(data)
        try:
            self.file = h5py.File(io.BytesIO(data), "r")
        except Exception as failure:
            raise errors.value(what, "a whole HDF5 file", f"a damaged one ({_first_line(failure)})") from None

    def __enter__(self) -> "Arrays":
        return self

    def __exit__(self, *failure: object) -> None:
        self.file.close()

    def names(self, path: str) -> list[str]:
        """What a group holds; nothing where there is no such group."""
        group = self._group(path)
        try:
            return [] if group is None else list(group)
        except _FAILURES as failure:
            raise self._damage(path, failure) from None

    def read(self, path: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray | None:
        """The array at this path, which must have this shape and be of this kind, in this dtype; None where there is none.

        Raises ValueError for another shape, and for all that an array of numbers in one piece is not.
        """
        folder, _, name = path.rpartition("/")
        group = self._group(folder)
        data = None if group is None else self._child(group, name, path)
        if data is None:
            return None
        try:
            self._check(data, path, np.dtype(dtype).kind)
            if data.shape != shape:
                raise errors.value(f"{self.what}: {path!r}", f"shape {shape}", f"shape {data.shape}")
            with np.errstate(over="ignore"):
                return np.asarray(data[()]).astype(dtype)
        except _FAILURES as failure:
            raise self._damage(path, failure) from None

    def _group(self, path: str) -> Any:
        group = self.file
        for name in path.split("/") if path else ():
            group = self._child(group, name, path)
            if group is None:
                return None
            if not isinstance(group, h5py.Group):
                raise errors.value(f"{self.what}: {path!r}", "a group", "something else")
        return group

    def _child(self, group: Any, name: str, path: str) -> Any:
        """What a group holds under a name, None for nothing."""
        try:
            links = group.id.links  # not `name in group`, which opens the file that an external link leads to
            if not links.exists(name.encode()):
                return None
            if links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
                raise errors.value(f"{self.what}: {path!r}", "what lies in the file itself", "a link to somewhere else")
            return group[name]
        except _FAILURES as failure:
            raise self._damage(path, failure) from None

    def _damage(self, path: str, failure: Exception) -> ValueError:
        return errors.value(f"{self.what}: {path!r}", "whole groups and numbers", f"damaged ones ({_first_line(failure)})")

    def _check(self, data: Any, path: str, kind: str) -> None:
        if not isinstance(data, h5py.Dataset):
            raise errors.value(f"{self.what}: {path!r}", "numbers", "a group or a type")
        made, layouts = data.id.get_create_plist(), (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT)
        odd = None
        if data.external or made.get_external_count():
            odd = "numbers that lie in another file"
        elif data.is_virtual or made.get_layout() not in layouts or made.get_nfilters():
            odd = "numbers in pieces, compressed, or put together from other places, which Keras never writes"
        elif data.dtype.kind not in ("f" if kind == "f" else "iu") or data.dtype.itemsize > 8 or data.dtype.metadata:
            odd = f"the type {data.dtype}"
        elif data.shape is None:
            odd = "none"
        elif math.prod(data.shape) * data.dtype.itemsize > min(data.id.get_storage_size(), self.bytes):
            odd = f"shape {data.shape} with {size(min(data.id.get_storage_size(), self.bytes))} for it"
        if odd:
            raise errors.value(f"{self.what}: {path!r}", "plain numbers that lie in the file", odd)


def _first_line(failure: BaseException) -> str:
    return (str(failure).splitlines() or [type(failure).__name__])[0]
