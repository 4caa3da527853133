"""The parts of a step that are the same for all rules, as functions of whole trees of weights or gradients."""

# JAX's trees have no types, nor have the parameters of functions that are mapped over them.
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

import re
from collections.abc import Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

Values = dict[str, Any]  # arrays or numbers by name; Any, as each engine runs the rules on values of its own kind
Tree = Any  # nested dicts with an array at each leaf, as the weights are


def filled(w: Any, start: float) -> np.ndarray:
    """An array like w of one number; zeros take no memory until they are written to."""
    array: np.ndarray = np.full(w.shape, start, w.dtype) if start else np.zeros(w.shape, w.dtype)
    return array


def choose(is_new: Any, new: Any, old: Any) -> Any:
    """`new` where `is_new`, an array of booleans or None for all, else `old`."""
    return new if is_new is None else jnp.where(is_new, new, old)


def choose_trees(is_new: Tree | None, new: Tree, old: Tree) -> Tree:
    """`choose` at each leaf of three trees."""
    return new if is_new is None else jax.tree.map(jnp.where, is_new, new, old)


class Slots(dict[str, Any]):
    """The slots of one weight. Values that a rule writes into them are ignored where the weight may not move.

    A rule that goes on with what it has written, m and not its own copy of it, lets the compiler write m in place and
    read it from there. Choosing afterwards would make it compute m twice, from a copy: Adam would take twice as long.
    """

    def __init__(self, slots: Iterable[tuple[str, Any]], may_move: Any):
        super().__init__(slots)
        self._may_move = may_move

    def __setitem__(self, name: str, new: Any) -> None:
        super().__setitem__(name, choose(self._may_move, new, self[name]))

    def write_all(self, slots: Values) -> None:
        """Write the slots that a rule returned in a dict of its own."""
        for name, new in slots.items():
            self[name] = new


def clip_values(grads: Tree, most: float) -> Tree:
    """Gradients with each entry between −most and most."""
    return jax.tree.map(lambda g: jnp.clip(g, -most, most), grads)


def clip_norms(grads: Tree, most: float) -> Tree:
    """Gradients each shortened to the length `most` where it is longer (Pascanu et al. 2013, algorithm 1)."""
    return jax.tree.map(lambda g: g * most / jnp.maximum(_length(g), most), grads)


def clip_global_norm(grads: Tree, most: float, trainable: Tree | None) -> Tree:
    """All gradients shortened by one factor where the length of all those that count together is above `most`."""
    lengths = jax.tree.map(_length, grads)
    counted = choose_trees(trainable, lengths, jax.tree.map(jnp.zeros_like, lengths))
    length = _length(jnp.stack(jax.tree.leaves(counted)))
    scale = most / jnp.maximum(length, most)
    return jax.tree.map(lambda g: g * scale, grads)


def _length(g: jax.Array) -> jax.Array:
    return jnp.sqrt(jnp.sum(jnp.square(g)))


def decay(
    params: Tree, factor: Any, not_decayed: tuple[Sequence[str], str | None], layer_names: Sequence[str] = ()
) -> Tree:
    """Weights shrunk by a share of themselves, apart from the gradient (Loshchilov & Hutter 2019, algorithm 1).

    not_decayed: paths 'layer/variable', and a pattern for variables' own names. layer_names: those of the layers where the weights
    come in a tuple, one entry a layer.
    """
    paths, pattern = not_decayed

    def shrink(steps: tuple[Any, ...], w: jax.Array) -> jax.Array:
        names = [str(getattr(part, "key", getattr(part, "idx", part))) for part in steps]
        if layer_names and names[0].isdigit():
            names[0] = layer_names[int(names[0])]
        is_excluded = "/".join(names) in paths or (pattern is not None and re.search(pattern, names[-1]))
        return w if is_excluded else w - w * jnp.asarray(factor, w.dtype)

    return jax.tree_util.tree_map_with_path(shrink, params)


def average(params: Tree, averages: Tree, momentum: jax.Array) -> Tree:
    """momentum · average + (1 − momentum) · weight (Polyak & Juditsky 1992, with weights that decrease into the past)."""

    def step(w: jax.Array, mean: jax.Array) -> jax.Array:
        share = momentum.astype(w.dtype)
        return share * mean + (1 - share) * w

    return jax.tree.map(step, params, averages)
