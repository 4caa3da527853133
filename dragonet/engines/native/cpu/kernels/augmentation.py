"""Augmentation: each image is moved by its own draw; each pixel of the result looks up where in the image it comes from."""

import numpy as np
from llvmlite import ir

from dragonet.engines.native.cpu.kernels import math, random_bits
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import F32, I32, I64, PTR, VF, VI, WIDTH, Value
from dragonet.engines.native.ops.augmentation import Move

_FEW = 4  # channels that are written out instead of looped over
_EXACT = 2**20  # pixels up to which a float tells their line exactly


def augment(module: Module, shape: tuple[int, int, int], step: int, stride: int, move: Move) -> ir.Function:
    """y[r, i, j] = x[r] at row d·j + e·i + f and column a·j + b·i + c, a to f drawn for row r; for the rows r0 to r1.

    x and y lie alike: pixels of `step` numbers, examples of `stride`. for a row: draw; for a line: for 16 pixels: where their
    neighbours (1 of 'nearest', 4 of 'bilinear') lie and what they weigh; for each of the pixels: for its channels: the sum.
    Of pixels that are one number, 16 are looked up at once.
    """
    height, width, channels = shape
    arguments = dict.fromkeys(("x", "y"), PTR) | {"r0": I64, "r1": I64, "key_a": I32, "key_b": I32}
    name = f"augment-{shape}-{step}-{stride}-{move.name}"

    def grey(k: Builder, x: Value, y: Value, r0: Value, r1: Value, key_a: Value, key_b: Value) -> None:
        with k.loop(r0, r1) as r:
            a, b, c, d, e, f = _drawn(k, move, (key_a, key_b), r, height, width)
            source, target = k.at(x, r * stride), k.at(y, r * stride)
            with k.loop(0, height * width, WIDTH) as j:
                pixel = k.cast("sitofp", k.splat(k.cast("trunc", j, I32)) + k.lane_numbers(), VF)
                line = math.floor(k, (pixel + 0.5) * (1 / width))
                across = pixel - line * float(width)
                rows = _taps(k, d * across + (e * line + f), height, move)
                columns = _taps(k, a * across + (b * line + c), width, move)
                taps, total = _weighed(k, rows, columns, width, move)
                for place, weight in taps:
                    total = k.gather(source, place) * weight + total
                k.store((pixel < float(height * width)).where(total, 0.0), target, j)

    if channels == step == 1 and height * width <= _EXACT:
        return module.function(name, arguments, grey)

    def body(k: Builder, x: Value, y: Value, r0: Value, r1: Value, key_a: Value, key_b: Value) -> None:
        found = k.room(WIDTH * 9)  # the 16 pixels' neighbours, their weights, what the fill value adds
        with k.loop(r0, r1) as r:
            a, b, c, d, e, f = _drawn(k, move, (key_a, key_b), r, height, width)
            source, target = k.at(x, r * stride), k.at(y, r * stride)
            with k.loop(0, height) as i:
                line = k.splat(k.cast("sitofp", i, F32))
                start_row, start_column = e * line + f, b * line + c
                with k.loop(0, width, WIDTH) as j:
                    across = k.cast("sitofp", k.splat(k.cast("trunc", j, I32)) + k.lane_numbers(), VF)
                    rows = _taps(k, d * across + start_row, height, move)
                    columns = _taps(k, a * across + start_column, width, move)
                    n = _note(k, found, rows, columns, width, step, move)
                    with k.loop(0, (width - j).minimum(WIDTH)) as p:
                        _pixel(k, source, k.at(target, (i * width + j + p) * step), k.at(found, p), n, channels)

    return module.function(name, arguments, body)


def _drawn(k: Builder, move: Move, key: tuple[Value, Value], row: Value, height: int, width: int) -> tuple[Value, ...]:
    """a, b, c, d, e, f of one row of the batch, each 16 times."""
    zero, one = k.zero(), k.splat(1.0)

    def draw(key: tuple[Value, Value], bounds: tuple[float, float]) -> Value:
        return random_bits.uniform(k, key, k.splat(k.cast("trunc", row, I32)), *bounds)

    if move.kind == "rotation":
        angle = draw(key, move.bounds) * (2 * np.pi)
        sin, cos = math.sin_cos(k, angle)
        mid_row, mid_column = (height - 1) / 2, (width - 1) / 2
        to_column = sin * mid_row + (mid_column - cos * mid_column)
        return cos, -sin, to_column, sin, cos, mid_row - sin * mid_column - cos * mid_row
    if move.kind == "flip":
        places = []
        for axis, (flips, n) in enumerate(zip(move.bounds, (height, width), strict=True)):
            if flips:
                flipped = draw(random_bits.fold(key, axis + 1), (0.0, 1.0)) < 0.5
                places.append((flipped.where(-one, one), flipped.where(k.splat(n - 1.0), zero)))
            else:
                places.append((one, zero))
    else:
        drawn = [draw(random_bits.fold(key, i), bounds) for i, bounds in enumerate(move.bounds)]
        sizes = zip((height, width), (drawn[0], drawn[-1]), strict=True)
        if move.kind == "translation":
            places = [(one, -by * n) for n, by in sizes]
        else:
            places = [(by + 1.0, (1.0 - (by + 1.0)) * ((n - 1) / 2)) for n, by in sizes]
    (e, f), (a, c) = places
    return a, zero, c, zero, e, f


