"""Parameters of operations, which lie along a run: constants of the program, standard deviations from variances."""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import F32, I32, PTR, WIDTH, Value, pointers


def constants(k: Builder, values: Sequence[float]) -> Value:
    """The address of numbers that are known now and become a part of the program, filled up with zeros to a multiple of 16."""
    filled = [float(v) for v in values] + [0.0] * (-len(values) % WIDTH)
    kind = ir.ArrayType(F32, len(filled))
    array: Any = ir.GlobalVariable(k.module.ir, kind, k.module.ir.get_unique_name("constants"))
    array.initializer, array.global_constant, array.linkage = ir.Constant(kind, filled), True, "internal"
    return Value(k.ir.bitcast(array, PTR), k)


def deviation(module: Module, width: int, inverse: bool) -> ir.Function:
    """out = max(sqrt(variance), 1e-7) for the first `width` numbers, the rest of a vector being 0; inverse: 1 / that."""

    def body(k: Builder, variance: Value, out: Value) -> None:
        with k.loop(0, width, WIDTH) as i:
            sd = k.sqrt(k.load(variance, i)).maximum(1e-7)
            mask = k.splat(k.cast("trunc", i, I32)) + k.lane_numbers() < width
            k.store(mask.where(1.0 / sd if inverse else sd, 0.0), out, i)

    return module.function(f"deviation-{width}-{inverse}", pointers("variance", "out"), body)
