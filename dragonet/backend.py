"""Keras's small settings, which are fixed here, and clear_session."""

from dragonet.core import session
from dragonet.core.keras_names import absent_names


def clear_session(free_memory: bool = True) -> None:
    """Forget the layers built and the names given, so that the next model starts as in a fresh process.

    Memory needs no such call: a model's is freed when nothing refers to it.
    """
    session.clear()


def backend() -> str:
    """'jax'."""
    return "jax"


def floatx() -> str:
    """'float32', the dtype of all computing."""
    return "float32"


def epsilon() -> float:
    """1e-7, what keeps denominators and logarithms off zero."""
    return 1e-7


def image_data_format() -> str:
    """'channels_last': images are (batch, height, width, channels) unless a layer is told otherwise."""
    return "channels_last"


def __getattr__(name: str) -> object:
    instead = (
        absent_names.advice(f"backend.{name}")
        or "Functions of arrays are in dragonet.ops; what Keras lets one set is fixed here."
    )
    raise AttributeError(f"dragonet.backend has no {name!r}. {instead}")
