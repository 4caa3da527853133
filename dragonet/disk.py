"""Compiled programs kept on disk between processes, in the user's own cache folder.

What lies there is machine code, so the folder is used only where it belongs to the user and nobody else can write to it. A
folder that the user gave JAX for the same purpose is left in charge.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import jax
import platformdirs
from jax.experimental.compilation_cache import compilation_cache

from dragonet import aside

_MOST_BYTES = 2**29
_SETTINGS = {
    "jax_persistent_cache_min_compile_time_secs": 0.0,
    "jax_persistent_cache_min_entry_size_bytes": -1,
}
_folder: Path | None = None
_asked = False


@contextlib.contextmanager
def cache() -> Iterator[None]:
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
    try:
        yield
    finally:
        for name, value in before.items():
            jax.config.update(name, value)
        compilation_cache.reset_cache()


def read(name: str) -> bytes | None:
    """What was written under this name; None where there is nothing, or no folder that can be trusted."""
    folder = _trusted_folder()
    try:
        return (folder / name).read_bytes() if folder else None
    except OSError:
        return None


def write(name: str, content: bytes) -> None:
    """Keep this under a name, where there is a folder to be trusted and room on the disk."""
    folder = _trusted_folder()
    if folder:
        with contextlib.suppress(OSError), aside.written(folder / name) as file:
            file.write(content)


def _trusted_folder() -> Path | None:
    """The folder, made where it is missing; None where it cannot be trusted or DRAGONET_CACHE is 'off'."""
    global _folder, _asked
    if not _asked:
        _asked = True
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
    """Delete the files not used for longest, until half of the room is free again."""
    files = sorted((path for path in folder.iterdir() if path.is_file()), key=lambda path: path.stat().st_mtime)
    size = sum(path.stat().st_size for path in files)
    if size > _MOST_BYTES:
        for path in files:
            if size <= _MOST_BYTES // 2:
                break
            size -= path.stat().st_size
            path.unlink(missing_ok=True)
