"""Writing a file so that it is there whole, or as it was before: to a side name, which is then given the right one."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def written(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """A file to write bytes to, which takes the place of `path` at the end of the with block, or leaves no trace.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, written(Path(folder, "a")) as file:
    ...     file.write(b"whole")
    5
    """
    path = Path(path)
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with aside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
