"""Weights in Keras's HDF5 layout: layers/<class>[_k]/vars/<i>, nested models nested, and the optimizer's state.

A layer's group is called after its class and counted in the order of `model.layers`; its arrays are counted in the order of
`layer.variables`. Two models of one architecture thus have one layout, whatever their layers are called.
"""

import io
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

from dragonet.core import errors, serialization, session
from dragonet.interop import optimizer_state
from dragonet.interop.hdf5 import Arrays
from dragonet.interop.untrusted import size
from dragonet.models.model import Model

OPTIMIZER = "optimizer/vars"


def places(model: Model, path: str = "", met: set | None = None) -> Iterator[tuple[str, Any]]:
    """The group of each layer and nested model, in Keras's order; a layer that is shared has one only.

    >>> from dragonet import Input, layers, models
    >>> model = models.Sequential([Input((4,)), layers.Dense(3), layers.ReLU(), layers.Dense(2)])
    >>> [path for path, _ in places(model)]
    ['', 'layers/dense', 'layers/re_lu', 'layers/dense_1']
    """
    met = set() if met is None else met
    yield path, model
    for below, layer in _children(model, path):
        if id(layer) not in met:
            met.add(id(layer))
            yield from places(layer, below, met) if isinstance(layer, Model) else ((below, layer),)


def _children(model: Model, path: str) -> Iterator[tuple[str, Any]]:
    counted: Counter[str] = Counter()
    for layer in model.layers:
        name = session.snake_case(serialization.keras_class_name(type(layer)))
        yield _joined(path, "layers", f"{name}_{counted[name]}" if counted[name] else name), layer
        counted[name] += 1


def written(model: Model) -> bytes:
    """The HDF5 file of a model's weights, and of its optimizer's state where it was compiled."""
    file = io.BytesIO()
    # Said in full, as a user may have set h5py to keep the order of things: that form hdf5_format does not read.
    with h5py.File(file, "w", libver="earliest", track_order=False) as h5:
        for path, owner in places(model):
            _put(h5, _joined(path, "vars"), owner.name, [variable.numpy() for variable in _own(owner)])
        if optimizer_state.is_saved(model):
            _put(h5, OPTIMIZER, model.optimizer.name, optimizer_state.to_list(model))
    return file.getvalue()


def _put(h5: h5py.File, path: str, name: str, arrays: list[np.ndarray]) -> None:
    group = h5.create_group(
        path.encode(), track_order=False
    )  # h5py makes the newer form for words beyond ASCII, not for bytes
    group.attrs["name"] = name
    for i, held in enumerate(arrays):
        group[str(i)] = group.create_dataset(None, data=held, track_order=False)


def check_size(model: Model, declared: int, what: str) -> None:
    """Raises a sentence where a file of this size cannot hold just this model's weights: before they are read or made."""
    owners = sum(1 for _ in places(model))
    needed = sum(math.prod(variable.shape) * np.dtype(variable.dtype).itemsize for variable in model.variables)
    if needed > declared:
        raise errors.value_error(what, f"the {size(needed)} of numbers that its layers ask for", f"{size(declared)}")
    # An optimizer keeps up to five arrays beside each weight; groups and their names take a few thousand bytes each.
    most = 8 * needed + 2**14 * (owners + len(model.variables)) + 2**20
    if declared > most:
        raise errors.value_error(
            what, f"at most {size(most)} for the {size(needed)} of numbers of its layers", f"{size(declared)}"
        )


def load(model: Model, data: bytes, what: str, *, optimizer: bool = True, skip_mismatch: bool = False) -> None:
    """Put the weights of an HDF5 file into a model, and the state into its optimizer: all of it or, on an error, nothing.

    skip_mismatch: leave the layers that do not fit as they are, with one note that names them.
    Raises ValueError, naming the variable, for a missing one and for another shape, and for layers too many.
    """
    with Arrays(data, what) as arrays:
        read: list[tuple[Any, np.ndarray]] = []
        skipped: list[tuple[Any, ValueError]] = []
        for path, owner in places(model):
            try:
                read += _of_owner(arrays, path, owner, what)
            except ValueError as failure:
                if not skip_mismatch:
                    raise
                skipped.append((owner, failure))
        state = optimizer_state.read(model, arrays, OPTIMIZER) if optimizer and not skip_mismatch else None
    for variable, held in read:
        variable.assign(held)
    if state is not None:
        optimizer_state.put(model, state)
    if skipped:
        errors.warn(
            _left([owner.name for owner, _ in skipped if not isinstance(owner, Model)]) + str(skipped[0][1]),
        )


def _left(names: list[str]) -> str:
    """Which layers were passed over; none where the file holds more layers than the model and all of the model's fit."""
    if not names:
        return ""
    return f"load_weights left {len(names)} of the layers as they were: {', '.join(map(repr, names))}. "


def _of_owner(arrays: Arrays, path: str, owner: Any, what: str) -> list[tuple[Any, np.ndarray]]:
    group, read = _joined(path, "vars"), []
    for i, variable in enumerate(_own(owner)):
        held = arrays.read(f"{group}/{i}", variable.shape, variable.dtype)
        if held is None:
            raise errors.value_error(
                what, f"numbers for {variable.path!r} of shape {variable.shape}", f"none at '{group}/{i}'"
            )
        read.append((variable, held))
    surplus = set(arrays.names(group)) - {str(i) for i in range(len(read))}
    if isinstance(owner, Model):
        layers, known = _joined(path, "layers"), {below for below, _ in _children(owner, path)}
        names = {f"{layers}/{name}" for name in arrays.names(layers)} - known
        surplus |= {name for name in names if arrays.names(f"{name}/vars") or arrays.names(f"{name}/layers")}
    if surplus:
        raise errors.value_error(
            what,
            f"no other numbers than for what is in {owner.name!r}",
            f"also {sorted(surplus)[0]!r}",
            "Load it into a model of the same layers.",
        )
    return read


def _own(owner: Any) -> list:
    return [] if isinstance(owner, Model) else owner.variables


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part)
