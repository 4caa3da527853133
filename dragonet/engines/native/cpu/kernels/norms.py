"""Sums over a whole weight: the penalty of its regularizer, the norm of its gradient, and the update with a shortened gradient."""

import dataclasses

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.update import Update
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import WIDTH, Value, integers, pointers


def penalty(module: Module, l1: float, l2: float) -> ir.Function:
    """out[0:16] += Σ_i l1 |w[i]| + l2 w[i]², from `first` up to `last`, in 16 lanes."""

    def body(k: Builder, w: Value, out: Value, first: Value, last: Value) -> None:
        total = k.variable(k.load(out))
        with k.loop(first, last, WIDTH) as i:
            weights = k.load(w, i)
            total.set(total.get() + (weights * weights * l2 + k.abs(weights) * l1))
        k.store(total.get(), out)

    return module.function(f"penalty-{l1}-{l2}", pointers("w", "out") | integers("first", "last"), body)


def squares(module: Module, update: Update) -> ir.Function:
    """out[0] = Σ_i (g[i] + the regularizer's slope at w[i])², from `first` up to `last`, in 16 lanes and then a tree."""

    def body(k: Builder, g: Value, w: Value, out: Value, first: Value, last: Value) -> None:
        total = k.variable(k.zero())
        with k.loop(first, last, WIDTH) as i:
            gradient = update.penalised(k.load(g, i), k.load(w, i))
            total.set(total.get() + gradient * gradient)
        k.store(k.element(k.lane_sum(total.get()), 0), out)

    arguments = pointers("g", "w", "out") | integers("first", "last")
    return module.function(f"squares-{update.l1}-{update.l2}", arguments, body)


def shortened(module: Module, update: Update, parts: int, weights: int, longest: float) -> ir.Function:
    """w ← rule(w, g · longest / max(‖g‖, longest)), from `first` up to `last`; g with the regularizer's slope.

    ‖g‖² is the sum of `squares` [weight][part], over the `weights` whose norm counts, in order.
    """
    bare = dataclasses.replace(update, l1=0.0, l2=0.0)

    def body(k: Builder, g: Value, squares: Value, first: Value, last: Value, **operands: Value) -> None:
        total = k.float(0.0)
        for i in range(weights * parts):
            total = total + k.scalar(squares, i)
        norm = k.sqrt(total)
        factor = k.splat(longest / norm.maximum(longest))
        numbers = bare.load_numbers(k, operands)
        with k.loop(first, last, WIDTH) as i:
            bare.step(k, update.penalised(k.load(g, i), k.load(operands["w"], i)) * factor, operands, i, numbers)

    arguments = pointers("g", "squares") | integers("first", "last") | bare.arguments()
    return module.function(f"shortened-{parts}-{weights}-{longest}-{update.name}", arguments, body)
