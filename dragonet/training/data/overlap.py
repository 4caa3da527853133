"""Leaks: validation rows that are among the training rows too.

A few numbers of each row are compared first, and only rows that agree in them are compared whole: so all training rows are
looked up, and few are read.
"""

import numpy as np

_SAMPLED = 10_000  # validation rows
_MOST_TRAINING = 100_000  # training rows
_VALUES = 2**19  # numbers, of the validation rows that are looked at; of training rows twice as many
_PLACES = 8  # in each row that are compared first
_TABLE = 2**20
_LEAST = 3  # rows: one or two may be equal by chance


def shared_rows(train: list[np.ndarray], held_out: list[np.ndarray]) -> tuple[int, int]:
    """(how many of the validation rows are among the training rows, of how many that were looked at).

    train, held_out: one array for each input, rows first. (0, n) where there are no more than there are among the training
    rows themselves, as in tables of few values, whose rows repeat.
    """
    sampled = _spread(len(held_out[0]), _SAMPLED, held_out)
    among = _spread(len(train[0]), _MOST_TRAINING)
    shared = int(_is_shared(train, among, held_out, sampled).sum())
    if shared < _LEAST:
        return 0, len(sampled)
    compared = _spread(len(among), len(sampled))
    rest = np.delete(among, compared)
    natural = _is_shared(train, rest, train, among[compared]).mean() if len(rest) else 0.0
    return (shared if shared > 3 * natural * len(sampled) else 0), len(sampled)


def _is_shared(train: list, among: np.ndarray, held_out: list, sampled: np.ndarray) -> np.ndarray:
    """For each sampled row, whether it is among the training rows."""
    places = _varied_places(train, among)
    has_hash = np.zeros(_TABLE, bool)
    hashes = _short_hash(held_out, sampled, places)
    has_hash[hashes] = True
    alike = among[has_hash[_short_hash(train, among, places)]]
    alike = alike[_spread(len(alike), 2 * len(sampled))]
    return np.isin(_long_hash(held_out, sampled), _long_hash(train, alike))


def _spread(n: int, most: int, arrays: list[np.ndarray] | None = None) -> np.ndarray:
    """Up to `most` of n rows, evenly spread; fewer where rows are large."""
    if arrays is not None:
        most = min(most, max(100, _VALUES // sum(a[:1].size for a in arrays)))
    return np.arange(n) if n <= most else np.linspace(0, n - 1, most).astype(np.int64)


def _varied_places(arrays: list, rows: np.ndarray) -> list[tuple[int, tuple]]:
    """The places (array, index) of a row in which a few rows differ most."""
    few, counts = rows[_spread(len(rows), 64)], []
    for i, a in enumerate(arrays):
        some = a[few].reshape(len(few), -1)
        at = _spread(some.shape[1], 64)
        different = (np.diff(np.sort(some[:, at], 0), axis=0) != 0).sum(0)
        counts += [
            (-count, i, np.unravel_index(place, a.shape[1:])) for count, place in zip(different, at, strict=True)
        ]
    return [(i, place) for _, i, place in sorted(counts, key=lambda entry: entry[0])[:_PLACES]]


def _short_hash(arrays: list, rows: np.ndarray, places: list) -> np.ndarray:
    """A number below _TABLE from a few places of each row."""
    mixed = np.zeros(len(rows), np.uint64)
    selected = slice(None) if len(rows) == len(arrays[0]) else rows
    for i, place in places:
        mixed = _mix(mixed ^ _bits(arrays[i][(slice(None), *place)][selected]))
    return (mixed >> np.uint64(44)).astype(np.int64)


def _long_hash(arrays: list, rows: np.ndarray) -> np.ndarray:
    """64 bits for each row: sums of its numbers' bits, each times an odd number of its own, wrapping around."""
    mixed = np.zeros(len(rows), np.uint64)
    for a in arrays:
        bits = _bits(a[rows].reshape(len(rows), a[0].size))
        odd = np.random.default_rng(0).integers(0, 2**63, bits.shape[1], np.uint64) * np.uint64(2) + np.uint64(1)
        mixed = _mix(mixed ^ (bits @ odd))
    return mixed


def _bits(a: np.ndarray) -> np.ndarray:
    """Equal numbers as equal whole ones, whatever the dtype: training data may be float32 and validation data float64."""
    return (a.astype(np.float32) + np.float32(0)).view(np.uint32).astype(np.uint64)  # -0 becomes 0


def _mix(x: np.ndarray) -> np.ndarray:
    x = (x ^ (x >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return x ^ (x >> np.uint64(32))
