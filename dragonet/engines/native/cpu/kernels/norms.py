"""Sums over a whole weight: what its regularizer costs, and how long its gradient is."""

import dataclasses
from typing import Any

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.update import Update
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import I64, PTR, WIDTH, Value


def penalty(module: Module, l1: float, l2: float) -> ir.Function:
    """out[0:16] += Σ_i l1 |w[i]| + l2 w[i]², from `first` up to `last`, in 16 lanes."""

    def body(k: Builder, w: Value, out: Value, first: Value, last: Value) -> None:
        total = k.variable(k.load(out))
        with k.loop(first, last, WIDTH) as i:
            one = k.load(w, i)
            total.set(total.get() + (one * one * l2 + k.abs(one) * l1))
        k.store(total.get(), out)

    return module.function(f"penalty-{l1}-{l2}", {"w": PTR, "out": PTR, "first": I64, "last": I64}, body)


def squares(module: Module, update: Update) -> ir.Function:
    """out[0] = Σ_i (g[i] + the regularizer's slope at w[i])², from `first` up to `last`, in 16 lanes and then a tree."""

    def body(k: Builder, g: Value, w: Value, out: Value, first: Value, last: Value) -> None:
        total = k.variable(k.zero())
        with k.loop(first, last, WIDTH) as i:
            one = update.penalised(k.load(g, i), k.load(w, i))
            total.set(total.get() + one * one)
        k.store(k.element(k.lane_sum(total.get()), 0), out)

    arguments = dict.fromkeys(("g", "w", "out"), PTR) | {"first": I64, "last": I64}
    return module.function(f"squares-{update.l1}-{update.l2}", arguments, body)


def shortened(module: Module, update: Update, parts: int, weights: int, longest: float) -> ir.Function:
    """w ← rule(w, g · longest / max(‖g‖, longest)), from `first` up to `last`; g with the regularizer's slope.

    ‖g‖² is the sum of `squares` [weight][part], over the `weights` whose norm counts, in order.
    """
    bare = dataclasses.replace(update, l1=0.0, l2=0.0)

    def body(k: Builder, g: Value, squares: Value, first: Value, last: Value, **given: Value) -> None:
        total = k.float(0.0)
        for i in range(weights * parts):
            total = total + k.scalar(squares, i)
        length = k.sqrt(total)
        share = k.splat(longest / length.maximum(longest))
        numbers = bare.load_numbers(k, given)
        with k.loop(first, last, WIDTH) as i:
            bare.step(k, update.penalised(k.load(g, i), k.load(given["w"], i)) * share, given, i, numbers)

    arguments: dict[str, Any] = {"g": PTR, "squares": PTR, "first": I64, "last": I64, **bare.arguments()}
    return module.function(f"shortened-{parts}-{weights}-{longest}-{update.name}", arguments, body)
