"""fit: train an objective without a model."""

import functools
from typing import Any

import jax
import numpy as np

from dragonet.core import arguments, checks, errors, session
from dragonet.engines.base import processors
from dragonet.engines.xla.engine import XLA
from dragonet.training.data.adapter import BATCH_SIZE, is_stream
from dragonet.training.data.sources import Rows
from dragonet.training.data.stream import Stream
from dragonet.training.fit_session import FitSession
from dragonet.training.fitting.fit_metadata import facts_after, facts_of
from dragonet.training.fitting.fit_model import callback_list
from dragonet.training.fitting.loop import Fit
from dragonet.training.fitting.testing import test
from dragonet.training.history import History
from dragonet.training.objectives.check import check_members, check_step, check_test, first_state
from dragonet.training.objectives.protocol import Objective, State
from dragonet.training.progress import Progress

_WHO = "training.fit"


@arguments.flags_checked
@errors.user_facing
def fit(
    objective: Objective,
    data: object,
    *,
    epochs: int = 1,
    batch_size: int | None = None,
    callbacks: object = None,
    seed: int | None = None,
    verbose: str | int = "auto",
    validation_data: object = None,
    shuffle: bool = True,
    steps_per_epoch: int | None = None,
    engine: str = "xla",
) -> tuple[State, History]:
    """Train an objective of your own without a model; returns its state, as NumPy arrays, and the History.

    Args: `data`, any tree of arrays with one row for each example, or a generator or PyDataset of such batches; `batch_size`,
    32 where it is None; `seed`, of the first state, the order of the rows and the key of each step, the session's where it is
    None; `validation_data`, scored by the objective's `test` after each epoch. Callbacks see a `FitSession` as their model;
    with a `BackupAndRestore` a training that was killed goes on and ends with the same bits.
    Raises TypeError or ValueError, in one sentence, for data and objectives that cannot be trained.

    >>> import jax.numpy as jnp
    >>> from dragonet import optimizers, training
    >>> def loss(params, batch, key):
    ...     return jnp.mean((params["slope"] * batch["x"] - batch["y"]) ** 2)
    >>> objective = training.from_loss(loss, optimizers.SGD(0.1), params={"slope": 0.0})
    >>> x = np.linspace(-1, 1, 64)
    >>> state, history = training.fit(objective, {"x": x, "y": 3 * x}, epochs=60, verbose=0)
    >>> round(float(state["params"]["slope"]), 2), len(history.history["loss"])
    (3.0, 60)
    """
    check_members(_WHO, objective)
    epochs = checks.whole(_WHO, "epochs", epochs, 0)
    if not isinstance(engine, str) or engine not in ("auto", "xla"):
        is_native = isinstance(engine, str) and engine == "native"
        instead = "The native engine trains what compile makes of a loss." if is_native else ""
        raise errors.value_error(_WHO, "engine to be 'xla' or 'auto'", errors.short_repr(engine), instead)
    seed = session.seed() if seed is None else checks.whole(_WHO, "seed", seed, 0)
    run_on = XLA()
    source, first = _source(data, batch_size, run_on, shuffle, steps_per_epoch)
    fit_session = FitSession(objective, engine)
    fit_session.history = history = _history(verbose, epochs, source)
    settings = {"epochs": epochs, "batch_size": getattr(source, "batch_size", None), "processors": processors()}
    validation = None if validation_data is None else _validation_arrays(validation_data, first)
    history.facts |= facts_of(first, validation, objective, settings)
    fit_session.state = state = first_state(objective, first, seed)
    check_step(objective, state, first, _rows(source, first))
    hooks = callback_list(callbacks, fit_session, history, validation is not None)
    if hooks.steps_until_hook() == 1 and isinstance(source, Stream):
        source.at_once = 1  # a hook and the code that makes the batches take turns
    progress = Progress(verbose, epochs, source.steps)
    fit_session.fit = Fit(
        fit_session,
        objective,
        run_on,
        source,
        state,
        seed=seed,
        epochs=epochs,
        callbacks=hooks,
        progress=progress,
        history=history,
        validate=None if validation is None else _validate(objective, validation, source, run_on, hooks),
    )
    fit_session.fit.run()
    history.facts |= facts_after(hooks.callbacks)
    return jax.tree.map(np.array, fit_session.state), history


