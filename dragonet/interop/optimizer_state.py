"""An optimizer's state as Keras lists it: the step, the learning rate, and the arrays for each trainable weight."""

import itertools
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from dragonet.core import errors
from dragonet.interop.hdf5 import Arrays
from dragonet.models.model import Model
from dragonet.optimizers.keras_style import subclassing
from dragonet.optimizers.rmsprop import RMSprop

Address = tuple  # of an array in the state: keys of dicts and indices of tuples


def is_saved(model: Model) -> bool:
    """Whether the optimizer's state can be saved: not for an optimizer of Optax, nor for a user-defined objective."""
    args = model.training_state.compile_args
    return args is not None and args.own_objective is None and not hasattr(args.optimizer, "transformation")


def to_list(model: Model) -> list[np.ndarray]:
    """The state in Keras's order; before the first step, the initial state."""
    state, rate = _state(model), model.optimizer.learning_rate
    return [
        np.asarray(rate, np.float32) if address == ("learning_rate",) else np.asarray(_at(state, address))
        for address in _addresses(model, state)
    ]


def read(model: Model, arrays: Arrays, path: str) -> dict[Address, np.ndarray] | None:
    """The optimizer's state in a file for a compiled model; None where there is none, or only that of an unused optimizer.

    Raises ValueError for arrays of other shapes. Warns, and returns None, where the file has another number of arrays, as
    after layers were frozen.
    """
    if not is_saved(model):
        return None
    state = jax.eval_shape(model.optimizer.init, model.graph.gather()[0])
    addresses, count = list(_addresses(model, state)), len(arrays.names(path))
    if count <= 2 < len(addresses):  # Keras creates the arrays at the first step
        return None
    if count != len(addresses):
        errors.warn(
            f"The file holds {count} arrays of the optimizer, and {type(model.optimizer).__name__} needs "
            f"{len(addresses)}: it starts over. The weights are loaded.",
        )
        return None
    result: dict[Address, np.ndarray] = {}
    for i, address in enumerate(addresses):
        like = np.zeros((), np.float32) if address == ("learning_rate",) else _at(state, address)
        array = arrays.read(f"{path}/{i}", like.shape, like.dtype)
        if array is None:
            raise errors.value_error(arrays.what, f"{count} numbered arrays of the optimizer", f"none at '{path}/{i}'")
        result[address] = array
    return result


def restore(model: Model, arrays: dict[Address, np.ndarray]) -> None:
    """Put the result of `read` into a model's optimizer."""
    optimizer, state = model.optimizer, _state(model)
    for address, array in arrays.items():
        if address == ("learning_rate",):
            if np.float32(optimizer.learning_rate) != array:
                optimizer.learning_rate = float(array)
            continue
        *parents, name = address
        _at(state, tuple(parents))[name] = np.array(array)
    model.training_state.put_optimizer_state(state)


def _state(model: Model) -> dict[str, Any]:
    """A copy of the current state, with the same arrays."""
    return jax.tree.map(lambda leaf: leaf, model.training_state.optimizer_state)


def _addresses(model: Model, state: dict) -> Iterator[Address]:
    """The addresses of the arrays in Keras's list, in its order.

    After the step and the learning rate: the averages, the sums of gradients, and the slots of each weight. All slots of a
    weight are together, except those that Keras creates later (Adam's v_hat), and those of RMSprop, one kind at a time.
    """
    optimizer = model.optimizer
    weights = list(_weights(model.graph))
    yield ("iterations",)
    if not callable(optimizer.learning_rate):
        yield ("learning_rate",)
    for kind in ("ema", "accumulated"):
        if kind in state:
            yield from ((kind, *weight) for weight in weights)
    if subclassing.is_adapted(optimizer):
        yield from (("shared", subclassing.STATE, i) for i in _adapted_positions(model, weights))
        return
    names = optimizer.slots()  # not the state's own keys, which JAX sorts
    groups = (
        [[name] for name in names]
        if isinstance(optimizer, RMSprop)
        else [[name for name in names if name != "v_hat"], [name for name in names if name == "v_hat"]]
    )
    for group in groups:
        yield from (("slots", name, *weight) for weight, name in itertools.product(weights, group))
    yield from (("shared", name) for name in optimizer.shared_start)


def _adapted_positions(model: Model, weights: list[Address]) -> list[int]:
    """The positions of an optimizer's arrays that is written as in Keras, in the order in which Keras would list them."""
    params = model.graph.gather()[0]
    jax.eval_shape(model.optimizer.init, params)  # makes its variables
    leaves = jax.tree_util.tree_leaves_with_path(params)
    places = {
        tuple(getattr(step, "key", getattr(step, "idx", None)) for step in path): i
        for i, (path, _) in enumerate(leaves)
    }
    return subclassing.positions(model.optimizer, [places[weight] for weight in weights])


def _weights(graph: Any) -> Iterator[Address]:
    """The address of each trainable weight in the tree of weights, in the order of `trainable_variables`."""
    for i, layer in enumerate(graph.flat):
        if layer.built and layer.trainable:
            yield from ((i, *names) for names in _names(layer._cell.params))


def _names(tree: dict) -> Iterator[tuple[str, ...]]:
    for name, item in tree.items():
        yield from ((name, *rest) for rest in _names(item)) if isinstance(item, dict) else ((name,),)


def _at(state: Any, address: Address) -> Any:
    for name in address:
        state = state[name]
    return state
