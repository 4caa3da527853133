"""The dice of dragonet/random.py, 16 at a time: the same numbers, so that both engines drop the same elements."""

from typing import Any

from dragonet.engines.native.builder import I32, Builder, Value


def mix(x: Value) -> Value:
    """random.mix."""
    x = (x ^ (x >> 16)) * 0x7FEB352D
    x = (x ^ (x >> 15)) * -0x7B935975  # 0x846CA68B
    return x ^ (x >> 16)


def fold(key: tuple[Value, Value], data: Any) -> tuple[Value, Value]:
    """Another key for each word of data: random's fold_in."""
    a, b = key
    data = a.k.int(data, I32)
    return mix(a + mix(data)), mix(b ^ mix(data + -0x61C88647))  # 0x9E3779B9


def seed_key(k: Builder, seed: Value) -> tuple[Value, Value]:
    """The key of a seed: random.key."""
    return fold((k.int(0x243F6A88, I32), k.int(0x85A308D3 - 2**32, I32)), seed)


def keep(k: Builder, key: tuple[Value, Value], rate: float, first: Value) -> Value:
    """Which of the elements first, first + 1, ..., first + 15 stay: random.keep."""
    a, b = key
    i = k.splat(k.cast("trunc", first, I32)) + k.count()
    bits = mix(mix(i + k.splat(a)) ^ k.splat(b))
    least = min(round(rate * 2**32), 2**32 - 1)
    return Value(k.ir.icmp_unsigned(">=", bits.v, k.splat(least - 2**32 if least >= 2**31 else least, I32).v), k)
