"""The folder of a run: where a new one is made, and the word that tells it from all others."""

import itertools
import os
import uuid
from pathlib import Path

from dragonet.core import errors, shell


def new_folder(out: str | os.PathLike | None, name: str) -> Path:
    """A new folder: `out`, or the next free runs/NAME-N. Raises ValueError where `out` is there and not empty."""
    if out is None:
        return _next_free(Path("runs"), name)
    folder = Path(out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise errors.value_error(
            "A run",
            "a new or empty folder",
            f"{out}, which holds something",
            f"Go on with it by 'dragonet resume {shell.quoted(str(out))}', or name another.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _next_free(parent: Path, name: str) -> Path:
    for n in itertools.count(1):
        folder = parent / f"{name}-{n}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise AssertionError


def new_id() -> str:
    """The id of a new run: twelve letters and digits by chance, so that no two runs share one."""
    return uuid.uuid4().hex[:12]
