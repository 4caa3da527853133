"""Weights in Keras's HDF5 layout: layers/<class>[_k]/vars/<i>, nested models nested, and the optimizer's state.

A layer's group has the name of its class, numbered in the order of `model.layers`; its arrays are numbered in the order of
`layer.variables`. So two models of the same architecture have the same layout, whatever the names of their layers.
"""

import io
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

from dragonet.core import errors, serialization
from dragonet.interop import held_layers, optimizer_state
from dragonet.interop.hdf5 import Arrays
from dragonet.interop.untrusted import format_bytes
from dragonet.models.model import Model

OPTIMIZER = "optimizer/vars"


def layer_groups(model: Any, path: str = "", visited: set[int] | None = None) -> Iterator[tuple[str, Any]]:
    """The group of each layer and nested model, in Keras's order; a shared layer has only one.

    >>> from dragonet import Input, layers, models
    >>> model = models.Sequential([Input((4,)), layers.Dense(3), layers.ReLU(), layers.Dense(2)])
    >>> [path for path, _ in layer_groups(model)]
    ['', 'layers/dense', 'layers/re_lu', 'layers/dense_1']
    """
    visited = set() if visited is None else visited
    yield path, model
    for group, layer in _children(model, path):
        if id(layer) not in visited:
            visited.add(id(layer))
            has_layers = isinstance(layer, Model) or layer.is_subclassed
            yield from (
                layer_groups(layer, group, visited) if has_layers else ((_joined(group, layer.file_group), layer),)
            )


def _children(model: Any, path: str) -> Iterator[tuple[str, Any]]:
    if model.is_subclassed:
        yield from held_layers.groups(model, path)
        return
    counts: Counter[str] = Counter()
    for layer in model.layers:
        name = serialization.group_name(type(layer))
        yield _joined(path, "layers", f"{name}_{counts[name]}" if counts[name] else name), layer
        counts[name] += 1


def to_bytes(model: Model) -> bytes:
    """The HDF5 file of a model's weights, and of its optimizer's state where it was compiled."""
    file = io.BytesIO()
    # track_order is explicit, because a user may have changed h5py's default: hdf5_format does not read that format.
    with h5py.File(file, "w", libver="earliest", track_order=False) as h5:
        for path, owner in layer_groups(model):
            _write_arrays(
                h5, _joined(path, "vars"), owner.name, [variable.numpy() for variable in _own_variables(owner)]
            )
        if optimizer_state.is_saved(model):
            _write_arrays(h5, OPTIMIZER, model.optimizer.name, optimizer_state.to_list(model))
    return file.getvalue()


def _write_arrays(h5: h5py.File, path: str, name: str, arrays: list[np.ndarray]) -> None:
    # bytes, because h5py uses a newer format for str with non-ASCII letters
    group = h5.create_group(path.encode(), track_order=False)
    group.attrs["name"] = name
    for i, array in enumerate(arrays):
        group[str(i)] = group.create_dataset(None, data=array, track_order=False)


def check_size(model: Model, declared: int, what: str) -> None:
    """Raises ValueError where the declared size of a file does not fit this model's weights, before anything is read or created."""
    owners = sum(1 for _ in layer_groups(model))
    needed = sum(math.prod(variable.shape) * np.dtype(variable.dtype).itemsize for variable in model.variables)
    if needed > declared:
        raise errors.value_error(
            what, f"the {format_bytes(needed)} of numbers that its layers need", f"{format_bytes(declared)}"
        )
    # An optimizer has up to five arrays for each weight; groups and their names take a few thousand bytes each.
    most = 8 * needed + 2**14 * (owners + len(model.variables)) + 2**20
    if declared > most:
        raise errors.value_error(
            what,
            f"at most {format_bytes(most)} for the {format_bytes(needed)} of numbers of its layers",
            f"{format_bytes(declared)}",
        )


def load(model: Model, data: bytes, what: str, *, optimizer: bool = True, skip_mismatch: bool = False) -> None:
    """Load the weights of an HDF5 file into a model, and its optimizer's state. On an error nothing is changed.

    skip_mismatch: layers that do not fit are not changed, with one warning that names them.
    Raises ValueError, naming the variable, for missing variables and other shapes, and for additional layers.
    """
    with Arrays(data, what) as arrays:
        loaded: list[tuple[Any, np.ndarray]] = []
        skipped: list[tuple[Any, ValueError]] = []
        for path, owner in layer_groups(model):
            try:
                loaded += _read_variables(arrays, path, owner, what)
            except ValueError as failure:
                if not skip_mismatch:
                    raise
                skipped.append((owner, failure))
        state = optimizer_state.read(model, arrays, OPTIMIZER) if optimizer and not skip_mismatch else None
    for variable, array in loaded:
        variable.assign(array)
    if state is not None:
        optimizer_state.restore(model, state)
    if skipped:
        errors.warn(
            _skipped_layers([owner.name for owner, _ in skipped if not isinstance(owner, Model)]) + str(skipped[0][1]),
        )


def _skipped_layers(names: list[str]) -> str:
    """The names of skipped layers; empty where all layers of the model fit and the file has additional ones."""
    if not names:
        return ""
    return f"load_weights did not change {len(names)} of the layers: {', '.join(map(repr, names))}. "


def _read_variables(arrays: Arrays, path: str, owner: Any, what: str) -> list[tuple[Any, np.ndarray]]:
    """The variables of a layer with their arrays in the file; for a model, a check that the file has no additional layers."""
    group, result = _joined(path, "vars"), []
    for i, variable in enumerate(_own_variables(owner)):
        array = arrays.read(f"{group}/{i}", variable.shape, variable.dtype)
        if array is None:
            raise errors.value_error(
                what, f"numbers for {variable.path!r} of shape {variable.shape}", f"none at '{group}/{i}'"
            )
        result.append((variable, array))
    surplus = set(arrays.names(group)) - {str(i) for i in range(len(result))}
    if isinstance(owner, Model) and not owner.is_subclassed:
        layers, known = _joined(path, "layers"), {child for child, _ in _children(owner, path)}
        names = {f"{layers}/{name}" for name in arrays.names(layers)} - known
        surplus |= {name for name in names if arrays.names(f"{name}/vars") or arrays.names(f"{name}/layers")}
    if surplus:
        raise errors.value_error(
            what,
            f"numbers only for the variables of {owner.name!r}",
            f"also {sorted(surplus)[0]!r}",
            "Load it into a model of the same layers.",
        )
    return result


def _own_variables(owner: Any) -> list:
    """A layer's variables; of a model those that its class added, as its layers have groups of their own."""
    if isinstance(owner, Model):
        return owner.body.own_variables if owner.is_subclassed else []
    return owner.own_variables


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part)
