"""test: the figures of an objective on data that it does not learn from, for evaluate and for the validation in fit."""

from typing import Any

from dragonet.callbacks.callback_list import CallbackList
from dragonet.engines.base import logs, zero_sums
from dragonet.training.data import arrays
from dragonet.training.data.adapter import feed
from dragonet.training.fitting.fit_metadata import notice_test
from dragonet.training.objectives.check import check_test
from dragonet.training.objectives.protocol import Objective, State
from dragonet.training.progress import Progress

_ROWS_PER_CALL = 2**16  # of the engine; progress is shown after each call


def test(
    engine: Any, objective: Objective, source: Any, state: State, callbacks: Any, progress: Any = None
) -> dict[str, Any]:
    """The loss and the metrics over all batches of a source; nothing where a generator has no batches left."""
    if not source.has_batches():
        source.warn_out_of_data()
        return {}
    callbacks.on_test_begin()
    state, sums, done = objective.reset_metrics(state), zero_sums(objective), 0
    metrics = engine.values(objective)
    has_hooks = callbacks.wants_batches("test")

    def logs_so_far() -> dict[str, Any]:
        return logs(metrics, objective, sums, state)

    for segment in source.epoch(seed=0, first_step=0):
        program = engine.testing(objective, segment.batch)
        most = 1 if has_hooks else max(1, _ROWS_PER_CALL // segment.batch)
        for first in range(0, segment.steps, most):
            if has_hooks:
                callbacks.on_test_batch_begin(done)
            count = min(most, segment.steps - first)
            state, sums = program(state, sums, segment.data, segment.start + first * segment.batch, count)
            done += count
            if has_hooks:
                callbacks.on_test_batch_end(done - 1, logs_so_far())
            if progress is not None:
                progress.update(done, logs_so_far)
    result = logs_so_far()
    callbacks.on_test_end(result)
    return result


def evaluate(
    model: Any,
    x: Any,
    y: Any,
    batch_size: int | None,
    verbose: Any,
    sample_weight: Any,
    steps: int | None,
    callbacks: Any,
) -> dict[str, Any]:
    """What `model.evaluate` does."""
    training = model.training_state
    training.compiled_for("evaluate")
    rows = feed(model, x, y, sample_weight, None, "evaluate")
    hooks = CallbackList(callbacks, model, {})
    source = rows.source(batch_size, shuffle=False, steps=steps, test=not hooks.wants_batches("test"))
    objective = training.objective_for(rows.first["y"])
    check_test("evaluate", objective)
    hooks.set_params({"verbose": verbose, "epochs": 1, "steps": source.steps})
    if model.history is not None and training.fit is None:
        notice_test(model.history, rows.first)
    progress = Progress(verbose, 1, source.steps)
    progress.begin_test(source.steps)
    try:
        state = training.start(objective, rows.first, getattr(source, "first_batch", arrays.rows(rows.first)))
        result = test(rows.engine, objective, source, state, hooks, progress)
        progress.end_test(result)
    finally:
        progress.close()
    return result
