"""A reader of HDF5 files as Keras writes them, in Python, that checks every address, size and count before it is used.

libhdf5 can run endlessly, or use all memory, on a damaged or malicious file. This reader reads each block of a file at most
once, and all blocks together are no longer than the file, so that reading ends for every file.

The terms, and the section that a docstring ends with, are those of the HDF5 File Format Specification, version 3.0
(The HDF Group). h5py writes this version by default: superblock 0, object headers 1, groups as symbol tables.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

SIGNATURE = b"\x89HDF\r\n\x1a\n"

LINK_INFO, LINK, GROUP_INFO, CONTINUATION, SYMBOL_TABLE = 0x2, 0x6, 0xA, 0x10, 0x11  # messages of an object header

Group = dict[str, int | None]  # the address of each member, None for a link to another place


class Damaged(ValueError):
    """The file violates the format; the message says how."""


class Unsupported(ValueError):
    """The file is HDF5, but not as Keras writes it; the message says how."""


class File:
    """The objects of a file by the address of their header, each read once.

    Raises Damaged or Unsupported, here and in `at`. (II.A. Disk Format: Level 0A - Format Signature and Superblock)
    """

    def __init__(self, data: bytes):
        self.data, self.blocks = data, _Blocks(data)
        start = self.blocks.take(0, 9, SIGNATURE)
        if start[8]:
            raise Unsupported(f"version {start[8]} of the format")
        offsets, lengths, base, end, self.root = struct.unpack("<4xBB9xQ8xQ16xQ24x", self.blocks.take(9, 87))
        if (offsets, lengths, base) != (8, 8, 0):
            raise Damaged("addresses of another size")
        if end > len(data):
            raise Damaged(f"cut short: {len(data):,} of {end:,} bytes")
        self._objects: dict[int, Group | Header] = {}

    def at(self, address: int) -> "Group | Header":
        """The group whose header is at this address, or the header itself for other objects."""
        if address not in self._objects:
            header = Header(self.blocks, address)
            self._objects[address] = _read_group(self.blocks, header) if _is_group(header) else header
        return self._objects[address]


class _Blocks:
    """The bytes of a file in blocks: no block is read twice, and all blocks together are no longer than the file.

    The blocks of a valid file do not overlap, so it stays within these bounds; a file with cycles or overlaps does not.
    """

    def __init__(self, data: bytes):
        self.data, self.bytes_left, self.addresses = data, len(data), set[int]()

    def take(self, address: int, length: int, signature: bytes = b"") -> bytes:
        if address + length > len(self.data):
            raise Damaged("a part beyond the end of the file")
        if address in self.addresses or length > self.bytes_left:
            raise Damaged("overlapping parts")
        self.addresses.add(address)
        self.bytes_left -= length
        block = self.data[address : address + length]
        if not block.startswith(signature):
            raise Damaged(f"no {signature.split()[0].decode('ascii', 'ignore')} where one is required")
        return block


# --- objects ----------------------------------------------------------------------------------------------------------


class _Message(NamedTuple):
    kind: int
    is_shared: bool  # the body is only the address of the message
    body: bytes


class Header:
    """The messages that describe an object. (IV.A.1.a. Version 1 Data Object Header Prefix)"""

    def __init__(self, blocks: _Blocks, address: int):
        prefix = blocks.take(address, 16)
        if prefix.startswith(b"OHDR"):
            raise Unsupported("a header in a newer format")
        version, count, size = struct.unpack("<BxH4xI4x", prefix)
        if version != 1:
            raise Damaged("no header where one is required")
        self.messages: dict[int, list[_Message]] = {}
        parts = [(address + 16, size)]
        for start, length in parts:  # the loop appends to the list: a part may have the address of the next one
            for message in _messages(blocks.take(start, length)):
                self.messages.setdefault(message.kind, []).append(message)
                if message.kind == CONTINUATION:
                    next_start, next_length = read_fields("<QQ", message.body)
                    parts.append((next_start, next_length))
        total = sum(map(len, self.messages.values()))
        if total != count:
            raise Damaged(f"a header of {total} parts instead of {count}")

    def __contains__(self, kind: int) -> bool:
        return kind in self.messages

    def body(self, kind: int) -> bytes:
        """The body of the only message of this kind."""
        messages = self.messages.get(kind, [])
        if len(messages) != 1:
            raise Damaged("a header with a part missing or twice")
        if messages[0].is_shared:
            raise Unsupported("a header that shares a part with others")
        return messages[0].body


def _messages(block: bytes) -> Iterator[_Message]:
    """The messages in one part of a header, one after the other; the length of each is a multiple of 8 bytes."""
    start = 0
    while start < len(block):
        kind, size, flags = read_fields("<HHB3x", block[start : start + 8])
        start += 8 + size
        if size % 8 or start > len(block):
            raise Damaged("a part of a header that is longer than the header")
        yield _Message(kind, bool(flags & 2), block[start - size : start])


def read_fields(layout: str, body: bytes) -> tuple[int, ...]:
    """The numbers at the start of a body, in a layout of `struct`; the body may be longer."""
    if len(body) < struct.calcsize(layout):
        raise Damaged("a part of a header cut short")
    return struct.unpack_from(layout, body)


# --- groups -----------------------------------------------------------------------------------------------------------


def _is_group(header: Header) -> bool:
    links = [read_fields("<xBB", message.body) for message in header.messages.get(LINK, ())]
    if any(flags & 8 and kind for flags, kind in links):  # kind 0, the default, is an object of this file
        raise Unsupported("a link to another place or file")
    if links or LINK_INFO in header or GROUP_INFO in header:
        raise Unsupported(
            "a group in a newer format, which names with non-ASCII letters, or h5py's track_order, lead to"
        )
    return SYMBOL_TABLE in header


def _read_group(blocks: _Blocks, header: Header) -> Group:
    """The members of a group, in the order of their names. (III.B. Disk Format: Level 1B - Group Symbol Table Nodes)"""
    tree, heap = read_fields("<QQ", header.body(SYMBOL_TABLE))
    group: Group = {}
    version, size, start = struct.unpack("<4xB3xQ8xQ", blocks.take(heap, 32, b"HEAP"))
    if version or start + size > len(blocks.data):
        raise Damaged("names beyond the end of the file")
    for leaf in _leaves(blocks, tree):
        version, count = struct.unpack("<4xBxH", blocks.take(leaf, 8, b"SNOD"))
        for offset, address, kind in struct.iter_unpack("<QQI20x", blocks.take(leaf + 8, 40 * count)):
            name = _name(blocks, start + offset, start + size)
            if name in group or kind > 2:
                raise Damaged("a name twice" if name in group else "a member of an unknown kind")
            group[name] = None if kind == 2 else address  # 2: a symbolic link
    return group


def _leaves(blocks: _Blocks, root: int) -> Iterator[int]:
    """The addresses of a group's symbol table nodes, level by level and thereby in order. (III.A.1. Version 1 B-trees)"""
    nodes: list[tuple[int, int | None]] = [(root, None)]
    for node, expected in nodes:  # the loop appends to the list
        kind, level, used = struct.unpack("<4xBBH16x", blocks.take(node, 24, b"TREE"))
        if kind or expected not in (None, level):
            raise Damaged("an invalid tree")
        for (child,) in struct.iter_unpack("<8xQ", blocks.take(node + 24, 16 * used)):  # a key before each child
            if level:
                nodes.append((child, level - 1))
            else:
                yield child


def _name(blocks: _Blocks, start: int, stop: int) -> str:
    """The text from one address in a heap to the next zero byte. (III.D. Disk Format: Level 1D - Local Heaps)"""
    end = blocks.data.find(b"\0", start, stop) if start < stop else -1
    if end < 0:
        raise Damaged("a name without an end")
    try:
        return blocks.take(start, end + 1 - start)[:-1].decode()
    except UnicodeDecodeError:
        raise Damaged("a name that is not text") from None
