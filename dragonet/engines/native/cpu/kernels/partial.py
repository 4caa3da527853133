"""Sums in parts, as many whatever the number of threads: one thread computes each part, then the parts are added.

They are added in order, or as a tree: ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)). A thread that has two neighbouring parts of a tree
adds them itself, so that less goes from one core to another; the sum is the same, bit for bit.
"""

from llvmlite import ir

from dragonet.engines.native.cpu.kernels.update import GradientUse
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import WIDTH, Index, Value, integers, pointers


def apply(module: Module, size: int, parts: int, update: GradientUse) -> ir.Function:
    """g[i] = Σ_part partials[part][i], from `first` up to `last` (multiples of 16), 16 at a time passed to `update`."""

    def body(k: Builder, partials: Value, first: Value, last: Value, **operands: Value) -> None:
        numbers = update.load_numbers(k, operands)
        with k.loop(first, last, WIDTH) as i:
            g = k.load(partials, i)
            for part in range(1, parts):
                g = g + k.load(partials, i + part * size)
            update.step(k, g, operands, i, numbers)

    arguments = pointers("partials") | integers("first", "last") | update.arguments()
    return module.function(f"partial_apply-{size}-{parts}-{update.name}", arguments, body)


def hand_over(module: Module, size: int, parts: int) -> ir.Function:
    """shared ← the sums that a thread can add by itself, which has the parts from `first` to `last` in `own` (parts, size).

    own is overwritten. A sum goes to the place of its first part; the places of its other parts keep the −0 of `clear`, which
    changes no sum.
    """

    def body(k: Builder, own: Value, shared: Value, first: Value, last: Value) -> None:
        width = 1
        while width < parts:
            for a in range(0, parts, 2 * width):
                with k.when(_has(first, last, a, a + 2 * width)), k.loop(a * size, (a + 1) * size, WIDTH) as i:
                    k.store(k.load(own, i) + k.load(own, i + width * size), own, i)
            width *= 2
        for part in range(parts):
            width = part & -part
            alone = _has(first, last, part, part + 1)
            if part:  # the right side of a sum of two times `width` parts
                alone = alone & (_has(first, last, part - width, part + width) ^ 1)
            with k.when(alone), k.loop(part * size, (part + 1) * size, WIDTH) as i:
                k.store(k.load(own, i), shared, i)

    arguments = pointers("own", "shared") | integers("first", "last")
    return module.function(f"partial_hand_over-{size}-{parts}", arguments, body)


def _has(first: Value, last: Value, a: int, b: int) -> Value:
    """Whether the parts from `first` to `last` include those from a to b."""
    return (first <= a) & (last >= b)


def clear(module: Module, size: int, parts: int, turns: int) -> ir.Function:
    """shared (turns, parts, size) ← −0 for the parts from `first` to `last`."""

    def body(k: Builder, shared: Value, first: Value, last: Value) -> None:
        for turn in range(turns):
            with k.loop(first * size, last * size, WIDTH) as i:
                k.store(k.splat(-0.0), shared, i + turn * (parts * size))

    return module.function(
        f"partial_clear-{size}-{parts}-{turns}", pointers("shared") | integers("first", "last"), body
    )


def tree(k: Builder, shared: Value, offset: Index, size: int, parts: int) -> Value:
    """The sum of the parts, a power of 2, for the 16 numbers at this offset."""
    sums = [k.load(shared, offset + part * size) for part in range(parts)]
    while len(sums) > 1:
        sums = [a + b for a, b in zip(sums[::2], sums[1::2], strict=True)]
    return sums[0]
