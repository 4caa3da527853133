"""Writing a file so that it is there whole, or as it was before: under a temporary name, which is then renamed.

A temporary name contains the host and the process that write. The file that a killed process left behind is deleted by the next
process of the same host that writes to the folder.
"""

import contextlib
import ctypes
import errno
import functools
import hashlib
import itertools
import os
import platform
import re
import stat
import sys
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

_TEMPORARY_NAME = re.compile(r"\.dragonet-([0-9a-f]{8})-(\d+)-\d+\.part")
_counter = itertools.count(1)
_in_use: set[Path] = set()  # the temporary files of this process


@contextlib.contextmanager
def written(path: str | os.PathLike[str], durable: bool = True) -> Generator[BinaryIO]:
    """A file to write bytes to, which takes the place of `path` at the end of the with block, or leaves no trace.

    A symbolic link stays one: the file that it points to is replaced. The new file has the mode of the old one. A pipe or a device
    (/dev/stdout) is written to directly. durable: the bytes are on the disk before the old file goes.
    Raises OSError that names `path`; PermissionError where the file is read-only.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, written(Path(folder, "a")) as file:
    ...     file.write(b"whole")
    5
    """
    path = Path(path)
    status = _status(path)
    if status is not None and not stat.S_ISREG(status.st_mode):
        with path.open("wb") as file:  # a folder is refused here
            yield file
        return
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".dragonet-{_host()}-{os.getpid()}-{next(_counter)}.part")
    with _naming(path, temporary):
        if status is not None and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "Permission denied: the file is read-only", str(path))
        _delete_leftovers(target.parent)
        _in_use.add(temporary)
        try:
            with temporary.open("xb") as file:
                if status is not None:
                    with contextlib.suppress(OSError):  # a file system without modes
                        temporary.chmod(stat.S_IMODE(status.st_mode))
                yield file
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            temporary.replace(target)
        finally:
            _in_use.discard(temporary)
            temporary.unlink(missing_ok=True)


def _status(path: Path) -> os.stat_result | None:
    """The status of a path, links followed; None where there is nothing."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


@contextlib.contextmanager
def _naming(path: Path, temporary: Path) -> Generator[None]:
    """An OSError about the temporary name, or about no file at all (a full disk), names the path that the user gave."""
    try:
        yield
    except OSError as failure:
        if failure.errno is not None and failure.filename in (None, str(temporary), temporary):
            raise OSError(failure.errno, failure.strerror, str(path)) from None
        raise


@functools.cache
def _host() -> str:
    """Eight hex digits for this computer, or this container: where a process id means one process."""
    with contextlib.suppress(OSError, NotImplementedError):
        return _short(f"{platform.node()} {Path('/proc/self/ns/pid').readlink()}")
    return _short(platform.node())


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _delete_leftovers(folder: Path) -> None:
    """Delete what processes of this host that have ended left in a folder."""
    with contextlib.suppress(OSError):
        for path in folder.glob(".dragonet-*.part"):
            named = _TEMPORARY_NAME.fullmatch(path.name)
            if named and named[1] == _host() and path not in _in_use and not _is_other_process(int(named[2])):
                path.unlink(missing_ok=True)


def _is_other_process(process: int) -> bool:
    """Whether a process other than this one runs under this id."""
    if process == os.getpid():
        return False
    if sys.platform == "win32":  # where os.kill would end it
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        handle = kernel.OpenProcess(0x1000, False, process)  # PROCESS_QUERY_LIMITED_INFORMATION
        if not handle:
            return ctypes.get_last_error() == 5  # access denied: it belongs to somebody else
        code = ctypes.c_ulong()
        known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return not known or code.value == 259  # STILL_ACTIVE
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it belongs to somebody else
        return True
    return True
