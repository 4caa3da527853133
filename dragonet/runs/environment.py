"""The environment: the versions and the machine that a run's numbers were computed with."""

import importlib.metadata
import platform
from typing import Any

import dragonet
from dragonet.core import errors
from dragonet.engines.base import processors

_ENGINES = ("jax", "jaxlib", "llvmlite", "numpy")
_STATISTICS = ("pandas", "scikit-learn", "scipy")


def versions() -> dict[str, str]:
    """Of dragonet, of Python, and of what the engines compute with."""
    return {"dragonet": dragonet.__version__, "python": platform.python_version(), **_of(_ENGINES)}


def study_versions() -> dict[str, str]:
    """The same, and of what a study computes with beside the engines."""
    return versions() | _of(_STATISTICS)


def _of(packages: tuple[str, ...]) -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in packages}


def machine() -> dict[str, Any]:
    """What the numbers are computed on."""
    from dragonet.runs import devices

    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": processors(),
        "devices": devices.offered(),
    }


def note_other_versions(then: dict[str, str], now: dict[str, str]) -> None:
    """Say which versions are others than those that a run was begun with."""
    others = [f"{name} {was} then, {now.get(name)} now" for name, was in then.items() if was != now.get(name)]
    if others:
        errors.warn(f"The run was begun with other versions, so it may end differently: {', '.join(others)}.")
