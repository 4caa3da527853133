"""predict: the outputs for any number of rows, in chunks that fit the memory."""

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from dragonet import checks, errors
from dragonet.training.feed import BATCH_SIZE, even_size, is_stream, model_inputs
from dragonet.training.stream import READ_ONCE, Stream

_ACTIVATION_BYTES = 2**27  # at most this much for what the layers hand on, in one chunk

_LEAST = 32  # rows that are always done at once


def predict(model: Any, x: Any, batch_size: int | None, steps: int | None, callbacks: Any) -> Any:
    """The outputs as NumPy arrays, nested as the model's outputs are."""
    if steps is not None:
        steps = checks.whole("predict", "steps", steps)
    if batch_size is not None:
        batch_size = checks.whole("predict", "batch_size", batch_size)
    elif callbacks.wants_batches("predict") or steps is not None:
        batch_size = BATCH_SIZE  # Keras's, which hooks and steps count
    callbacks.on_predict_begin()
    done = []
    for i, (run, rows) in enumerate(_pieces(model, x, batch_size, steps)):
        callbacks.on_predict_batch_begin(i)
        y = run(rows)
        done.append(y if isinstance(y, np.ndarray) else jax.tree.map(np.array, y))
        callbacks.on_predict_batch_end(i, {"outputs": done[-1]})
    outputs = done[0] if len(done) == 1 else jax.tree.map(lambda *pieces: np.concatenate(pieces), *done)
    callbacks.on_predict_end()
    return outputs if model.target_scaling is None else model.target_scaling.decode(outputs)


def _pieces(model: Any, x: Any, batch_size: int | None, steps: int | None) -> Iterator[tuple[Callable, list]]:
    """One piece of the rows after another, and the function that predicts it."""
    stream, taken = is_stream(x), 0
    for batch in itertools.islice(_batches(x) if stream else _chunks(model, x, batch_size), steps):
        taken += 1
        if taken == Stream.ENDLESS and steps is None and stream and not hasattr(x, "__len__"):
            text = f"predict has read {taken:,} batches, and there are more. If they never end, write steps=..."
            errors.note(text, stacklevel=6)
        if stream:
            yield from _chunks(model, batch[0] if isinstance(batch, tuple) else batch, None)
        else:
            yield batch
    if not taken:
        raise errors.value("predict", "at least one batch", "a generator that yields nothing", READ_ONCE)
    if steps is not None and taken < steps:
        text = f"Your input ran out of data: steps is {steps}, but there were {taken} batches, which are predicted."
        errors.note(text, stacklevel=6)


def _batches(x: Any) -> Iterator[Any]:
    return iter(x) if hasattr(x, "__iter__") else (x[i] for i in range(len(x)))


def _chunks(model: Any, x: Any, batch_size: int | None) -> Iterator[tuple[Callable, list]]:
    x = model_inputs(model, x)
    n = len(x[0])
    size = batch_size or (n if n <= _LEAST else even_size(n, _quick_size(model)))
    program = model._engine(learn=False).prediction(model.graph)
    run = functools.partial(program, *model.graph.gather())
    for first in range(0, n, size):
        yield run, x if size >= n else [part[first : first + size] for part in x]


def _quick_size(model: Any) -> int:
    """Rows at a time: many, but not more than the largest layer's output leaves room for."""
    widest = max(sum(_numbers(tensor.shape) for tensor in jax.tree.leaves(node.outputs)) for node in model.graph.nodes)
    return max(_LEAST, min(8192, _ACTIVATION_BYTES // (4 * max(widest, 1))))


def _numbers(shape: tuple) -> int:
    return int(np.prod([n or 1 for n in shape[1:]], dtype=int))
