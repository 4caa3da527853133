"""The header of an HDF5 array: its shape, the type of its numbers, and where in the file they are.

Like hdf5_format, it checks everything that it reads, and cites the HDF5 File Format Specification, version 3.0.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dragonet.interop.hdf5_format import Damaged, Header, Unsupported, read_fields

DATASPACE, DATATYPE, EXTERNAL_FILES, LAYOUT, FILTERS = 0x1, 0x3, 0x7, 0x8, 0xB  # messages of an object header
UNDEFINED_ADDRESS = 2**64 - 1  # of data that were never written


@dataclass(frozen=True, eq=False)
class Array:
    """The description of an array in a file, and its bytes.

    shape: None for an array that is declared as empty.
    dtype: a description for anything but plain integers or floats.
    layout: 'contiguous' for one block of this file, 'chunked' or 'external'; data is empty for the last two.
    """

    shape: tuple[int, ...] | None
    dtype: np.dtype | str
    layout: str
    data: memoryview


def read_array(header: Header, file: bytes) -> Array | None:
    """The array with this header, None for another kind of object. Raises Damaged or Unsupported.

    file: all bytes of the file.
    """
    if LAYOUT not in header:
        return None
    layout, data = _read_layout(header.body(LAYOUT), file)
    layout = "external" if EXTERNAL_FILES in header else "chunked" if FILTERS in header else layout
    return Array(_shape(header.body(DATASPACE)), _dtype(header.body(DATATYPE)), layout, data)


def _shape(body: bytes) -> tuple[int, ...] | None:
    """The lengths along each axis. (IV.A.2.b. The Dataspace Message)"""
    version, rank, kind = read_fields("<BBxB", body)
    if version not in (1, 2) or rank > 32 or (version == 2 and kind > 2):
        raise Damaged("an invalid shape")
    if version == 2 and kind == 2:
        return None
    return read_fields(f"<{8 if version == 1 else 4}x{rank}Q", body)


def _read_layout(body: bytes, file: bytes) -> tuple[str, memoryview]:
    """The layout of an array, and its bytes if they are contiguous, in the header or not. (IV.A.2.i. The Data Layout Message)"""
    version, kind = read_fields("<BB", body)
    if version not in (3, 4):
        raise Unsupported("an array in an older format")
    if kind == 0:
        (size,) = read_fields("<2xH", body)
        start, file = 4, body
    elif kind == 1:
        start, size = read_fields("<2xQQ", body)
        if start == UNDEFINED_ADDRESS:
            start, size = 0, 0
    elif kind in (2, 3):  # chunked, or virtual
        return "chunked", memoryview(b"")
    else:
        raise Damaged("an array of an unknown layout")
    if start + size > len(file):
        raise Damaged("numbers beyond the end of the file")
    return "contiguous", memoryview(file)[start : start + size]


def _plain_types() -> Iterator[tuple[bytes, np.dtype]]:
    """The complete datatype messages of plain numbers as h5py writes them; a message that differs in one bit is another type."""
    floats = {2: (15, 10, 5, 10, 15), 4: (31, 23, 8, 23, 127), 8: (63, 52, 11, 52, 1023)}  # IEEE 754
    for order, big in (("<", 0), (">", 1)):
        for size in (1, 2, 4, 8):
            for kind, signed in (("u", 0), ("i", 8)):
                yield struct.pack("<BB2xIHH", 0x10, big | signed, size, 0, 8 * size), np.dtype(f"{order}{kind}{size}")
        for size, (sign, above, exponent, mantissa, bias) in floats.items():
            message = struct.pack(
                "<BBBxIHHBBBBI", 0x11, 0x20 | big, sign, size, 0, 8 * size, above, exponent, 0, mantissa, bias
            )
            yield message, np.dtype(f"{order}f{size}")


_PLAIN_TYPES = dict(_plain_types())


def _dtype(body: bytes) -> np.dtype | str:
    """The dtype of plain numbers, a description for other types. (IV.A.2.d. The Datatype Message)"""
    start, size = read_fields("<B3xI", body)
    kind = start & 15
    plain = _PLAIN_TYPES.get(body[:12]) or _PLAIN_TYPES.get(body[:20])
    if plain is not None:
        return plain
    if kind == 8:  # an enumeration, which starts with the type of its values
        return (
            "bool"
            if b"FALSE\0" in body and b"TRUE\0" in body
            else str(_PLAIN_TYPES.get(body[8:20], "of a list of words"))
        )
    if kind == 6:  # a record
        return (
            f"complex{8 * size}"
            if body[8:16] == b"r".ljust(8, b"\0") and b"i".ljust(8, b"\0") in body
            else "of records"
        )
    names = {0: "of odd integers", 1: "of odd floats", 3: f"|S{size}", 5: f"|V{size}", 7: "object", 9: "object"}
    return names.get(kind, "of something else")
