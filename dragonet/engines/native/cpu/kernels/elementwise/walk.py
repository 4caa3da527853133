"""A walk through several tensors at once, run after run of numbers that lie together in each of them.

Tensors may differ in padding. A run is a pixel, a line or an example, as long as all tensors allow.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.ir.builder import Builder
from dragonet.engines.native.ir.values import WIDTH, Index, Value

_UNROLLED = 4  # vectors of a run up to which they are written without a loop


@dataclass(frozen=True)
class Place:
    """Where a tensor's runs begin: example · stride + line · pitch + pixel · step.

    room: whether padding follows a run, up to a multiple of 16.
    """

    stride: int
    pitch: int
    step: int
    room: bool


@dataclass(frozen=True)
class Walk:
    """lines × pixels runs an example, each of `width` numbers; and where they lie in each of the tensors."""

    lines: int
    pixels: int
    width: int
    places: tuple[Place, ...]

    @property
    def name(self) -> str:
        """As a part of a kernel's name."""
        places = ("-".join(map(str, (*dataclasses.astuple(p)[:4], int(p.room)))) for p in self.places)
        return f"{self.lines}-{self.pixels}-{self.width}_{'_'.join(places)}"

    @property
    def vectors(self) -> int:
        """How many a run has, the last one filled up."""
        return -(-self.width // WIDTH)

    @property
    def is_single_run(self) -> bool:
        """Whether an example is a single run, of which threads may take a part each."""
        return self.lines == self.pixels == 1

    def epilogue(self, of_tensor: Epilogue) -> Epilogue:
        """A tensor's epilogue, with each run as a row."""
        return dataclasses.replace(of_tensor, width=self.width, counted=self.width, step=self.vectors * WIDTH)

    def runs(self, k: Builder, r0: Index, r1: Index) -> Iterator[tuple[Value, list[Value]]]:
        """The runs of the examples r0 to r1: the number of a run, and where it begins in each tensor.

        `for number, starts in walk.runs(...)` writes the code of its block once, inside loops of the program.
        """
        with k.loop(r0, r1) as r:
            if self.is_single_run:
                yield r, self._starts(r)
            elif self.pixels == 1:
                with k.loop(0, self.lines) as line:
                    yield r * self.lines + line, self._starts(r, line)
            else:
                with k.loop(0, self.lines) as line, k.loop(0, self.pixels) as pixel:
                    yield (r * self.lines + line) * self.pixels + pixel, self._starts(r, line, pixel)

    def _starts(self, example: Value, line: Value | None = None, pixel: Value | None = None) -> list[Value]:
        starts = []
        for place in self.places:
            start = example * place.stride
            for number, distance in ((line, place.pitch), (pixel, place.step)):
                start = start if number is None else start + number * distance
            starts.append(start)
        return starts

    def columns(
        self, k: Builder, p0: Value | None = None, p1: Value | None = None
    ) -> Iterator[tuple[Value, Value | None]]:
        """The vectors p0 to p1 of a run, or all: the column where one begins, and its mask, true for the run's own numbers.

        The mask is None where all 16 are the run's own. `for column, mask in walk.columns(...)` writes the code of its block
        once for whole vectors, or for each of them where they are few, and once more for the last vector where it is not whole.
        """
        whole = self.width // WIDTH
        if p0 is None and self.vectors <= _UNROLLED:
            for p in range(whole):
                yield k.int(p * WIDTH), None
        else:
            with k.loop(0 if p0 is None else p0, whole if p1 is None else p1.minimum(whole)) as p:
                yield p * WIDTH, None
        if self.width % WIDTH:
            column, mask = k.int(whole * WIDTH), k.lane_numbers() < self.width % WIDTH
            if p1 is None:
                yield column, mask
            else:
                with k.when(k.int(whole) < p1):
                    yield column, mask

    def masked(self, tensor: int, value: Value, mask: Value | None) -> Value:
        """A loaded vector of one of the tensors; numbers behind a run without padding belong to another run, and become 0."""
        return value if mask is None or self.places[tensor].room else mask.where(value, 0.0)

    def store(self, k: Builder, tensor: int, value: Value, pointer: Value, offset: Value, mask: Value | None) -> None:
        """Write a vector of one of the tensors; memory behind a run that has no padding may be another thread's, and is kept."""
        if mask is None or self.places[tensor].room:
            k.store(value, pointer, offset)
        else:
            k.store_lanes(value, pointer, offset, mask)
