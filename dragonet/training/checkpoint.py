"""Checkpoints: a tree of arrays and JSON values in one .npz file, written to a side name and renamed.

The arrays lie in the file as NumPy's own members, the rest in one JSON text that refers to them; nothing is pickled, and nothing in
the file is run.
"""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.core import atomic_write, errors

FORMAT = 1


def write(path: str | os.PathLike, tree: Any) -> None:
    """Save dicts and lists of arrays, numbers, words and None; the file is there whole, or as it was before.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Path(folder, "a.npz"), {"w": np.arange(2.0), "epoch": 3})
    ...     read(Path(folder, "a.npz"))
    {'w': array([0., 1.]), 'epoch': 3}
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, np.ndarray] = {}
    text = json.dumps({"format": FORMAT, "tree": _packed(tree, arrays)})
    with atomic_write.written(path) as file:
        np.savez(file, **{"tree": np.frombuffer(text.encode(), np.uint8), **arrays})


def read(path: str | os.PathLike) -> Any:
    """The tree that `write` saved.

    Raises ValueError for a file that is not a checkpoint, or is cut short, or comes from a newer version.
    """
    try:
        zipfile.ZipFile(path).close()  # NumPy's own sentence for another file advises to unpickle it
        with np.load(path, allow_pickle=False) as file:
            saved = json.loads(file["tree"].tobytes().decode())
            arrays = {name: file[name] for name in file.files if name != "tree"}
        form = saved["format"]
        tree = _unpacked(saved["tree"], arrays) if form == FORMAT else None
    except (FileNotFoundError, MemoryError):
        raise
    except Exception as failure:  # zip, JSON and NumPy each have their own errors for a damaged file
        got = f"{str(path)!r} ({errors.reason(failure)})"
        raise errors.value_error(
            "A checkpoint", "a whole file written by dragonet", got, "Delete it to start over."
        ) from None
    if form != FORMAT:
        raise errors.value_error(
            "This version of dragonet",
            f"a checkpoint of format {FORMAT}",
            f"format {errors.short_repr(form)}",
            "Update dragonet, or delete the checkpoint to start over.",
        )
    return tree


def _packed(tree: Any, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(tree, dict):
        return {"dict": [[name, _packed(item, arrays)] for name, item in tree.items()]}
    if isinstance(tree, list | tuple):
        return {"list" if isinstance(tree, list) else "tuple": [_packed(item, arrays) for item in tree]}
    if tree is None or isinstance(tree, bool | int | float | str):
        return {"value": tree}
    if hasattr(tree, "__array__"):
        name = f"a{len(arrays)}"
        arrays[name] = np.asarray(tree)
        return {"array": name}
    raise errors.type_error("A checkpoint", "arrays, numbers, words, lists and dicts", errors.short_repr(tree))


def _unpacked(packed: dict, arrays: dict[str, np.ndarray]) -> Any:
    ((kind, content),) = packed.items()
    if kind == "dict":
        return {name: _unpacked(item, arrays) for name, item in content}
    if kind in ("list", "tuple"):
        items = [_unpacked(item, arrays) for item in content]
        return items if kind == "list" else tuple(items)
    return arrays[content] if kind == "array" else content
