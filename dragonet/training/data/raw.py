"""A batch for a model that makes its own steps: arrays as the user nests them, unchecked against losses and outputs."""

from typing import Any

import jax

from dragonet.core import errors
from dragonet.training.data import arrays
from dragonet.training.data.array import array
from dragonet.training.data.finite import finite


def raw_batch(model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any, who: str) -> dict[str, list[Any]]:
    """x, y and the weights as lists of arrays; how they are nested is kept in the model's training state.

    Raises ValueError where they differ in their numbers of rows, and for class_weight.
    """
    if class_weight is not None:
        needs, fix = "no class_weight with a train_step of your own", "Pass sample_weight."
        raise errors.value_error(who, needs, "class_weight", fix)
    if x is None:
        raise errors.value_error(who, "x, the rows to learn from", "None")
    nests = [_arrays("x", x), None if y is None else _arrays("y", y)]
    weights = None if sample_weight is None else _arrays("sample_weight", sample_weight)
    arrays.rows([leaf for nest in (*nests, weights) for leaf in jax.tree.leaves(nest)])
    model.prepare_for(nests[0])
    parts = (*nests, weights)
    model.training_state.data_structure = tuple(map(jax.tree.structure, parts))
    return {name: jax.tree.leaves(part) for name, part in zip("xyw", parts, strict=True)}


def _arrays(what: str, data: Any) -> Any:
    nest = arrays.inputs(data, what)
    for leaf in jax.tree.leaves(nest):
        finite(what, leaf)
    return jax.tree.map(lambda leaf: array(what, leaf), nest)
