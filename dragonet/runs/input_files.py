"""Inputs: the rows for a model from a user's file, .npy, .npz, .csv or an image; nothing in it is run or trusted."""

import csv
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.core import errors, spreadsheet
from dragonet.data.arrays import to_dense
from dragonet.data.columns import cell_text
from dragonet.data.files import anndata_files, array_files, images
from dragonet.data.leakage.grouping import join_names


def read(
    path: str | os.PathLike, shape: tuple[int, ...], *, white: int | None = None, features: tuple[str, ...] = ()
) -> tuple[np.ndarray, str]:
    """The rows (n, *shape) in a file, and a sentence about what was done to them ('' for nothing).

    `white`: the value of full ink in the model's images; `features`: the columns that the model wants of a table.
    Raises ValueError for a file that is not there, of another kind, damaged, too large, or of other shapes.
    """
    path = Path(path)
    if not path.is_file():
        what = "a folder" if path.is_dir() else "not there"
        raise errors.value_error("predict", "a file to read", f"{path}, which is {what}")
    ending = path.suffix.lower()
    if ending in images.ENDINGS:
        return _image(path, shape, white)
    readers = {
        ".npy": array_files.npy,
        ".npz": lambda path: _npz(path, features),
        ".h5ad": lambda path: _h5ad(path, features),
        ".csv": lambda path: _csv(path, features, math.prod(shape)),
    }
    if ending not in readers:
        raise errors.value_error(
            "predict", f"a file that ends in {', '.join([*readers, *images.ENDINGS[:2]])}", f"{path.name}"
        )
    x = readers[ending](path)
    if x.dtype.kind not in "buif":
        raise errors.value_error(f"{path.name}", "numbers", errors.short_repr(x))
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        raise errors.value_error(f"{path.name}", "a number everywhere", "nan or infinity", "Leave such rows out.")
    return _rows(path, x, shape)


def _rows(path: Path, x: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, str]:
    """One row becomes a batch of one; flat rows take the shape that the model wants."""
    if x.shape[1:] == shape and x.ndim == len(shape) + 1:
        done = ""
    elif x.shape == shape:
        x, done = x[None], f"{path.name} was taken as one row of shape {shape}."
    elif x.ndim == 2 and x.shape[1] == math.prod(shape):
        done = f"Each of the {x.shape[1]} columns of {path.name} was taken as a pixel of {shape}."
        x = x.reshape(-1, *shape)
    else:
        raise errors.value_error(f"{path.name}", f"the shape (n, {', '.join(map(str, shape))})", f"{x.shape}")
    if not len(x):
        raise errors.value_error(f"{path.name}", "at least one row", "none")
    return x, done


def _npz(path: Path, features: tuple[str, ...]) -> np.ndarray:
    arrays = array_files.npz(path)
    name = next((key for key in array_files.X if key in arrays), next(iter(arrays)) if len(arrays) == 1 else None)
    if name is None:
        raise errors.value_error(f"{path.name}", "one array, or one that is called x", errors.short_repr(list(arrays)))
    names = array_files.names_in(arrays, arrays[name])
    return arrays[name] if names is None else _by_name(path, arrays[name], names, features)


def _h5ad(path: Path, features: tuple[str, ...]) -> np.ndarray:
    adata = anndata_files.read_anndata(path)
    return _by_name(path, to_dense(adata.X, path.name), adata.var_names, features)


def _by_name(path: Path, x: np.ndarray, names: Sequence[Any], features: tuple[str, ...]) -> np.ndarray:
    """The columns of x (n, d), which are called `names`, that the model learned from, in its order; all where it knows no names."""
    places = {array_files.word(name): i for i, name in reversed(list(enumerate(names)))}
    missing = [name for name in features if name not in places]
    if missing:
        raise errors.value_error(
            f"{path.name}",
            f"the columns {join_names(features)}",
            f"none called {join_names(missing)}",
            f"{errors.did_you_mean(missing[0], list(places)[:100_000])}" if len(places) < 1000 else "",
        )
    return x[:, [places[name] for name in features]] if features else x


def _csv(path: Path, features: tuple[str, ...], width: int) -> np.ndarray:
    """The rows of a table; its columns by name where it has names and they are wanted, else in their order."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            numbered = [(number, row) for number, row in enumerate(csv.reader(file), 1) if row]
    except (UnicodeDecodeError, csv.Error) as failure:
        raise errors.value_error(
            f"{path.name}", "a table in UTF-8, with commas", f"something else ({failure})"
        ) from None
    if not numbered:
        raise errors.value_error(f"{path.name}", "at least one row", "an empty file")
    rows = [row for _, row in numbered]
    first = 0
    places = range(len(rows[0]))
    if not all(cell_text.is_number(cell) for cell in rows[0]):
        first, names = 1, [spreadsheet.original(cell.strip()) for cell in rows[0]]
        missing = [name for name in features if name not in names]
        if missing:
            raise errors.value_error(
                f"{path.name}",
                f"the columns {' and '.join(features)}",
                f"none called {missing[0]}",
                errors.did_you_mean(missing[0], names),
            )
        places = [names.index(name) for name in features] or places
    if len(places) != width:
        raise errors.value_error(f"{path.name}", f"{width} columns", f"{len(places)}")
    table = np.empty((len(rows) - first, len(places)))
    for i, row in enumerate(rows[first:]):
        for j, place in enumerate(places):
            cell = row[place] if place < len(row) else ""
            if not cell_text.is_number(cell):
                got = f"{cell!r} in row {numbered[i + first][0]}, column {place + 1}"
                raise errors.value_error(f"{path.name}", "a number in each cell", got)
            table[i, j] = float(cell)
    return table


def _image(path: Path, shape: tuple[int, ...], white: int | None) -> tuple[np.ndarray, str]:
    """One image, made like those that the model has seen: grey, of their size, light ink on a dark ground."""
    if white is None or len(shape) != 2:
        raise errors.value_error("predict", "a table for this model, .csv, .npy or .npz", f"the image {path.name}")
    from PIL import Image

    with images.opened(path) as image:
        width, height = image.size
        try:
            grey = images.upright_on_white(image).convert("L").resize((shape[1], shape[0]), Image.Resampling.LANCZOS)
        except Exception as failure:  # each of Pillow's readers has its own
            raise images.unreadable_error(path, failure) from None
    x = np.asarray(grey, float)
    border = np.concatenate([x[0], x[-1], x[1:-1, 0], x[1:-1, -1]])
    inverted = np.median(border) > 127
    x = (255 - x if inverted else x) * (white / 255)
    done = f"{path.name}, {width} × {height}, was made grey and {shape[1]} × {shape[0]}"
    ground = ", and inverted, for the model knows light ink on a dark ground" if inverted else ""
    return x[None], f"{done}{ground}."
