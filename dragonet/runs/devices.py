"""Devices: what this machine offers JAX, and running on the one that was asked for."""

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import jax

from dragonet.core import errors


def offered() -> list[str]:
    """A line for each device, JAX's choice first: 'cpu (cpu)', 'gpu (NVIDIA A100)'.

    Raises ValueError where JAX was told, in JAX_PLATFORMS, to use what is not there.
    """
    try:
        return [described(device) for device in jax.devices()]
    except (RuntimeError, AssertionError) as failure:  # JAX has both for it
        platforms = os.environ.get("JAX_PLATFORMS")
        got = f"JAX_PLATFORMS={platforms}, of which nothing is here" if platforms else f"none ({failure})"
        raise errors.value_error(
            "JAX", "a device that this machine has", got, "Unset it." if platforms else ""
        ) from None


def described(device: Any) -> str:
    """Its kind and its maker's name for it."""
    return device.platform if device.device_kind == device.platform else f"{device.platform} ({device.device_kind})"


def use(kind: str) -> AbstractContextManager:
    """Within it, JAX computes on a device of this kind ('cpu', 'gpu', 'tpu'); 'auto' leaves the choice to JAX.

    Raises ValueError where there is none.
    """
    here = offered()
    if kind == "auto":
        return nullcontext()
    try:
        return jax.default_device(jax.devices(kind)[0])
    except RuntimeError:
        raise errors.value_error(
            f"The device {kind!r}",
            f"a {kind.upper()} that JAX can use",
            f"a machine that offers {', '.join(here)} only",
            "Leave the device out, or see dragonet doctor.",
        ) from None
