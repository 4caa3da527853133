"""predict: the outputs for any number of rows, in chunks that fit the memory."""

import itertools
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from dragonet import checks, errors
from dragonet.training.feed import even_size, is_stream, model_inputs

_ACTIVATION_BYTES = 2**27  # at most this much for what the layers hand on, in one chunk

_LEAST = 32  # rows that are always done at once


def predict(model: Any, x: Any, batch_size: int | None, steps: int | None, callbacks: Any) -> Any:
    """The outputs as NumPy arrays, nested as the model's outputs are."""
    callbacks.on_predict_begin()
    parts = [part for batch in _batches(x, steps) for part in _chunks(model, batch, batch_size, callbacks)]
    if not parts:
        raise errors.value("predict", "at least one batch", "none")
    outputs = parts[0] if len(parts) == 1 else jax.tree.map(lambda *pieces: np.concatenate(pieces), *parts)
    callbacks.on_predict_end()
    return outputs


def _batches(x: Any, steps: int | None) -> Iterator[Any]:
    """The inputs of one batch after another, none of which is kept: all of them may be more than fits the memory."""
    if not is_stream(x):
        yield x
        return
    for batch in itertools.islice(x if hasattr(x, "__iter__") else (x[i] for i in range(len(x))), steps):
        yield batch[0] if isinstance(batch, tuple) else batch


def _chunks(model: Any, x: Any, batch_size: int | None, callbacks: Any) -> list:
    x = model_inputs(model, x)
    n = len(x[0])
    if batch_size is None:
        size = n if n <= _LEAST else even_size(n, _quick_size(model))
    else:
        size = checks.whole("predict", "batch_size", batch_size)
    run = model._engine(learn=False).prediction(model.graph)
    params, state = model.graph.gather()
    done = []
    for i, first in enumerate(range(0, n, size)):
        callbacks.on_predict_batch_begin(i)
        y = run(params, state, x if size >= n else [part[first : first + size] for part in x])
        done.append(y if isinstance(y, np.ndarray) else jax.tree.map(np.array, y))
        callbacks.on_predict_batch_end(i, {"outputs": done[-1]})
    return done


def _quick_size(model: Any) -> int:
    """Rows at a time: many, but not more than the largest layer's output leaves room for."""
    widest = max(sum(_numbers(tensor.shape) for tensor in jax.tree.leaves(node.outputs)) for node in model.graph.nodes)
    return max(_LEAST, min(8192, _ACTIVATION_BYTES // (4 * max(widest, 1))))


def _numbers(shape: tuple) -> int:
    return int(np.prod([n or 1 for n in shape[1:]], dtype=int))
