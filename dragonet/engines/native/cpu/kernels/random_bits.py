"""The random bits of dragonet/random/keys.py, 16 at a time: the same numbers, so that both engines drop the same elements."""

import numpy as np

from dragonet.engines.native.ir.builder import Builder
from dragonet.engines.native.ir.values import I32, VF, Index, Value


def mix(x: Value) -> Value:
    """random.mix."""
    x = (x ^ (x >> 16)) * 0x7FEB352D
    x = (x ^ (x >> 15)) * -0x7B935975  # 0x846CA68B
    return x ^ (x >> 16)


def fold(key: tuple[Value, Value], data: Index) -> tuple[Value, Value]:
    """Another key for each 32-bit number of data: random's fold_in."""
    a, b = key
    word = a.k.int(data, I32)
    return mix(a + mix(word)), mix(b ^ mix(word + -0x61C88647))  # 0x9E3779B9


def seed_key(k: Builder, seed: Value) -> tuple[Value, Value]:
    """The key of a seed: random.key."""
    return fold((k.int(0x243F6A88, I32), k.int(0x85A308D3 - 2**32, I32)), seed)


def bits(k: Builder, key: tuple[Value, Value], i: Value) -> Value:
    """The random bits of 16 elements."""
    a, b = key
    return mix(mix(i + k.splat(a)) ^ k.splat(b))


def uniform(k: Builder, key: tuple[Value, Value], i: Value, low: float, high: float) -> Value:
    """Numbers between low and high, of 16 elements: jax.random.uniform."""
    least = float(np.float32(low))
    span = float(np.float32(high) - np.float32(low))
    share = k.cast("bitcast", (bits(k, key, i) >> 9) | 0x3F800000, VF) - 1.0
    return (share * span + least).maximum(least)


def keep(k: Builder, key: tuple[Value, Value], rate: float, first: Value) -> Value:
    """Which of the elements first, first + 1, ..., first + 15 a dropout keeps: random.keep."""
    random = bits(k, key, k.splat(k.cast("trunc", first, I32)) + k.lane_numbers())
    least = min(round(rate * 2**32), 2**32 - 1)
    return Value(k.ir.icmp_unsigned(">=", random.v, k.splat(least - 2**32 if least >= 2**31 else least, I32).v), k)
