"""Arrays from an HDF5 file that a stranger may have written: each is looked at before it is read."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dragonet.core import errors
from dragonet.interop.hdf5_array import Array, described
from dragonet.interop.hdf5_format import Damaged, File, Foreign, Group, Header
from dragonet.interop.untrusted import size

_FORM, _AGAIN = "HDF5 in the form that Keras writes", "Load it in Keras and save it again."


class Arrays:
    """The groups and arrays of an HDF5 file, given as bytes.

    Only what Keras writes is read: plain groups, and arrays of numbers that lie in the file in one piece. Links to other
    places and files, arrays put together from others, kept elsewhere, compressed, or of anything but numbers are refused.
    Raises ValueError, here and in all methods.
    """

    def __init__(self, data: bytes, what: str):
        self.what, self._paths = what, dict[int, str]()
        try:
            self.file = File(data)
        except Damaged as failure:
            raise errors.value_error(what, "a whole HDF5 file", f"a damaged one ({failure})") from None
        except Foreign as failure:
            raise errors.value_error(what, _FORM, str(failure), _AGAIN) from None

    def __enter__(self) -> "Arrays":
        return self

    def __exit__(self, *failure: object) -> None:
        del self.file

    def names(self, path: str) -> list[str]:
        """What a group holds; nothing where there is no such group."""
        return list(self._group(path) or ())

    def read(self, path: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray | None:
        """The array at this path, which must have this shape and be of this kind, in this dtype; None where there is none.

        Raises ValueError for another shape, and for all that an array of numbers in one piece is not.
        """
        there = self._at(path)
        if there is None:
            return None
        data = self._asked(path, described, there, self.file.data) if isinstance(there, Header) else None
        self._check(data, path, np.dtype(dtype).kind)
        if data.shape != shape:
            raise errors.value_error(f"{self.what}: {path!r}", f"shape {shape}", f"shape {data.shape}")
        with np.errstate(over="ignore", invalid="ignore"):
            return np.ndarray(shape, data.dtype, data.held).astype(dtype)

    def _group(self, path: str) -> Group | None:
        there = self._at(path)
        if isinstance(there, Header):
            raise errors.value_error(f"{self.what}: {path!r}", "a group", "something else")
        return there

    def _at(self, path: str) -> Group | Header | None:
        """What lies at a path, None for nothing. It must have one path only: else a small file could hold endless ones."""
        above, _, name = path.rpartition("/")
        group = self._group(above) if path else {"": self.file.root}
        if group is None or name not in group:
            return None
        address = group[name]
        if address is None:
            raise errors.value_error(
                f"{self.what}: {path!r}", "what lies in the file itself", "a link to somewhere else"
            )
        first = self._paths.setdefault(address, path)
        if first != path:
            raise errors.value_error(
                f"{self.what}: {path!r}", "what has one place in the file", f"what is also at {first!r}"
            )
        return self._asked(path, self.file.at, address)

    def _asked(self, path: str, ask: Callable, *about: Any) -> Any:
        """What the file says, its damage told in a sentence."""
        try:
            return ask(*about)
        except Damaged as failure:
            raise errors.value_error(
                f"{self.what}: {path!r}", "whole groups and numbers", f"damaged ones ({failure})"
            ) from None
        except Foreign as failure:
            raise errors.value_error(f"{self.what}: {path!r}", _FORM, str(failure), _AGAIN) from None

    def _check(self, data: Array | None, path: str, kind: str) -> None:
        if data is None:
            raise errors.value_error(f"{self.what}: {path!r}", "numbers", "a group or a type")
        odd = None
        if data.layout == "elsewhere":
            odd = "numbers that lie in another file"
        elif data.layout == "pieces":
            odd = "numbers in pieces, compressed, or put together from other places, which Keras never writes"
        elif isinstance(data.dtype, str) or data.dtype.kind not in ("f" if kind == "f" else "iu"):
            odd = f"the type {data.dtype}"
        elif data.shape is None:
            odd = "none"
        elif math.prod(data.shape) * data.dtype.itemsize > len(data.held):
            odd = f"shape {data.shape} with {size(len(data.held))} for it"
        if odd:
            raise errors.value_error(f"{self.what}: {path!r}", "plain numbers that lie in the file", odd)
