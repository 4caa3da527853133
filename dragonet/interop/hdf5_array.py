"""What the header of an HDF5 array says: its shape, the type of its numbers, and where in the file they lie.

Like hdf5_format, which it goes with, it believes nothing, and cites the HDF5 File Format Specification, version 3.0.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dragonet.interop.hdf5_format import Damaged, Foreign, Header, fields

DATASPACE, DATATYPE, EXTERNAL_FILES, LAYOUT, FILTERS = 0x1, 0x3, 0x7, 0x8, 0xB  # messages of an object header
NOWHERE = 2**64 - 1  # the address of what was never written


@dataclass(frozen=True, eq=False)
class Array:
    """What a file says of an array, and the bytes that it holds for it.

    shape: None for an array that is declared to hold nothing.
    dtype: in words where it is not plain integers or floats.
    layout: 'whole' for one piece in this file, 'pieces' or 'elsewhere'; only of the first are there bytes.
    """

    shape: tuple[int, ...] | None
    dtype: np.dtype | str
    layout: str
    held: memoryview


def described(header: Header, data: bytes) -> Array | None:
    """The array that a header describes, none where it is of something else. Raises Damaged or Foreign.

    data: the whole file.
    """
    if LAYOUT not in header:
        return None
    layout, held = _stored(header.body(LAYOUT), data)
    layout = "elsewhere" if EXTERNAL_FILES in header else "pieces" if FILTERS in header else layout
    return Array(_shape(header.body(DATASPACE)), _dtype(header.body(DATATYPE)), layout, held)


def _shape(body: bytes) -> tuple[int, ...] | None:
    """The lengths along each axis. (IV.A.2.b. The Dataspace Message)"""
    version, rank, kind = fields("<BBxB", body)
    if version not in (1, 2) or rank > 32 or (version == 2 and kind > 2):
        raise Damaged("a shape that is none")
    if version == 2 and kind == 2:
        return None
    return fields(f"<{8 if version == 1 else 4}x{rank}Q", body)


def _stored(body: bytes, data: bytes) -> tuple[str, memoryview]:
    """Where an array is kept, and its bytes if in one piece, in the header or outside. (IV.A.2.i. The Data Layout Message)"""
    version, kind = fields("<BB", body)
    if version not in (3, 4):
        raise Foreign("an array in an older form")
    if kind == 0:
        (size,) = fields("<2xH", body)
        start, data = 4, body
    elif kind == 1:
        start, size = fields("<2xQQ", body)
        if start == NOWHERE:
            start, size = 0, 0
    elif kind in (2, 3):  # chunked, or virtual
        return "pieces", memoryview(b"")
    else:
        raise Damaged("an array of an unknown layout")
    if start + size > len(data):
        raise Damaged("numbers beyond the end of the file")
    return "whole", memoryview(data)[start : start + size]


def _plain() -> Iterator[tuple[bytes, np.dtype]]:
    """The datatype messages of plain numbers as h5py writes them, in full: what differs in one bit is something else."""
    floats = {2: (15, 10, 5, 10, 15), 4: (31, 23, 8, 23, 127), 8: (63, 52, 11, 52, 1023)}  # IEEE 754
    for order, big in (("<", 0), (">", 1)):
        for size in (1, 2, 4, 8):
            for kind, signed in (("u", 0), ("i", 8)):
                yield struct.pack("<BB2xIHH", 0x10, big | signed, size, 0, 8 * size), np.dtype(f"{order}{kind}{size}")
        for size, (sign, above, exponent, mantissa, bias) in floats.items():
            form = struct.pack(
                "<BBBxIHHBBBBI", 0x11, 0x20 | big, sign, size, 0, 8 * size, above, exponent, 0, mantissa, bias
            )
            yield form, np.dtype(f"{order}f{size}")


_PLAIN = dict(_plain())


def _dtype(body: bytes) -> np.dtype | str:
    """The dtype of plain numbers, the name that numpy or h5py has for others. (IV.A.2.d. The Datatype Message)"""
    start, size = fields("<B3xI", body)
    kind = start & 15
    plain = _PLAIN.get(body[:12]) or _PLAIN.get(body[:20])
    if plain is not None:
        return plain
    if kind == 8:  # an enumeration, which starts with the type of its values
        return "bool" if b"FALSE\0" in body and b"TRUE\0" in body else str(_PLAIN.get(body[8:20], "of a list of words"))
    if kind == 6:  # a record
        return (
            f"complex{8 * size}"
            if body[8:16] == b"r".ljust(8, b"\0") and b"i".ljust(8, b"\0") in body
            else "of records"
        )
    names = {0: "of odd integers", 1: "of odd floats", 3: f"|S{size}", 5: f"|V{size}", 7: "object", 9: "object"}
    return names.get(kind, "of something else")
