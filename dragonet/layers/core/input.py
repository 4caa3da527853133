"""Input: where a graph of layers begins."""

import dataclasses
from typing import Any, cast

import jax
import numpy as np

from dragonet.core import arguments, checks, errors
from dragonet.graph.tensors import KerasTensor, Node
from dragonet.layers.base import Layer, Shape
from dragonet.layers.variables import Cell


@dataclasses.dataclass(init=False)
class InputLayer(Layer):
    """The layer of a model's input: it holds the shape and returns what it is given.

    Args: as `Input`, whose docstring explains them; `input_tensor` is its `tensor`.
    Raises ValueError for both or neither of shape and batch_shape.

    >>> InputLayer((8, 8), name="image").get_config()["batch_shape"]
    [None, 8, 8]
    """

    batch_shape: Shape | None = None
    sparse: bool = False
    ragged: bool = False
    optional: bool = False

    _not_saved = (*Layer._not_saved, "trainable")
    _dtypes = None  # any: the input may be ids, or bytes of an image

    def __init__(
        self,
        shape=None,
        batch_size=None,
        dtype=None,
        sparse=None,
        ragged=None,
        batch_shape=None,
        input_tensor=None,
        optional=False,
        name=None,
    ):
        if not arguments.fits(optional, bool):
            raise errors.type_error("Input", "optional to be True or False", errors.short_repr(optional))
        shape, batch_shape = _as_shape("shape", shape), _as_shape("batch_shape", batch_shape)
        if input_tensor is not None:
            self._check_tensor(input_tensor, shape, batch_size, batch_shape, dtype)
            batch_shape, dtype = input_tensor.shape, input_tensor.dtype
        elif (shape is None) == (batch_shape is None):
            got = "neither" if shape is None else "both"
            raise errors.value_error(
                "Input",
                "a shape (of one row), or a batch_shape",
                got,
                "Write Input(shape=(784,)) for rows of 784 numbers.",
            )
        elif shape is not None:
            batch_shape = (None if batch_size is None else checks.whole("Input", "batch_size", batch_size), *shape)
        elif batch_size is not None:
            raise errors.value_error(
                "Input", "batch_shape alone, which says the batch size", f"batch_size={batch_size} too"
            )
        for word, value in (("sparse", sparse), ("ragged", ragged)):
            if value is not None and not arguments.fits(value, bool):
                raise errors.type_error("Input", f"{word}=False", errors.short_repr(value))
            if value:
                raise errors.value_error(
                    "Input", f"{word}=False", f"{value}", "dragonet's tensors are dense: pad your rows."
                )
        super().__init__(name=name, dtype=_name_of(dtype))
        self.batch_shape, self.sparse, self.ragged, self.optional = batch_shape, False, False, bool(optional)
        self._tensor = input_tensor

    def _check_tensor(self, tensor, shape, batch_size, batch_shape, dtype) -> None:
        if not isinstance(tensor, KerasTensor):
            raise errors.type_error("Input", "tensor to be one of a model's tensors", errors.short_repr(tensor))
        agree = (
            shape in (None, tensor.shape[1:])
            and batch_size in (None, tensor.shape[0])
            and batch_shape in (None, tensor.shape)
            and dtype in (None, tensor.dtype)
        )
        if not agree:
            raise errors.value_error(
                "Input",
                f"shape, batch_size and dtype to be those of the tensor, {tensor!r}",
                f"shape={shape}, batch_size={batch_size}, batch_shape={batch_shape}, dtype={dtype}",
                "Leave them out.",
            )

    def _finish_init(self) -> None:
        super()._finish_init()
        tensor = self._tensor
        if tensor is None:
            tensor = KerasTensor(self.batch_shape, cast(str, self.dtype), name=self.name)
        del self._tensor
        tensor.node, tensor.index = Node(self, (), {}, outputs=tensor), 0
        self._nodes.append(tensor.node)
        self._cell = Cell({}, {})  # not by build(): it would count as a layer that draws weights

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[tuple[dict, dict], Shape]:
        """No variables; the shape that goes in comes out."""
        return ({}, {}), in_shape

    def apply(
        self, params: dict, state: dict, x: jax.Array, *, training: bool, key: jax.Array | None
    ) -> tuple[Any, dict]:
        """The input itself."""
        return x, state


def _name_of(dtype: Any) -> str:
    try:
        return dtype if isinstance(dtype, str) and dtype else str(np.dtype("float32" if dtype is None else dtype))
    except (TypeError, ValueError):
        raise errors.type_error("Input", "dtype to be the name of one", errors.short_repr(dtype)) from None


def _as_shape(name: str, shape: Any) -> Shape | None:
    if shape is None:
        return None
    if isinstance(shape, int):
        raise errors.type_error("Input", f"{name} to be a tuple", f"{shape}", f"Write {name}=({shape},).")
    if not isinstance(shape, tuple | list):
        raise errors.type_error("Input", f"{name} to be a tuple", errors.short_repr(shape))
    return tuple(None if n is None else checks.whole("Input", f"each size in {name}", n, 0) for n in shape)


@arguments.flags_checked
def Input(
    shape: Shape | None = None,
    batch_size: int | None = None,
    dtype: str | None = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Shape | None = None,
    name: str | None = None,
    tensor: KerasTensor | None = None,
    optional: bool = False,
) -> KerasTensor:
    """A tensor without numbers, on which layers are called to make a graph.

    Args: `shape` of one row, without the batch, None where a length may vary; `batch_size` where it is fixed; `dtype`,
    'float32' where None; `batch_shape`, shape and batch size in one; `name`; `tensor`, an existing tensor to begin at;
    `optional`, may be given None. `sparse` and `ragged` are for Keras's sake and must be False.
    Raises ValueError for both or neither of shape and batch_shape.

    >>> Input((8, 8), name="image")
    <KerasTensor shape=(None, 8, 8), dtype=float32, name=image>
    """
    return InputLayer(shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name).output
