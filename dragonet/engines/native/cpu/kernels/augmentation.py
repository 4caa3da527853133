"""Augmentation: each image moves by its own random numbers; each pixel of the result is computed from its place in the image."""

from dataclasses import dataclass

import numpy as np
from llvmlite import ir

from dragonet.engines.native.cpu.kernels import math, random_bits
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import F32, I32, I64, VF, VI, WIDTH, Value, integers, pointers
from dragonet.engines.native.ops.augmentation import Move

_UNROLLED = 4  # channels up to which they are written without a loop
_EXACT = 2**20  # pixels up to which a pixel's line is computed exactly in floats

Taps = list[tuple[Value, Value]]  # places and their weights, 16 each


def augment(module: Module, shape: tuple[int, int, int], step: int, stride: int, move: Move) -> ir.Function:
    """y[r, i, j] = x[r] at line d·j + e·i + f and column a·j + b·i + c, a to f drawn for row r; for the rows r0 to r1.

    x and y lie alike: pixels of `step` numbers, examples of `stride`. for a row: draw; for a line: for 16 pixels: where their
    neighbours (1 of 'nearest', 4 of 'bilinear') lie and what they weigh; for each of the pixels: for its channels: the sum.
    Where a pixel is one number, the neighbours of 16 pixels are loaded at once.
    """
    height, width, channels = shape
    is_single_channel = channels == step == 1 and height * width <= _EXACT

    def body(k: Builder, x: Value, y: Value, r0: Value, r1: Value, key_a: Value, key_b: Value) -> None:
        neighbours = (
            None if is_single_channel else k.room(WIDTH * 9)
        )  # of 16 pixels: places, weights, what the fill value adds
        with k.loop(r0, r1) as r:
            drawn = _draw(k, move, (key_a, key_b), r, height, width)
            image = _Image(k, move, shape, step, drawn, k.at(x, r * stride), k.at(y, r * stride))
            if neighbours is None:
                image.move_numbers()
            else:
                image.move_pixels(neighbours)

    arguments = pointers("x", "y") | integers("r0", "r1") | {"key_a": I32, "key_b": I32}
    return module.function(f"augment-{shape}-{step}-{stride}-{move.name}", arguments, body)


@dataclass(frozen=True)
class _Image:
    """The code that moves one image from `source` to `target`. drawn: a to f of its row."""

    k: Builder
    move: Move
    shape: tuple[int, int, int]
    step: int
    drawn: tuple[Value, ...]
    source: Value
    target: Value

    def move_numbers(self) -> None:
        """An image whose pixels are single numbers, without padding between its lines: 16 at a time, whatever their lines."""
        k, (height, width, _), (a, b, c, d, e, f) = self.k, self.shape, self.drawn
        with k.loop(0, height * width, WIDTH) as j:
            pixel = k.cast("sitofp", k.splat(k.cast("trunc", j, I32)) + k.lane_numbers(), VF)
            line = math.floor(k, (pixel + 0.5) * (1 / width))
            column = pixel - line * float(width)
            lines = _taps(k, d * column + (e * line + f), height, self.move)
            columns = _taps(k, a * column + (b * line + c), width, self.move)
            taps, total = _weighed(k, lines, columns, width, self.move)
            for place, weight in taps:
                total = k.gather(self.source, place) * weight + total
            k.store((pixel < float(height * width)).where(total, 0.0), self.target, j)

    def move_pixels(self, neighbours: Value) -> None:
        """Any image: the neighbours of 16 pixels of a line are stored, then the pixels are added up one by one."""
        k, (height, width, channels), (a, b, c, d, e, f) = self.k, self.shape, self.drawn
        with k.loop(0, height) as i:
            line = k.splat(k.cast("sitofp", i, F32))
            first_line, first_column = e * line + f, b * line + c
            with k.loop(0, width, WIDTH) as j:
                column = k.cast("sitofp", k.splat(k.cast("trunc", j, I32)) + k.lane_numbers(), VF)
                lines = _taps(k, d * column + first_line, height, self.move)
                columns = _taps(k, a * column + first_column, width, self.move)
                count = _store_neighbours(k, neighbours, lines, columns, width, self.step, self.move)
                with k.loop(0, (width - j).minimum(WIDTH)) as p:
                    target = k.at(self.target, (i * width + j + p) * self.step)
                    _store_pixel(k, self.source, target, k.at(neighbours, p), count, channels)


