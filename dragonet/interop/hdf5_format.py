"""The form of HDF5 that Keras writes, read in Python with every address, size and count checked before it is used.

libhdf5 can run for ever, or take all memory, on a file that is damaged or made to do harm. Here each block of a file is
read at most once, and all of them together are no longer than the file: whatever stands in it, reading ends.

The words, and the section that a docstring ends with, are those of the HDF5 File Format Specification, version 3.0
(The HDF Group). h5py writes this form unless it is told otherwise: superblock 0, object headers 1, groups as symbol tables.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

SIGNATURE = b"\x89HDF\r\n\x1a\n"

LINK_INFO, LINK, GROUP_INFO, CONTINUATION, SYMBOL_TABLE = 0x2, 0x6, 0xA, 0x10, 0x11  # messages of an object header

Group = dict[str, int | None]  # the address of each member, None for a link to another place


class Damaged(ValueError):
    """What stands in the file cannot be; in a few words."""


class Foreign(ValueError):
    """What stands in the file is HDF5, but not as Keras writes it; in a few words."""


class File:
    """The objects of a file by the address of their header, each looked at once.

    Raises Damaged or Foreign, here and in `at`. (II.A. Disk Format: Level 0A - Format Signature and Superblock)
    """

    def __init__(self, data: bytes):
        self.data, self.blocks = data, _Blocks(data)
        start = self.blocks.take(0, 9, SIGNATURE)
        if start[8]:
            raise Foreign(f"version {start[8]} of its form")
        offsets, lengths, base, end, self.root = struct.unpack("<4xBB9xQ8xQ16xQ24x", self.blocks.take(9, 87))
        if (offsets, lengths, base) != (8, 8, 0):
            raise Damaged("addresses of another size")
        if end > len(data):
            raise Damaged(f"cut short: {len(data):,} of {end:,} bytes")
        self._known: dict[int, Group | Header] = {}

    def at(self, address: int) -> "Group | Header":
        """The group whose header is at this address, or the header itself where it is of something else."""
        if address not in self._known:
            header = Header(self.blocks, address)
            self._known[address] = _group(self.blocks, header) if _is_group(header) else header
        return self._known[address]


class _Blocks:
    """The bytes of a file, handed out in blocks: none twice, and no more in all than the file is long.

    As the blocks of a whole file do not overlap, it never meets these bounds; one with rings or overlaps soon does.
    """

    def __init__(self, data: bytes):
        self.data, self.left, self.taken = data, len(data), set[int]()

    def take(self, address: int, length: int, signature: bytes = b"") -> bytes:
        if address + length > len(self.data):
            raise Damaged("a part beyond the end of the file")
        if address in self.taken or length > self.left:
            raise Damaged("parts within each other")
        self.taken.add(address)
        self.left -= length
        block = self.data[address : address + length]
        if not block.startswith(signature):
            raise Damaged(f"no {signature.split()[0].decode('ascii', 'ignore')} where there should be one")
        return block


# --- objects ----------------------------------------------------------------------------------------------------------


class _Message(NamedTuple):
    kind: int
    shared: bool  # the body only says where the message is
    body: bytes


class Header:
    """The messages that describe an object. (IV.A.1.a. Version 1 Data Object Header Prefix)"""

    def __init__(self, blocks: _Blocks, address: int):
        prefix = blocks.take(address, 16)
        if prefix.startswith(b"OHDR"):
            raise Foreign("a header in a newer form")
        version, count, size = struct.unpack("<BxH4xI4x", prefix)
        if version != 1:
            raise Damaged("no header where there should be one")
        self.messages: dict[int, list[_Message]] = {}
        parts = [(address + 16, size)]
        for place, length in parts:  # which grows: a part may say where the header goes on
            for message in _messages(blocks.take(place, length)):
                self.messages.setdefault(message.kind, []).append(message)
                if message.kind == CONTINUATION:
                    parts.append(fields("<QQ", message.body))
        found = sum(map(len, self.messages.values()))
        if found != count:
            raise Damaged(f"a header of {found} parts instead of {count}")

    def __contains__(self, kind: int) -> bool:
        return kind in self.messages

    def body(self, kind: int) -> bytes:
        """What the one message of this kind says."""
        found = self.messages.get(kind, [])
        if len(found) != 1:
            raise Damaged("a header with a part missing or twice")
        if found[0].shared:
            raise Foreign("a header that shares a part with others")
        return found[0].body


def _messages(block: bytes) -> Iterator[_Message]:
    """The messages in one part of a header: each a multiple of 8 bytes long, one behind the other."""
    start = 0
    while start < len(block):
        kind, size, flags = fields("<HHB3x", block[start : start + 8])
        start += 8 + size
        if size % 8 or start > len(block):
            raise Damaged("a part of a header that is longer than it")
        yield _Message(kind, bool(flags & 2), block[start - size : start])


def fields(form: str, body: bytes) -> tuple[int, ...]:
    """The numbers that a body starts with; it may be padded."""
    if len(body) < struct.calcsize(form):
        raise Damaged("a part of a header cut short")
    return struct.unpack_from(form, body)


# --- groups -----------------------------------------------------------------------------------------------------------


def _is_group(header: Header) -> bool:
    links = [fields("<xBB", message.body) for message in header.messages.get(LINK, ())]
    if any(flags & 8 and kind for flags, kind in links):  # 0, or nothing said, is an object of this file
        raise Foreign("a link to somewhere else")
    if links or LINK_INFO in header or GROUP_INFO in header:
        raise Foreign("a group in a newer form, which letters beyond ASCII in a name, or h5py's track_order, lead to")
    return SYMBOL_TABLE in header


def _group(blocks: _Blocks, header: Header) -> Group:
    """What a group holds, in the order of the names. (III.B. Disk Format: Level 1B - Group Symbol Table Nodes)"""
    tree, heap = fields("<QQ", header.body(SYMBOL_TABLE))
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
    """The addresses of a group's symbol table nodes: level by level, so in order. (III.A.1. Version 1 B-trees)"""
    nodes: list[tuple[int, int | None]] = [(root, None)]
    for node, expected in nodes:  # which grows
        kind, level, used = struct.unpack("<4xBBH16x", blocks.take(node, 24, b"TREE"))
        if kind or expected not in (None, level):
            raise Damaged("a tree that is none")
        for (child,) in struct.iter_unpack("<8xQ", blocks.take(node + 24, 16 * used)):  # a key before each child
            if level:
                nodes.append((child, level - 1))
            else:
                yield child


def _name(blocks: _Blocks, start: int, stop: int) -> str:
    """The text from one place of a heap to the next zero in it. (III.D. Disk Format: Level 1D - Local Heaps)"""
    end = blocks.data.find(b"\0", start, stop) if start < stop else -1
    if end < 0:
        raise Damaged("a name without an end")
    try:
        return blocks.take(start, end + 1 - start)[:-1].decode()
    except UnicodeDecodeError:
        raise Damaged("a name that is no text") from None
