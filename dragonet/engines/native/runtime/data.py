"""The user's arrays, as the code reads them: float32, uint8 or int32, row after row."""

import operator
from typing import Any

import jax
import numpy as np

_READ = {np.dtype(name): name for name in ("float32", "uint8", "int32")}
_LARGEST = 2**31 - 1


def put(array: Any) -> np.ndarray:
    """An array that the code can read: itself where it is one, else a copy."""
    array = np.asarray(array)
    if array.dtype in _READ:
        return np.ascontiguousarray(array)
    if array.dtype.kind in "iu" and array.size and int(array.min()) >= -_LARGEST and int(array.max()) <= _LARGEST:
        return np.ascontiguousarray(array, np.int32)
    return np.ascontiguousarray(array, np.float32)


def kind(array: np.ndarray) -> str:
    """The name of a dtype that the code can read."""
    return _READ[array.dtype]


def arrays_of(data: Any) -> dict[str, np.ndarray]:
    """A batch's arrays by their names in a program's table."""
    named = {f"x{i}": put(x) for i, x in enumerate(jax.tree.leaves(data["x"]))}
    for kind in "yw":
        named |= {f"{kind}{i}": put(one) for i, one in enumerate(data.get(kind, ())) if one is not None}
    return named


def dtypes(data: Any) -> tuple[list[str], list[str], list[bool]]:
    """The dtypes of x and y, and whether the rows of each output are weighted."""
    held = arrays_of(data)
    xs = [kind(array) for name, array in held.items() if name.startswith("x")]
    ys = ["" if y is None else kind(held[f"y{i}"]) for i, y in enumerate(data["y"])]
    return xs, ys, [w is not None for w in data["w"]]


def identical(some: list, others: list) -> bool:
    """Whether two lists hold the very same arrays."""
    return len(some) == len(others) and all(map(operator.is_, some, others))


def looks(data: Any) -> tuple:
    """What data look like to a program: each array's name, dtype and the shape of a row."""
    return tuple((name, kind(array), array.shape[1:]) for name, array in arrays_of(data).items())


def check_shapes(objective: Any, state: Any, data: Any, rows: int) -> None:
    """Let the definition itself, dragonet's layers, losses and metrics, refuse batches of arrays that do not fit them."""

    def struct(a: Any) -> Any:
        return jax.ShapeDtypeStruct((min(rows, len(a)), *np.shape(a)[1:]), a.dtype)

    held = {name: jax.tree.map(np.asarray, state[name]) for name in ("params", "state", "totals")}
    jax.eval_shape(objective.test, held, jax.tree.map(struct, data))
