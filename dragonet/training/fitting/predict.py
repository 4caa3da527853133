"""predict: the outputs for any number of rows, in chunks that fit the memory."""

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from dragonet.callbacks.callback_list import CallbackList
from dragonet.core import checks, errors
from dragonet.graph.tensors import unpacked
from dragonet.training.data.adapter import BATCH_SIZE, even_size, is_stream, model_inputs
from dragonet.training.data.sizes import LEAST_ROWS, check_test, quick_rows
from dragonet.training.data.stream import READ_ONCE, Stream, number_of
from dragonet.training.fitting.stateful import batch_of, is_stateful, run_and_keep_states


def predict(model: Any, x: Any, batch_size: int | None, steps: int | None, user_callbacks: Any) -> Any:
    """The outputs as NumPy arrays, nested as the model's outputs are."""
    callbacks = CallbackList(user_callbacks, model, {})
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
        y = unpacked(run(rows))
        done.append(y if isinstance(y, np.ndarray) else jax.tree.map(np.array, y))
        callbacks.on_predict_batch_end(i, {"outputs": done[-1]})
    outputs = done[0] if len(done) == 1 else jax.tree.map(lambda *pieces: np.concatenate(pieces), *done)
    callbacks.on_predict_end()
    return outputs if model.target_scaling is None else model.target_scaling.decode(outputs)


def predict_classes(model: Any, x: Any) -> np.ndarray:
    """The most probable class of each row, as the word or number that the labels used.

    Raises ValueError for a model with several outputs, and where a class has no name.
    """
    p = model.predict(x)
    if not isinstance(p, np.ndarray):
        raise errors.value_error("predict_classes", "a model of one output", f"{len(p)} outputs")
    even = 0.0 if getattr(model.loss, "from_logits", False) else 0.5
    index = (p[..., 0] > even).astype(int) if p.shape[-1] == 1 else p.argmax(-1)
    names = model.classes_
    if names is None:
        return index
    if index.max() >= len(names):
        needs, got = f"a name for class {index.max()}", f"{len(names)}, {errors.short_repr(names.tolist())}"
        raise errors.value_error("predict_classes", needs, got, "Write model.classes_ = [...], a name for each output.")
    return names[index]


def _has_targets(model: Any, batch: Any) -> bool:
    """Whether a batch is (x, y): a tuple, or the list that PyTorch's DataLoader yields. A list for several inputs is x."""
    if isinstance(batch, tuple):
        return True
    is_pair = isinstance(batch, list) and len(batch) in (2, 3) and all(hasattr(part, "shape") for part in batch)
    return is_pair and not isinstance(model.input_shape, list | dict)


def _pieces(model: Any, x: Any, batch_size: int | None, steps: int | None) -> Iterator[tuple[Callable, list]]:
    """One piece of the rows after another, and the function that predicts it."""
    stream, taken = is_stream(x), 0
    for batch in itertools.islice(_batches(x) if stream else _chunks(model, x, batch_size, steps), steps):
        taken += 1
        if taken == Stream.ENDLESS and steps is None and stream and number_of(x) is None:
            text = f"predict has read {taken:,} batches, and there are more. If they never end, write steps=..."
            errors.warn(text)
        if stream:
            yield from _chunks(model, batch[0] if _has_targets(model, batch) else batch, None)
        else:
            yield batch
    if not taken:
        raise errors.value_error("predict", "at least one batch", "a generator that yields nothing", READ_ONCE)
    if steps is not None and taken < steps:
        text = f"Your input ran out of data: steps is {steps}, but there were {taken} batches, which are predicted."
        errors.warn(text)


def _batches(x: Any) -> Iterator[Any]:
    count = number_of(x)
    return iter(x) if hasattr(x, "__iter__") or count is None else (x[i] for i in range(count))


def _chunks(model: Any, x: Any, batch_size: int | None, steps: int | None = None) -> Iterator[tuple[Callable, list]]:
    x = model_inputs(model, x)
    n = len(x[0])
    size = batch_size or batch_of(model.graph) or (n if n <= LEAST_ROWS else even_size(n, quick_rows(model.graph)))
    engine = model.training_state.engine(learn=False)
    check_test("predict", model, n if steps is None else min(n, steps * size), engine.test_rows(min(n, size)))
    program = engine.prediction(model.graph)
    for first in range(0, n, size):
        model.graph.renew_random_state()
        if is_stateful(model.graph):
            run = functools.partial(run_and_keep_states, model.graph)
        else:
            run = functools.partial(program, *model.graph.gather())
        yield run, x if size >= n else [part[first : first + size] for part in x]