def _source(data: Any, batch_size: int | None, engine: Any, shuffle: bool, steps: int | None) -> tuple[Any, Any]:
    """The batches, and all rows of the data, or the first batch of a stream."""
    steps = None if steps is None else checks.whole(_WHO, "steps_per_epoch", steps)
    if is_stream(data):
        stream = Stream(data, functools.partial(_arrays, name="a batch"), engine.put)
        stream.shuffle = shuffle
        stream.limit(steps)
        return stream, stream.first
    arrays = _arrays(data, "data")
    size = BATCH_SIZE if batch_size is None else checks.whole(_WHO, "batch_size", batch_size)
    n = len(jax.tree.leaves(arrays)[0])
    return Rows(arrays, min(size, n), engine.put, shuffle=shuffle, steps=steps), arrays


def _rows(source: Any, first: Any) -> int:
    """How many rows the first step sees."""
    return getattr(source, "first_batch", len(jax.tree.leaves(first)[0]))


def _arrays(tree: Any, name: str) -> Any:
    """A tree of NumPy arrays, each with as many rows as the others.

    Raises TypeError or ValueError where it is not.
    """
    if not jax.tree.leaves(tree):
        raise errors.type_error(_WHO, f"{name} as a tree of arrays", errors.short_repr(tree))
    arrays = jax.tree.map(functools.partial(_array, name), tree)
    shapes = [leaf.shape for leaf in jax.tree.leaves(arrays)]
    if len({shape[0] for shape in shapes}) > 1:
        raise errors.value_error(_WHO, f"{name} of arrays with as many rows each", f"the shapes {shapes}")
    if not shapes[0][0]:
        raise errors.value_error(_WHO, f"at least one row in {name}", f"shape {shapes[0]}")
    return arrays


def _validation_arrays(tree: Any, first: Any) -> Any:
    """The validation data, whose rows are shaped as those of the data.

    Raises TypeError or ValueError where they are not.
    """
    arrays = _arrays(tree, "validation_data")
    rows, validation_rows = (jax.tree.map(lambda a: a.shape[1:], part) for part in (first, arrays))
    if rows != validation_rows:
        raise errors.value_error(_WHO, f"validation_data with rows of shape {rows}", f"{validation_rows}")
    return arrays


def _array(name: str, leaf: Any) -> np.ndarray:
    array = np.asarray(leaf)
    if array.dtype.kind not in "fiubV" or array.dtype.names:
        raise errors.type_error(_WHO, f"{name} of numbers", errors.short_repr(leaf))
    if array.ndim == 0:
        got = f"the single value {errors.short_repr(leaf)}"
        raise errors.value_error(_WHO, f"{name} with one row an example", got, "Pass arrays, not lists of numbers.")
    if array.dtype.kind in "iu" and array.dtype.itemsize >= 4 and array.size and not _fits_int32(array):
        got = f"{max(abs(int(array.min())), int(array.max()))}"
        raise errors.value_error(_WHO, f"whole numbers of {name} below 2**31", got, "Convert them to floats.")
    return array


def _fits_int32(array: np.ndarray) -> bool:
    return int(array.min()) >= -(2**31) and int(array.max()) < 2**31


def _history(verbose: Any, epochs: int, source: Any) -> History:
    history = History()
    history.params = {"verbose": verbose, "epochs": epochs, "steps": source.steps}
    history.engine = "xla: an objective of your own"
    return history


def _validate(objective: Objective, validation: Any, source: Any, engine: Any, hooks: Any) -> Any:
    """The function that scores a state on the validation data, in batches as large as those of the training."""
    check_test(f"{_WHO}(validation_data=...)", objective)
    n = len(jax.tree.leaves(validation)[0])
    rows = Rows(validation, min(getattr(source, "batch_size", BATCH_SIZE), n), engine.put, shuffle=False)

    def validate(state: State) -> dict[str, Any]:
        return test(engine, objective, rows, state, hooks)

    return validate
