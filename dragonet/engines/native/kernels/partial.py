"""Gradients that come in parts: each part of a batch adds up its own rows, then the parts are added in order and applied."""

from typing import Any

from llvmlite import ir

from dragonet.engines.native.builder import I64, PTR, WIDTH, Builder, Module, Value


def apply(module: Module, size: int, parts: int, update: Any) -> ir.Function:
    """g[i] = Σ_part partials[part][i], from `first` up to `last` (multiples of 16), each 16 handed to `update`."""
    arguments = {"partials": PTR, "first": I64, "last": I64, **update.arguments()}

    def body(k: Builder, partials: Value, first: Value, last: Value, **given: Value) -> None:
        numbers = update.load_numbers(k, given)
        with k.loop(first, last, WIDTH) as i:
            g = k.load(partials, i)
            for part in range(1, parts):
                g = g + k.load(partials, i + part * size)
            update.step(k, g, given, i, numbers)

    return module.function(f"partial_apply-{size}-{parts}-{update.name}", arguments, body)
