"""The user's arrays in a layout that the code can read: float32, uint8 or int32, contiguous rows."""

import operator
from typing import Any

import jax
import numpy as np

_READ = {np.dtype(name): name for name in ("float32", "uint8", "int32")}
_LARGEST = 2**31 - 1


def put(array: Any) -> np.ndarray:
    """The array where the code can read it as it is, else a copy that the code can read."""
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
        named |= {f"{kind}{i}": put(array) for i, array in enumerate(data.get(kind, ())) if array is not None}
    return named


def dtypes(data: Any) -> tuple[list[str], list[str], list[bool]]:
    """The dtypes of x and y, and whether the rows of each output are weighted."""
    arrays = arrays_of(data)
    xs = [kind(array) for name, array in arrays.items() if name.startswith("x")]
    ys = ["" if y is None else kind(arrays[f"y{i}"]) for i, y in enumerate(data["y"])]
    return xs, ys, [w is not None for w in data["w"]]


def identical(some: list, others: list) -> bool:
    """Whether two lists contain the same objects in the same order."""
    return len(some) == len(others) and all(map(operator.is_, some, others))


def signature_of(arrays: dict[str, np.ndarray]) -> tuple:
    """What a program is compiled for: each array's name, dtype and shape of a row."""
    return tuple((name, kind(array), array.shape[1:]) for name, array in arrays.items())


def check_shapes(objective: Any, state: Any, data: Any, rows: int) -> None:
    """Trace the objective on these shapes, so that layers, losses and metrics refuse arrays that do not fit them."""

    def struct(a: Any) -> Any:
        return jax.ShapeDtypeStruct((min(rows, len(a)), *np.shape(a)[1:]), a.dtype)

    variables = {name: jax.tree.map(np.asarray, state[name]) for name in ("params", "state", "totals")}
    jax.eval_shape(objective.test, variables, jax.tree.map(struct, data))
