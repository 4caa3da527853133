"""Elements of a data set: arrays in nested tuples and dicts; a list is an array, as in TensorFlow."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from dragonet.core import errors

Tree = Any  # an array, or a tuple or a dict of trees
_SMALL = {"float64": "float32", "int64": "int32"}  # Python's numbers become TensorFlow's default types


def as_array(value: Any) -> np.ndarray:
    """A leaf as an array; Python's own numbers become float32 and int32."""
    array = np.asarray(value)
    return array if hasattr(value, "dtype") else array.astype(_SMALL.get(array.dtype.name, array.dtype), copy=False)


def map_tree(f: Callable[..., Any], tree: Tree, *others: Tree) -> Tree:
    """f of each leaf, and of the leaves at the same place in the others.

    >>> map_tree(lambda a, b: a + b, {"x": 1, "y": (2,)}, {"x": 10, "y": (20,)})
    {'x': 11, 'y': (22,)}
    """
    if isinstance(tree, Mapping):
        return {name: map_tree(f, tree[name], *[other[name] for other in others]) for name in tree}
    if isinstance(tree, tuple):
        return tuple(map_tree(f, *parts) for parts in zip(tree, *others, strict=True))
    return f(tree, *others)


def leaves(tree: Tree) -> Iterator[Any]:
    """The leaves, from left to right."""
    if isinstance(tree, Mapping | tuple):
        for part in tree.values() if isinstance(tree, Mapping) else tree:
            yield from leaves(part)
    else:
        yield tree


def stack(elements: Sequence[Tree]) -> Tree:
    """One tree of arrays with a first axis over the elements.

    Raises ValueError where their structures or shapes differ.
    """

    def stacked(*parts: Any) -> np.ndarray:
        arrays = [as_array(part) for part in parts]
        for i, array in enumerate(arrays):
            if array.shape != arrays[0].shape:
                raise errors.value_error(
                    "Dataset.batch",
                    f"elements of one shape, {arrays[0].shape}, as the first of the batch",
                    f"{array.shape} at place {i} of the batch",
                    "Let a map() bring them to one shape.",
                )
        return np.stack(arrays)

    try:
        return map_tree(stacked, *elements)
    except errors.DragonetError:
        raise
    except (TypeError, KeyError, ValueError) as failure:
        shown = errors.short_repr(elements[0])
        raise errors.value_error(
            "Dataset.batch", "elements of one structure", f"some that differ from the first, {shown}"
        ) from failure