def _taps(k: Builder, places: Value, n: int, move: Move) -> list[tuple[Value, Value]]:
    """The whole places around each of 16, within 0 and n − 1, and what each weighs: nothing where the fill value is."""
    if move.interpolation == "nearest":
        around = [(_away(k, places), k.splat(1.0))]
    else:
        low = math.floor(k, places)
        part = places - low
        around = [(low, 1.0 - part), (low + 1.0, part)]
    found = []
    for place, weight in around:
        if move.fill_mode == "constant":
            weight = (place >= 0.0).where((place < float(n)).where(weight, 0.0), 0.0)
        found.append((k.cast("fptosi", _inside(k, place, n, move.fill_mode), VI), weight))
    return found


def _away(k: Builder, x: Value) -> Value:
    """The nearest whole number, of two the one farther from 0."""
    size = k.abs(x)
    low = math.floor(k, size)
    nearest = (size - low >= 0.5).where(low + 1.0, low)
    return (x < 0.0).where(-nearest, nearest)


def _inside(k: Builder, place: Value, n: int, fill_mode: str) -> Value:
    """Which of 0 to n − 1 a whole place is, or beyond the border looks at."""
    period = {"reflect": 2 * n, "wrap": n}.get(fill_mode)
    if period is not None:
        # The half keeps what is rounded away from the borders between periods.
        place = place - math.floor(k, (place + 0.5) * (1 / period)) * float(period)
        if fill_mode == "reflect":
            place = place.minimum(2.0 * n - 1 - place)
    return place.maximum(0.0).minimum(n - 1.0)


def _weighed(k: Builder, rows: list, columns: list, width: int, move: Move) -> tuple[list[tuple[Value, Value]], Value]:
    """The 16 pixels' neighbours, which pixel of the image each is and what it weighs; and what the fill value adds."""
    taps = [(row * width + column, p * q) for row, p in rows for column, q in columns]
    known = [side[0][1] if len(side) == 1 else side[0][1] + side[1][1] for side in (rows, columns)]
    return taps, (1.0 - known[0] * known[1]) * move.fill_value if move.fill_mode == "constant" else k.zero()


def _note(k: Builder, found: Value, rows: list, columns: list, width: int, step: int, move: Move) -> int:
    """Write down the 16 pixels' neighbours, then their weights, then what the fill value adds; how many neighbours there are."""
    taps, fill = _weighed(k, rows, columns, width, move)
    for number, (pixel, weight) in enumerate(taps):
        k.store(pixel * step, found, number * WIDTH)
        k.store(weight, found, (len(taps) + number) * WIDTH)
    k.store(fill, found, 2 * len(taps) * WIDTH)
    return len(taps)


def _pixel(k: Builder, source: Value, target: Value, found: Value, taps: int, channels: int) -> None:
    """One pixel's channels: Σ weight · neighbour."""
    places = [k.at(source, k.cast("sext", k.load(found, tap * WIDTH, I32), I64)) for tap in range(taps)]
    weights = [k.scalar(found, (taps + tap) * WIDTH) for tap in range(taps)]
    fill = k.scalar(found, 2 * taps * WIDTH)

    def channel(c: Value, kind: ir.Type) -> None:
        total = fill if kind is F32 else k.splat(fill)
        for place, weight in zip(places, weights, strict=True):
            total = k.load(place, c, kind) * weight + total
        k.store(total, target, c)

    whole = channels // WIDTH * WIDTH
    with k.loop(0, whole, WIDTH) as c:
        channel(c, VF)
    if channels - whole <= _FEW:
        for c in range(whole, channels):
            channel(k.int(c), F32)
    else:
        with k.loop(whole, channels) as c:
            channel(c, F32)
