"""How much memory this process may use, and a refusal of what cannot fit into it.

A system that promises more memory than it has (Linux does) kills the process without a message when the memory is written to;
XLA aborts it. So sizes are added up before anything is allocated, and compared with the machine's memory, or with the limit of
the container or of the process where that is smaller. The memory that is free at the moment does not count: it changes from
second to second, and the system makes room by itself.
"""

import contextlib
import ctypes
import functools
import math
import os
import sys
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from dragonet.core import errors

_LARGE = 2**20  # bytes from which on a weight is counted
_MUCH = 0.8  # the share of the memory from which on `check` warns
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")


_weights: dict[int, int] = {}  # the bytes of each large weight that is alive, by its id


class Limit(NamedTuple):
    """How many bytes, and whose limit it is: 'this machine has' or 'this container may use'."""

    bytes: int
    owner: str


def check(who: str, needed: int, instead: str) -> None:
    """Refuse a need for more bytes than there are; warn from 80 % of them on.

    Raises MemoryError: how much is needed, how much there is, and what to write instead.
    """
    limit = available()
    if limit is None or needed <= _MUCH * limit.bytes:
        return
    if needed > limit.bytes:
        raise MemoryError(f"{who} needs {size(needed)} of memory, but {limit.owner} {size(limit.bytes)}. {instead}")
    errors.warn(
        f"{who} needs {size(needed)} of memory, and {limit.owner} {size(limit.bytes)}: other programs may have to "
        f"make room. {instead}",
    )


def check_weight(shape: tuple[int, ...], itemsize: int = 4) -> None:
    """Refuse a weight of this shape where it does not fit beside the weights that there are already."""
    needed = bytes_of([shape], itemsize)
    if needed >= _LARGE:
        there = size_of_weights()
        beside = f" beside the {size(there)} of those that there are" if there else ""
        check(
            f"A weight of shape {tuple(shape)}{beside}",
            needed + there,
            "Use fewer units or filters, or pool and crop before this layer.",
        )


def size_of_weights() -> int:
    """The bytes of the large weights that were drawn and not freed yet."""
    return sum(list(_weights.values()))  # a list first: another thread may add one


def count_weight(array: Any) -> None:
    """Count a weight until it is freed."""
    if array.nbytes >= _LARGE:
        _weights[id(array)] = array.nbytes
        weakref.finalize(array, _weights.pop, id(array), None)


def bytes_of(shapes: Iterable[tuple[int | None, ...]], itemsize: int = 4) -> int:
    """The bytes of arrays of these shapes; an axis of unknown length counts as 1.

    >>> bytes_of([(2, 3), (None, 5)])
    44
    """
    return itemsize * sum(math.prod(1 if n is None else n for n in shape) for shape in shapes)


def size(count: int) -> str:
    """Bytes in words.

    >>> size(9_600_000_000), size(512)
    ('9.6 GB', '512 bytes')
    """
    number, units = float(count), iter(_UNITS)
    unit = next(units)
    while number >= 999.5 and unit != _UNITS[-1]:
        number, unit = number / 1000, next(units)
    return f"{number:.3g} {unit}"


@functools.cache
def available() -> Limit | None:
    """The smallest of the machine's memory, the container's limit and the process's; None where none of them is known."""
    limits = [
        Limit(_machine(), "this machine has"),
        Limit(_container(), "this container may use"),
        Limit(_process(), "this process may use"),
    ]
    return min((limit for limit in limits if limit.bytes), default=None)


def _machine() -> int:
    """The machine's memory; 0 where the system does not report it."""
    with contextlib.suppress(AttributeError, ValueError, OSError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(AttributeError, OSError):
        return _windows() if sys.platform == "win32" else _mac()
    return 0


class _MemoryStatus(ctypes.Structure):
    """Windows' MEMORYSTATUSEX."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        ("total", ctypes.c_uint64),
        *((f"other{i}", ctypes.c_uint64) for i in range(6)),
    )


def _windows() -> int:
    status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
    return status.total if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else 0


def _mac() -> int:
    memory = ctypes.c_uint64()
    length = ctypes.c_size_t(ctypes.sizeof(memory))
    failed = ctypes.CDLL(None).sysctlbyname(b"hw.memsize", ctypes.byref(memory), ctypes.byref(length), None, 0)
    return 0 if failed else memory.value


def _container(root: Path = Path("/")) -> int:
    """The smallest limit of the control groups that this process is in, version 1 or 2; 0 where there is none."""
    limits: list[int] = []
    for line in _lines(root / "proc/self/cgroup"):
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            home, name = root / "sys/fs/cgroup", "memory.max"
        elif "memory" in controllers.split(","):
            home, name = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes"
        else:
            continue
        group = Path(path.strip().lstrip("/"))
        for folder in (group, *group.parents):  # a group is held to its parents' limits too
            limits += [int(text) for text in _lines(home / folder / name)[:1] if text.strip().isdigit()]
    limits = [limit for limit in limits if 0 < limit < 2**60]  # version 1 writes a huge number for none
    return min(limits, default=0)


def _process() -> int:
    """The limit of this process's address space (ulimit -v), or of its data; 0 where there is none."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    limits: list[int] = [resource.getrlimit(getattr(resource, kind))[0] for kind in ("RLIMIT_AS", "RLIMIT_DATA")]
    return min((limit for limit in limits if 0 < limit < 2**60), default=0)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
