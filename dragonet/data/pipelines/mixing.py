"""Random orders: each element is drawn from a buffer that the next one refills."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np


def mixed(order: np.ndarray, size: int, generator: np.random.Generator) -> np.ndarray:
    """Numbers drawn from a buffer that holds so many."""
    if size >= len(order):
        return generator.permutation(order)
    return np.fromiter(drawn_from_buffer(iter(order), size, generator), order.dtype, len(order))


def drawn_from_buffer(elements: Iterator[Any], size: int, generator: np.random.Generator) -> Iterator[Any]:
    buffer = list(itertools.islice(elements, size))
    for element in elements:
        i = int(generator.integers(len(buffer)))
        buffer[i], chosen = element, buffer[i]
        yield chosen
    for i in generator.permutation(len(buffer)):
        yield buffer[i]