def _draw(k: Builder, move: Move, key: tuple[Value, Value], row: Value, height: int, width: int) -> tuple[Value, ...]:
    """a, b, c, d, e, f of one row of the batch, in each lane."""
    zero, unit = k.zero(), k.splat(1.0)
    if move.kind == "rotation":
        angle = _uniform(k, key, row, move.bounds) * (2 * np.pi)
        sin, cos = math.sin_cos(k, angle)
        mid_row, mid_column = (height - 1) / 2, (width - 1) / 2
        to_column = sin * mid_row + (mid_column - cos * mid_column)
        return cos, -sin, to_column, sin, cos, mid_row - sin * mid_column - cos * mid_row
    if move.kind == "flip":
        places = []
        for axis, (flips, n) in enumerate(zip(move.bounds, (height, width), strict=True)):
            if flips:
                is_flipped = _uniform(k, random_bits.fold(key, axis + 1), row, (0.0, 1.0)) < 0.5
                places.append((is_flipped.where(-unit, unit), is_flipped.where(k.splat(n - 1.0), zero)))
            else:
                places.append((unit, zero))
    else:
        shares = [_uniform(k, random_bits.fold(key, i), row, bounds) for i, bounds in enumerate(move.bounds)]
        sizes = zip((height, width), (shares[0], shares[-1]), strict=True)
        if move.kind == "translation":
            places = [(unit, -share * n) for n, share in sizes]
        else:
            places = [(share + 1.0, (1.0 - (share + 1.0)) * ((n - 1) / 2)) for n, share in sizes]
    (e, f), (a, c) = places
    return a, zero, c, zero, e, f


def _uniform(k: Builder, key: tuple[Value, Value], row: Value, bounds: tuple[float, float]) -> Value:
    """The random number of a row between the bounds, in each lane."""
    return random_bits.uniform(k, key, k.splat(k.cast("trunc", row, I32)), *bounds)


def _taps(k: Builder, places: Value, n: int, move: Move) -> Taps:
    """The whole places around each of 16, within 0 and n − 1, and their weights: 0 where the fill value counts instead."""
    if move.interpolation == "nearest":
        around = [(_nearest(k, places), k.splat(1.0))]
    else:
        low = math.floor(k, places)
        part = places - low
        around = [(low, 1.0 - part), (low + 1.0, part)]
    taps = []
    for place, weight in around:
        if move.fill_mode == "constant":
            weight = (place >= 0.0).where((place < float(n)).where(weight, 0.0), 0.0)
        taps.append((k.cast("fptosi", _inside(k, place, n, move.fill_mode), VI), weight))
    return taps


def _nearest(k: Builder, x: Value) -> Value:
    """The nearest whole number; halfway between two, that farther from 0."""
    size = k.abs(x)
    low = math.floor(k, size)
    nearest = (size - low >= 0.5).where(low + 1.0, low)
    return (x < 0.0).where(-nearest, nearest)


def _inside(k: Builder, place: Value, n: int, fill_mode: str) -> Value:
    """A whole place that is at most n − 1 and at least 0; places beyond the border by the rule of the fill mode."""
    period = {"reflect": 2 * n, "wrap": n}.get(fill_mode)
    if period is not None:
        # The half keeps rounding errors away from the borders between periods.
        place = place - math.floor(k, (place + 0.5) * (1 / period)) * float(period)
        if fill_mode == "reflect":
            place = place.minimum(2.0 * n - 1 - place)
    return place.maximum(0.0).minimum(n - 1.0)


def _weighed(k: Builder, lines: Taps, columns: Taps, width: int, move: Move) -> tuple[Taps, Value]:
    """The 16 pixels' neighbours: the number of each in the image, and its weight; and what the fill value adds."""
    taps = [(line * width + column, p * q) for line, p in lines for column, q in columns]
    weights = [side[0][1] if len(side) == 1 else side[0][1] + side[1][1] for side in (lines, columns)]
    return taps, (1.0 - weights[0] * weights[1]) * move.fill_value if move.fill_mode == "constant" else k.zero()


def _store_neighbours(
    k: Builder, neighbours: Value, lines: Taps, columns: Taps, width: int, step: int, move: Move
) -> int:
    """Store the 16 pixels' neighbours, then their weights, then what the fill value adds; returns the number of neighbours."""
    taps, fill = _weighed(k, lines, columns, width, move)
    for number, (pixel, weight) in enumerate(taps):
        k.store(pixel * step, neighbours, number * WIDTH)
        k.store(weight, neighbours, (len(taps) + number) * WIDTH)
    k.store(fill, neighbours, 2 * len(taps) * WIDTH)
    return len(taps)


def _store_pixel(k: Builder, source: Value, target: Value, neighbours: Value, count: int, channels: int) -> None:
    """One pixel's channels: Σ weight · neighbour."""
    places = [k.at(source, k.cast("sext", k.load(neighbours, tap * WIDTH, I32), I64)) for tap in range(count)]
    weights = [k.scalar(neighbours, (count + tap) * WIDTH) for tap in range(count)]
    fill = k.scalar(neighbours, 2 * count * WIDTH)

    def channel(c: Value, kind: ir.Type) -> None:
        total = fill if kind is F32 else k.splat(fill)
        for place, weight in zip(places, weights, strict=True):
            total = k.load(place, c, kind) * weight + total
        k.store(total, target, c)

    whole = channels // WIDTH * WIDTH
    with k.loop(0, whole, WIDTH) as c:
        channel(c, VF)
    if channels - whole <= _UNROLLED:
        for c in range(whole, channels):
            channel(k.int(c), F32)
    else:
        with k.loop(whole, channels) as c:
            channel(c, F32)
