"""What Keras's back end tells of dtypes and tensors."""

from typing import TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import errors
from dragonet.graph.tensors import KerasTensor

DType: TypeAlias = str | type | np.dtype | None


def standardize_dtype(dtype: DType) -> str:
    """The name of a dtype; float32 for None.

    Raises ValueError for what is no dtype.

    >>> standardize_dtype(np.int32), standardize_dtype(None)
    ('int32', 'float32')
    """
    if dtype is None:
        return "float32"
    if dtype is float or dtype is int:
        return {float: "float32", int: "int32"}[dtype]
    try:
        return str(jnp.dtype(getattr(dtype, "name", dtype)))
    except TypeError:
        raise errors.value_error("standardize_dtype", "a dtype such as 'float32'", errors.short_repr(dtype)) from None


def result_type(*dtypes: DType) -> str:
    """The dtype of an operation on arrays of these dtypes.

    >>> result_type("int32", "float32")
    'float32'
    """
    return str(
        jax.dtypes.canonicalize_dtype(jnp.result_type(*(jnp.dtype(standardize_dtype(dtype)) for dtype in dtypes)))
    )


def is_float_dtype(dtype: DType) -> bool:
    """Whether its numbers have a fraction.

    >>> is_float_dtype("float32"), is_float_dtype(np.int8)
    (True, False)
    """
    return bool(np.issubdtype(np.dtype(standardize_dtype(dtype)), np.floating))


def is_int_dtype(dtype: DType) -> bool:
    """Whether its numbers are whole.

    >>> is_int_dtype("uint8"), is_int_dtype("bool")
    (True, False)
    """
    return bool(np.issubdtype(np.dtype(standardize_dtype(dtype)), np.integer))


def is_keras_tensor(x: object) -> bool:
    """Whether x is a symbolic tensor of a model.

    >>> is_keras_tensor(np.ones(3))
    False
    """
    return isinstance(x, KerasTensor)
