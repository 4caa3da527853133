"""Which engine runs a model: the native one where it supports all of it, else XLA; and why."""

from typing import Any

import jax

from dragonet.core import errors
from dragonet.engines.base import is_64_bit
from dragonet.engines.xla.engine import XLA


def engine_for(wanted: str, graph: Any, objective: Any = None, threads: int | None = None) -> tuple[Any, str]:
    """The engine for a graph and the objective that it is trained by (None: it only predicts), and the reason in words.

    It depends on the model, its losses, the optimizer, the dtype and the device, not on metrics or callbacks.
    Raises ValueError where 'native' is wanted and something is against it.
    """
    if wanted == "xla":
        return XLA(), "xla: compile(engine='xla') says so"
    against = reason_against(graph, objective)
    if against is None:
        from dragonet.engines.native.cpu import target
        from dragonet.engines.native.runtime.engine import Native

        engine = Native(threads)
        many = f"{engine.threads} thread{'s' * (engine.threads > 1)}"
        processor = getattr(target.host(), "name", "")
        return engine, f"native: machine code for this processor ({processor}), {many}"
    if wanted == "native":
        raise errors.value_error(
            "compile(engine='native')",
            "a model that the native engine knows",
            against,
            "Write engine='auto': XLA runs every model.",
        )
    return XLA(), f"xla: the native engine does not know {against}"


def named(name: str) -> Any:
    """The engine of this name, which a checkpoint holds."""
    if name == "native" and _machine_against() is None:
        from dragonet.engines.native.runtime.engine import Native

        return Native()
    return XLA()


def reason_against(graph: Any, objective: Any = None) -> str | None:
    """What the native engine does not support, or None."""
    against = _machine_against()
    if against is not None:
        return against
    if objective is not None and not hasattr(objective, "outputs"):  # only compile's shows its losses as data
        return "an objective of your own"
    from dragonet.engines.native.cpu.costs import CPU
    from dragonet.engines.native.lowering import lower_model
    from dragonet.engines.native.lowering.calls import Unsupported

    try:
        xs = ["float32"] * len(graph.input_list)
        if objective is None:
            lower_model.testing_plan(graph, 16, xs, CPU)
        else:
            outputs = objective.outputs
            ys = ["int32" if getattr(out.loss, "targets", "") == "class_numbers" else "float32" for out in outputs]
            trainable = tuple(layer.trainable for layer in graph.flat)
            lower_model.training_plan(objective, 16, xs, ys, [True] * len(outputs), trainable, CPU)
            lower_model.testing_plan(graph, 16, xs, CPU, objective, ys, [True] * len(outputs))
    except Unsupported as unknown:
        return str(unknown)
    return None


def _machine_against() -> str | None:
    try:
        import llvmlite  # noqa: F401
    except ImportError:
        return "this machine, as llvmlite is not installed (pip install llvmlite)"
    if is_64_bit():
        return "64-bit numbers"
    if jax.default_backend() != "cpu":
        return f"the device, as JAX has a {jax.default_backend()}"
    from dragonet.engines.native.cpu import target

    return None if target.host() is not None else "this processor, which has no fused multiply-add"
