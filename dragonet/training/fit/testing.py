"""test: the figures of a model on data that it does not learn from, for evaluate and for fit's validation."""

from typing import Any

from dragonet.engines.base import logs, zero_sums

_ROWS_AT_ONCE = 2**16  # in one compiled call, after which progress is shown


def test(engine: Any, objective: Any, source: Any, state: Any, callbacks: Any, progress: Any = None) -> dict[str, Any]:
    """The loss and the metrics over all batches of a source; nothing where a generator has no batches left."""
    if not source.has_batches():
        source.warn_out_of_data()
        return {}
    callbacks.on_test_begin()
    held = {name: state[name] for name in ("params", "state")} | {"totals": objective.zero_totals()}
    sums, done = zero_sums(objective), 0
    values = engine.values(objective)
    heard = callbacks.wants_batches("test")

    def seen() -> dict[str, Any]:
        return logs(values, objective, sums, held["totals"])

    for segment in source.epoch(seed=0, first_step=0):
        program = engine.testing(objective, segment.batch)
        at_once = 1 if heard else max(1, _ROWS_AT_ONCE // segment.batch)
        for first in range(0, segment.steps, at_once):
            if heard:
                callbacks.on_test_batch_begin(done)
            count = min(at_once, segment.steps - first)
            held, sums = program(held, sums, segment.data, segment.start + first * segment.batch, count)
            done += count
            if heard:
                callbacks.on_test_batch_end(done - 1, seen())
            if progress is not None:
                progress.update(done, seen)
    result = seen()
    callbacks.on_test_end(result)
    return result
