"""What is recorded of a training: SHA-256 of its arrays, and what XLA's bits depend on."""

import hashlib
import json
from pathlib import Path
from typing import Any

import jax
import numpy as np
from llvmlite import binding as llvm

FILE = Path(__file__).with_name("digests.json")


def digest(arrays: list[np.ndarray]) -> str:
    """One hash of the shapes, dtypes and bytes of these arrays, in order."""
    total = hashlib.sha256()
    for array in arrays:
        total.update(f"{array.dtype.str} {array.shape} ".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def digest_members(members: dict[str, bytes]) -> dict[str, str]:
    """One hash for each member of a file."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}


def xla_machine() -> dict[str, str]:
    """What XLA's bits depend on: the version of JAX, and the kind of processor."""
    return {"jax": jax.__version__, "processor": llvm.get_host_cpu_name()}


def recorded() -> dict[str, Any]:
    """All that was recorded."""
    return json.loads(FILE.read_text(encoding="utf-8"))
