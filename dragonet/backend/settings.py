"""Keras's settings, most of which are fixed here."""

from dragonet.core import checks, errors, session


def backend() -> str:
    """'jax'."""
    return "jax"


def floatx() -> str:
    """'float32', the dtype of all computing."""
    return "float32"


def set_floatx(value: str) -> None:
    """Nothing for 'float32'.

    Raises ValueError for another dtype.

    >>> set_floatx("float32")
    """
    if not _is(value, "float32"):
        raise errors.value_error(
            "set_floatx", "'float32'", errors.short_repr(value), "dragonet computes in float32 throughout."
        )


def epsilon() -> float:
    """1e-7, what keeps denominators and logarithms off zero."""
    return 1e-7


def set_epsilon(value: float) -> None:
    """Nothing for 1e-7.

    Raises ValueError for another number.

    >>> set_epsilon(1e-7)
    """
    if not _is(value, epsilon()):
        raise errors.value_error(
            "set_epsilon",
            "1e-7",
            errors.short_repr(value),
            "It is fixed here; optimizers and layers take an epsilon of their own.",
        )


def image_data_format() -> str:
    """What `data_format=None` means: 'channels_last', (batch, height, width, channels), unless it was set otherwise."""
    return session.image_data_format()


def set_image_data_format(data_format: str) -> None:
    """Let 'channels_first' or 'channels_last' be what `data_format=None` means, for layers that are made from here on.

    As a seed, it holds for the process, or for the thread that has set a seed of its own.
    Raises ValueError for another word.

    >>> set_image_data_format("channels_first"); image_data_format()
    'channels_first'
    >>> set_image_data_format("channels_last")
    """
    session.set_image_data_format(checks.data_format("set_image_data_format", data_format))


def _is(value: object, fixed: str | float) -> bool:
    return isinstance(value, type(fixed)) and value == fixed
