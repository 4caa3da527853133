"""An optimizer's state as Keras lists it: the step, the learning rate, and the arrays beside the weights that train."""

import itertools
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from dragonet.core import errors
from dragonet.interop.hdf5 import Arrays

Address = tuple  # where in the state an array is: names of dicts, places in tuples


def is_saved(model: Any) -> bool:
    """Whether a model has an optimizer whose state a file can hold: none of Optax's, nor of an objective of the user's own."""
    args = model.training_state.compile_args
    return args is not None and args.own_objective is None and not hasattr(args.optimizer, "transformation")


def to_list(model: Any) -> list[np.ndarray]:
    """The state in Keras's order; as it is before the first step, where there was none."""
    state, rate = _state(model), model.optimizer.learning_rate
    return [
        np.float32(rate) if address == ("learning_rate",) else np.asarray(_at(state, address))
        for address in _addresses(model, state)
    ]


def read(model: Any, arrays: Arrays, path: str) -> dict[str, Any] | None:
    """The state that a file holds for a compiled model, None where it holds none, or only that of an unused optimizer.

    Raises ValueError for arrays of other shapes. Notes, and gives None, where the file's optimizer had another number of
    arrays, as when layers were frozen in between.
    """
    if not is_saved(model):
        return None
    state = jax.eval_shape(model.optimizer.init, model.graph.gather()[0])
    addresses, found = list(_addresses(model, state)), len(arrays.names(path))
    if found <= 2 < len(addresses):  # Keras makes the arrays at the first step
        return None
    if found != len(addresses):
        errors.warn(
            f"The file holds {found} arrays of the optimizer's, and {type(model.optimizer).__name__} needs "
            f"{len(addresses)}: it starts over. The weights are loaded.",
        )
        return None
    held = {}
    for i, address in enumerate(addresses):
        like = np.zeros((), np.float32) if address == ("learning_rate",) else _at(state, address)
        held[address] = arrays.read(f"{path}/{i}", like.shape, like.dtype)
        if held[address] is None:
            raise errors.value_error(
                arrays.what, f"{found} numbered arrays of the optimizer's", f"none at '{path}/{i}'"
            )
    return held


def put(model: Any, held: dict[Address, np.ndarray]) -> None:
    """Let a model's optimizer go on from what `read` gave."""
    optimizer, state = model.optimizer, _state(model)
    for address, array in held.items():
        if address == ("learning_rate",):
            if np.float32(optimizer.learning_rate) != array:
                optimizer.learning_rate = float(array)
            continue
        *above, name = address
        _at(state, tuple(above))[name] = np.array(array)
    model.training_state.put_optimizer_state(state)


def _state(model: Any) -> dict[str, Any]:
    """The state as it is now, in dicts of its own."""
    return jax.tree.map(lambda leaf: leaf, model.training_state.optimizer_state)


def _addresses(model: Any, state: dict) -> Iterator[Address]:
    """Where the arrays of Keras's list are, in its order.

    After the step and the rate: the averages, the sums of gradients, and the arrays beside each weight, all of a weight
    together but for those that Keras makes later (Adam's v_hat) or one kind at a time (RMSprop).
    """
    optimizer = model.optimizer
    weights = list(_weights(model.graph))
    yield ("iterations",)
    if not callable(optimizer.learning_rate):
        yield ("learning_rate",)
    for kind in ("ema", "accumulated"):
        if kind in state:
            yield from ((kind, *weight) for weight in weights)
    names = optimizer.slots()  # not of the state: a tree that went through JAX lists a dict sorted
    together = (
        [[name] for name in names]
        if type(optimizer).__name__ == "RMSprop"
        else [[name for name in names if name != "v_hat"], [name for name in names if name == "v_hat"]]
    )
    for block in together:
        yield from (("slots", name, *weight) for weight, name in itertools.product(weights, block))
    yield from (("shared", name) for name in optimizer.shared_start)


def _weights(graph: Any) -> Iterator[Address]:
    """The place of each weight that trains in the tree of weights, in the order of `trainable_variables`."""
    for i, layer in enumerate(graph.flat):
        if layer.built and layer.trainable:
            yield from ((i, *names) for names in _names(layer._cell.params))


def _names(tree: dict) -> Iterator[tuple[str, ...]]:
    for name, item in tree.items():
        yield from ((name, *below) for below in _names(item)) if isinstance(item, dict) else ((name,),)


def _at(state: Any, address: Address) -> Any:
    for name in address:
        state = state[name]
    return state
