"""Compiled programs kept on disk between processes, in the user's own cache folder.

The files are machine code, so the folder is used only where it belongs to the user and nobody else can write to it. Each
file begins with a digest of its name and content: a file that is damaged, or that is another file's copy, counts as missing and
is written again. Where the user has set JAX's own cache folder, that one is used instead.
"""

# JAX's configuration and its internal cache have no types, and there is no public way to replace the cache.
# pyright: reportUnknownMemberType=false, reportPrivateUsage=false, reportAttributeAccessIssue=false

import contextlib
import functools
import hashlib
import os
import stat
from collections.abc import Generator
from pathlib import Path
from typing import Any

import jax
import platformdirs
from jax.experimental.compilation_cache import compilation_cache

from dragonet.core import atomic_write

_MOST_BYTES = 2**29
_FORMAT = b"dragonet cache 1\n"
_DIGEST = hashlib.sha256().digest_size
_SETTINGS = {
    "jax_persistent_cache_min_compile_time_secs": 0.0,
    "jax_persistent_cache_min_entry_size_bytes": -1,
}
_folder: Path | None = None
_is_folder_chosen = False


@contextlib.contextmanager
def cache() -> Generator[None]:
    """Within it, JAX keeps what it compiles on disk; outside, its configuration is what it was."""
    folder = _trusted_folder()
    if folder is None or jax.config.jax_compilation_cache_dir is not None:
        yield
        return
    settings = _SETTINGS | {"jax_compilation_cache_dir": str(folder)}
    before = {name: getattr(jax.config, name) for name in settings}
    compilation_cache.reset_cache()
    for name, value in settings.items():
        jax.config.update(name, value)
    _replace_cache_of_jax()
    try:
        yield
    finally:
        for name, value in before.items():
            jax.config.update(name, value)
        compilation_cache.reset_cache()


def _replace_cache_of_jax() -> None:
    """Let JAX read and write through this file: its own cache neither writes files whole nor notices damaged code.

    JAX has no public way to do so. Where a later version differs from those that the tests run, it keeps nothing on disk.
    """
    try:
        from jax._src import compilation_cache

        internal: Any = compilation_cache
    except ImportError:
        internal = None
    if hasattr(internal, "_cache") and hasattr(internal, "_cache_initialized"):
        internal._cache, internal._cache_initialized = _Programs(), True
    else:
        jax.config.update("jax_compilation_cache_dir", None)


class _Programs:
    """The methods that JAX calls on a cache: get and put, by JAX's own keys."""

    _path = Path()

    def get(self, key: str) -> bytes | None:
        """The program of this key, or None."""
        return read(_program_name(key))

    def put(self, key: str, value: bytes) -> None:
        """Keep a program."""
        write(_program_name(key), value)


def _program_name(key: str) -> str:
    return f"xla-{hashlib.sha256(f'{key} {processor()}'.encode()).hexdigest()}"


@functools.cache
def processor() -> str:
    """The system and the processor with its features: what code for one machine needs to run on another with the same folder."""
    from llvmlite import binding as llvm  # pyright: ignore[reportMissingTypeStubs]

    try:
        features = llvm.get_host_cpu_features().flatten()
    except RuntimeError:  # LLVM does not know them on this system
        features = ""
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {features}"


def read(name: str) -> bytes | None:
    """The content written under this name; None where there is none, no trusted folder, or damage of any kind."""
    folder = _trusted_folder()
    if folder is None:
        return None
    try:
        status = (folder / name).stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST_BYTES:
            return None
        whole = (folder / name).read_bytes()
    except OSError:
        return None
    content = whole[len(_FORMAT) + _DIGEST :]
    return content if whole == _sealed(name, content) else None


def write(name: str, content: bytes) -> None:
    """Keep this content under a name, where there is a trusted folder and room on the disk."""
    folder = _trusted_folder()
    if folder:
        with contextlib.suppress(OSError):
            _delete_unusable(folder / name)
            with atomic_write.written(folder / name, durable=False) as file:
                file.write(_sealed(name, content))


def _delete_unusable(path: Path) -> None:
    """Delete what stands where a file should be: an empty folder, a device, or a file that cannot be read or written."""
    with contextlib.suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            path.rmdir()
        elif not stat.S_ISREG(mode) or not os.access(path, os.R_OK | os.W_OK):
            path.unlink()


def _sealed(name: str, content: bytes) -> bytes:
    """A file's bytes: the format, a digest of format, name and content, the content."""
    return _FORMAT + hashlib.sha256(b"\0".join((_FORMAT, name.encode(), content))).digest() + content


def _trusted_folder() -> Path | None:
    """The folder, made where it is missing; None where it cannot be trusted or DRAGONET_CACHE is 'off'."""
    global _folder, _is_folder_chosen
    if not _is_folder_chosen:
        _is_folder_chosen = True
        wanted = os.environ.get("DRAGONET_CACHE", "")
        if wanted != "off":
            folder = Path(wanted) if wanted else Path(platformdirs.user_cache_dir("dragonet", appauthor=False)) / "xla"
            with contextlib.suppress(OSError):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _folder = folder if _is_private(folder) else None
                if _folder:
                    _prune(_folder)
    return _folder


def _is_private(folder: Path) -> bool:
    """Owned by this user and closed to others; where the system knows no such owners, the user's own folder is trusted."""
    if not hasattr(os, "getuid"):
        return True
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and stat.S_IMODE(status.st_mode) == 0o700


def _prune(folder: Path) -> None:
    """Delete the oldest files until half of the allowed size is free again."""
    files: list[tuple[float, int, Path]] = []
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process deletes too
            status = path.stat()
            if stat.S_ISREG(status.st_mode):
                files.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in files)
    if total > _MOST_BYTES:
        for _, size, path in sorted(files):
            if total <= _MOST_BYTES // 2:
                break
            total -= size
            path.unlink(missing_ok=True)
