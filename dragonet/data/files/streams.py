"""Streams: rows that lie on disk, given out in batches, so that only some of them are in memory at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from dragonet.core import arguments, checks, errors
from dragonet.data.dataset import Data

BLOCK_BYTES = 2**22  # read in one piece from an .npy file
SHARD_BYTES = 2**26  # blocks that are shuffled together


class ArrayBlocks:
    """An array in blocks of consecutive rows; those of a memory-mapped file are read, as mapped pages would stay in memory."""

    def __init__(self, x: np.ndarray):
        self.x = x
        self.row_bytes = max(1, x[:1].nbytes)
        size = max(1, BLOCK_BYTES // self.row_bytes)
        self.bounds = [(first, min(first + size, len(x))) for first in range(0, len(x), size)]

    def read(self, block: int) -> np.ndarray:
        """The rows of a block."""
        first, last = self.bounds[block]
        x = self.x
        # A view of a memory-mapped array has its file's name too, but begins elsewhere in it.
        if not isinstance(x, np.memmap) or not x.flags.c_contiguous or isinstance(x.base, np.memmap):
            return np.asarray(x[first:last])
        numbers = (last - first) * (x.size // len(x))
        flat = np.fromfile(x.filename, x.dtype, numbers, offset=x.offset + first * self.row_bytes)
        return flat.reshape(last - first, *x.shape[1:])


class TableBlocks:
    """A table in memory in blocks of rows."""

    def __init__(self, table: Any):
        self.table, self.row_bytes = table, max(1, 8 * table.shape[1])
        size = max(1, BLOCK_BYTES // self.row_bytes)
        self.bounds = [(first, min(first + size, len(table))) for first in range(0, len(table), size)]

    def read(self, block: int) -> Any:
        """The rows of a block."""
        first, last = self.bounds[block]
        return self.table.iloc[first:last]


def finite_rows(x: np.ndarray) -> np.ndarray:
    """Which rows (n,) hold neither nan nor infinity; a large file is read in parts."""
    if x.dtype.kind != "f" or not len(x):
        return np.ones(len(x), bool)
    blocks = ArrayBlocks(x)
    parts = (blocks.read(block) for block in range(len(blocks.bounds)))
    return np.concatenate([np.isfinite(part).reshape(len(part), -1).all(1) for part in parts])


class Batches:
    """Batches (x, y) of the chosen rows, for `fit`, `evaluate` and `predict`; a new order in each epoch.

    The order comes from the seed and the number of the epoch: blocks of rows are shuffled, and then the rows of some blocks
    together. Without shuffling the rows come as they lie in the file. Only a few blocks are in memory at a time.
    """

    def __init__(
        self,
        data: Data,
        rows: Any = None,
        encoder: Any = None,
        batch_size: int = 32,
        seed: int = 0,
        shuffle: bool = True,
    ):
        if data.kind == "table" and encoder is None:
            raise errors.value_error(
                "batches", "the encoder of a table", "none", "Write encoder=Encoder.fit(data, rows)."
            )
        self.data, self.encoder, self.shuffle = data, encoder, shuffle
        self.batch_size = checks.whole("batches", "batch_size", batch_size)
        self.seed = checks.whole("batches", "seed", seed, 0)
        self._wanted = np.zeros(len(data), bool)
        self._wanted[slice(None) if rows is None else checks.row_numbers("batches", rows, len(data))] = True
        if not self._wanted.any():
            raise errors.value_error("batches", "at least one row", "none")
        held = data.x
        self._blocks = (
            held if hasattr(held, "bounds") else (TableBlocks if hasattr(held, "iloc") else ArrayBlocks)(held)
        )
        self._epoch = 0

    def __len__(self) -> int:
        return -(-int(self._wanted.sum()) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        draw = np.random.default_rng([self.seed, self._epoch])
        self._epoch += 1
        x = y = None
        for shard in self._shards(draw):
            part, answers = self._read(shard, draw)
            x, y = (part, answers) if x is None else (np.concatenate([x, part]), np.concatenate([y, answers]))
            whole = len(y) // self.batch_size * self.batch_size
            for first in range(0, whole, self.batch_size):
                yield x[first : first + self.batch_size], y[first : first + self.batch_size]
            x, y = x[whole:], y[whole:]
        if x is not None and len(y):
            yield x, y

    def _shards(self, draw: np.random.Generator) -> Iterator[list[int]]:
        """Blocks that are in memory together; those without a wanted row are never read."""
        bounds = self._blocks.bounds
        order = [i for i, (first, last) in enumerate(bounds) if self._wanted[first:last].any()]
        if self.shuffle:
            order = draw.permutation(order).tolist()
        shard: list[int] = []
        size = 0
        for block in order:
            more = (bounds[block][1] - bounds[block][0]) * self._blocks.row_bytes
            if shard and size + more > SHARD_BYTES:
                yield shard
                shard, size = [], 0
            shard.append(block)
            size += more
        yield shard

    def _read(self, shard: list[int], draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        parts, answers = [], []
        for block in shard:
            first, last = self._blocks.bounds[block]
            wanted = self._wanted[first:last]
            held = self._blocks.read(block)
            parts.append(self.encoder.encode(held[wanted]) if self.encoder is not None else held[wanted])
            answers.append(self.data.y[first:last][wanted])
        x, y = np.concatenate(parts), np.concatenate(answers)
        if self.shuffle:
            order = draw.permutation(len(y))
            x, y = x[order], y[order]
        return x, y


@arguments.checked
def batches(
    data: Data, rows: Any = None, *, encoder: Any = None, batch_size: int = 32, seed: int = 0, shuffle: bool = True
) -> Batches:
    """The rows of Data in batches (x, y), read while a network learns from them: `model.fit(data.batches(d, parts.train))`.

    rows: which ones, by default all; encoder: of a table. shuffle=False for evaluate and predict, in the order of the file.
    Raises ValueError for a table without an encoder.

    >>> from dragonet.data import read
    >>> d = read((np.arange(8.0).reshape(4, 2), ["a", "b", "a", "b"]))
    >>> [x.shape for x, y in batches(d, rows=[0, 1, 3], batch_size=2, shuffle=False)]
    [(2, 2), (1, 2)]
    """
    return Batches(data, rows, encoder, batch_size, seed, shuffle)
