"""What a batch holds, x, y and sample_weight, into one tuple and out of it."""

from typing import Any

from dragonet.core import errors


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """The tuple of a batch without what is None; x itself, unless it is a list or a tuple, where there is nothing else.

    >>> pack_x_y_sample_weight("x"), pack_x_y_sample_weight("x", "y"), pack_x_y_sample_weight(["a", "b"])
    ('x', ('x', 'y'), (['a', 'b'],))
    """
    if y is None:
        return (x,) if isinstance(x, list | tuple) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """(x, y, sample_weight) of a batch, with None for what it does not have. A batch that is no tuple or list is x.

    Raises ValueError for a tuple of other than one to three.

    >>> unpack_x_y_sample_weight(("x", "y"))
    ('x', 'y', None)
    """
    if not isinstance(data, list | tuple):
        return data, None, None
    if not 1 <= len(data) <= 3:
        needs = "x, (x,), (x, y) or (x, y, sample_weight)"
        raise errors.value_error("unpack_x_y_sample_weight", needs, f"{len(data)} entries")
    x, y, sample_weight = (*data, None, None)[:3]
    return x, y, sample_weight
