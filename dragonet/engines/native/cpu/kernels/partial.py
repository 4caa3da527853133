"""Sums that come in parts, whatever the number of threads: each part is summed by one thread, then the parts are added.

Either in order, or as a tree: ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)). Of a tree, a thread that has two neighbours' parts adds
them up itself, so that less goes from one core to another; the sum is the same, bit for bit.
"""

from typing import Any

from llvmlite import ir

from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import I64, PTR, WIDTH, Value


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


def hand_over(module: Module, size: int, parts: int) -> ir.Function:
    """shared ← the sums that a thread can add up by itself, which has the parts from `first` to `last` in `own`.

    own (parts, size) is used up. A sum goes to the place of its first part; the places of the others keep the −0 of `clear`,
    which changes no sum.
    """

    def body(k: Builder, own: Value, shared: Value, first: Value, last: Value) -> None:
        def has(a: int, b: int) -> Value:
            return (first <= a) & (last >= b)

        width = 1
        while width < parts:
            for a in range(0, parts, 2 * width):
                with k.when(has(a, a + 2 * width)), k.loop(a * size, (a + 1) * size, WIDTH) as i:
                    k.store(k.load(own, i) + k.load(own, i + width * size), own, i)
            width *= 2
        for part in range(parts):
            width = part & -part
            alone = has(part, part + 1)
            if part:  # the right side of a sum of two times `width` parts
                alone = alone & (has(part - width, part + width) ^ 1)
            with k.when(alone), k.loop(part * size, (part + 1) * size, WIDTH) as i:
                k.store(k.load(own, i), shared, i)

    arguments = {"own": PTR, "shared": PTR, "first": I64, "last": I64}
    return module.function(f"partial_hand_over-{size}-{parts}", arguments, body)


def clear(module: Module, size: int, parts: int, turns: int) -> ir.Function:
    """shared (turns, parts, size) ← −0 for the parts from `first` to `last`."""

    def body(k: Builder, shared: Value, first: Value, last: Value) -> None:
        for turn in range(turns):
            with k.loop(first * size, last * size, WIDTH) as i:
                k.store(k.splat(-0.0), shared, i + turn * (parts * size))

    return module.function(f"partial_clear-{size}-{parts}-{turns}", {"shared": PTR, "first": I64, "last": I64}, body)


def tree(k: Builder, shared: Value, offset: Any, size: int, parts: int) -> Value:
    """The sum of the parts, a power of 2, for the 16 numbers at this offset."""
    sums = [k.load(shared, offset + part * size) for part in range(parts)]
    while len(sums) > 1:
        sums = [a + b for a, b in zip(sums[::2], sums[1::2], strict=True)]
    return sums[0]
