"""Streams: rows on disk, read in batches, so that only some of them are in memory at a time."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dragonet.core import arguments, checks, errors
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.data.columns.encoder import Encoder
from dragonet.data.dataset import Data

if TYPE_CHECKING:
    import pandas as pd

BLOCK_BYTES = 2**22  # read in one piece from an .npy file
SHARD_BYTES = 2**26  # blocks that are shuffled together


class Blocks(Protocol):
    """Rows in blocks; `bounds`: the first row of each block and the one after its last."""

    row_bytes: int
    bounds: list[tuple[int, int]]

    def read(self, block: int) -> Any:
        """The rows of a block, as an array or a table."""


class ArrayBlocks:
    """An array in blocks of rows; a memory-mapped file is read block by block, as mapped pages would stay in memory."""

    def __init__(self, x: np.ndarray):
        self.x = x
        self.row_bytes = max(1, x[:1].nbytes)
        size = max(1, BLOCK_BYTES // self.row_bytes)
        self.bounds = [(first, min(first + size, len(x))) for first in range(0, len(x), size)]

    def read(self, block: int) -> np.ndarray:
        """The rows of a block."""
        first, last = self.bounds[block]
        x = self.x
        file = x.filename if isinstance(x, np.memmap) else None
        # A view of a memory-mapped array has the same file, but begins at another place in it.
        if not isinstance(x, np.memmap) or file is None or not x.flags.c_contiguous or isinstance(x.base, np.memmap):
            return np.asarray(x[first:last])
        count = (last - first) * (x.size // len(x))
        flat = np.fromfile(file, x.dtype, count, offset=x.offset + first * self.row_bytes)
        return flat.reshape(last - first, *x.shape[1:])


class TableBlocks:
    """A table in memory in blocks of rows."""

    def __init__(self, table: "pd.DataFrame"):
        self.table, self.row_bytes = table, max(1, 8 * table.shape[1])
        size = max(1, BLOCK_BYTES // self.row_bytes)
        self.bounds = [(first, min(first + size, len(table))) for first in range(0, len(table), size)]

    def read(self, block: int) -> "pd.DataFrame":
        """The rows of a block."""
        first, last = self.bounds[block]
        return self.table.iloc[first:last]


def finite_rows(x: np.ndarray) -> np.ndarray:
    """Which rows (n,) hold neither nan nor infinity; a large file is read block by block."""
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
        rows: np.ndarray | Sequence[int] | None = None,
        encoder: Encoder | ArrayScaling | None = None,
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
        self._chosen = np.zeros(len(data), bool)
        self._chosen[slice(None) if rows is None else checks.row_numbers("batches", rows, len(data))] = True
        if not self._chosen.any():
            raise errors.value_error("batches", "at least one row", "none")
        self._blocks = _blocks_of(data.x)
        self._epoch = 0

    def __len__(self) -> int:
        return -(-int(self._chosen.sum()) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        rng = np.random.default_rng([self.seed, self._epoch])
        self._epoch += 1
        rest: list[tuple[np.ndarray, np.ndarray]] = []  # the rows after the last whole batch
        for shard in self._shards(rng):
            x, y = (np.concatenate(parts) for parts in zip(*rest, self._read(shard, rng), strict=True))
            end = len(y) // self.batch_size * self.batch_size
            for first in range(0, end, self.batch_size):
                yield x[first : first + self.batch_size], y[first : first + self.batch_size]
            rest = [(x[end:], y[end:])]
        for x, y in rest:
            if len(y):
                yield x, y

    def _shards(self, rng: np.random.Generator) -> Iterator[list[int]]:
        """Blocks that are in memory together; those without a chosen row are never read."""
        bounds = self._blocks.bounds
        order = [i for i, (first, last) in enumerate(bounds) if self._chosen[first:last].any()]
        if self.shuffle:
            order = rng.permutation(order).tolist()
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

    def _read(self, shard: list[int], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        parts, answers = [], []
        for block in shard:
            first, last = self._blocks.bounds[block]
            chosen = self._chosen[first:last]
            rows = self._blocks.read(block)[chosen]
            parts.append(rows if self.encoder is None else self.encoder.encode(rows))
            answers.append(self.data.y[first:last][chosen])
        x, y = np.concatenate(parts), np.concatenate(answers)
        if self.shuffle:
            order = rng.permutation(len(y))
            x, y = x[order], y[order]
        return x, y


def _blocks_of(x: Any) -> Blocks:
    """Rows of a table, an array, or a file that has blocks of its own."""
    if hasattr(x, "bounds"):
        return x
    return TableBlocks(x) if hasattr(x, "iloc") else ArrayBlocks(x)


@arguments.leaving("rows", "encoder")
def batches(
    data: Data,
    rows: np.ndarray | Sequence[int] | None = None,
    *,
    encoder: Encoder | ArrayScaling | None = None,
    batch_size: int = 32,
    seed: int = 0,
    shuffle: bool = True,
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
