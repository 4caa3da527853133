"""Keras's settings under the name that Keras 3 has for them; most are fixed here."""

from dragonet.core import errors
from dragonet.core.lazy_exports import contents

_settings, _names, _ = contents(
    __name__,
    {
        "dragonet.backend.settings": "backend epsilon floatx image_data_format set_epsilon set_floatx set_image_data_format",
    },
)


def set_backend(backend: str) -> None:
    """Nothing for 'jax'.

    Raises ValueError for another back end.

    >>> set_backend("jax")
    """
    if not isinstance(backend, str) or backend != "jax":
        raise errors.value_error("set_backend", "'jax'", errors.short_repr(backend), "dragonet has one back end.")


def dtype_policy() -> str:
    """'float32': all computing is in it.

    >>> dtype_policy()
    'float32'
    """
    return "float32"


def set_dtype_policy(policy: str) -> None:
    """Nothing for 'float32'.

    Raises ValueError for another policy.

    >>> set_dtype_policy("float32")
    """
    if not isinstance(policy, str) or policy != "float32":
        raise errors.value_error(
            "set_dtype_policy", "'float32'", errors.short_repr(policy), "dragonet computes in float32 throughout."
        )


_filters_tracebacks = True


def enable_traceback_filtering() -> None:
    """Nothing more: dragonet's messages are one sentence, and its tracebacks are Python's."""
    global _filters_tracebacks
    _filters_tracebacks = True


def disable_traceback_filtering() -> None:
    """The same, for code that calls it."""
    global _filters_tracebacks
    _filters_tracebacks = False


def is_traceback_filtering_enabled() -> bool:
    """Which of the two was called last."""
    return _filters_tracebacks


__all__ = [
    *_names(),
    "disable_traceback_filtering",
    "dtype_policy",
    "enable_traceback_filtering",
    "is_traceback_filtering_enabled",
    "set_backend",
    "set_dtype_policy",
]
__getattr__ = _settings
