"""Spans: the calls of the engine that an epoch, or several short ones, are made of.

A span is one compiled call over these steps of these epochs. It ends where something outside must happen: an epoch's end, a
callback that watches batches, a checkpoint, or a quarter of a second, at which progress is shown and Ctrl-C is noticed. An
epoch of a tiny table takes less time than a call: there a span holds as many whole epochs as fit into that time.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from dragonet.training.data.sources import Segment

MOST_ROWS = 2**22  # in the orders of one span's epochs, which take 4 bytes each


class SpanToRun(NamedTuple):
    """What one call of the engine shall do: `program(state, sums, *rows, first_step, seed)`."""

    program: Callable
    rows: tuple  # the data, an order, and where in it the steps are
    segments: list[Segment]  # a part of an epoch: the segment that it is of; whole epochs: one for each of them
    start: int  # of its first row in the order
    steps: int
    epochs: int  # how many whole ones; 0: a part of one
    hook_after: int | None  # after how many steps a callback's batch hook is due


def part_of_epoch(fit: Any, segment: Segment, done: int) -> SpanToRun:
    """The next steps of a segment of which so many are done."""
    count = 1 if fit.trainee.stop_training else min(fit.tuner(segment.batch).steps, segment.steps - done)
    hook_after = fit.callbacks.steps_until_hook()
    count = count if hook_after is None else min(count, hook_after)
    start = segment.start + done * segment.batch
    rows = segment.data, segment.order, start, count
    return SpanToRun(fit.program(segment.batch), rows, [segment], start, count, 0, hook_after)


def whole_epochs(fit: Any) -> SpanToRun | None:
    """Whole epochs, as many as fit into a span and nothing outside has to see between; None where that is not one."""
    source = fit.source
    if not source.resident or fit.done_in_epoch or fit.callbacks.steps_until_hook() is not None:
        return None
    tuner = fit.span_lengths.get(source.first_batch)
    if fit.trainee.stop_training or tuner is None or tuner.steps < source.steps:
        return None
    program = fit.engine.epochs(fit.objective, source.batch_size, fit.state, source.data)
    if program is None:
        return None
    count = min(tuner.steps // source.steps, fit.epochs - fit.epoch, max(1, MOST_ROWS // source.n))
    if fit.callbacks.watches_epochs():
        count = 1
    elif fit.validate is not None:  # the first validated epoch is the last one of the span
        count = next((i + 1 for i in range(count) if fit.validation_epochs(fit.epoch + i)), count)
    orders = source.orders(fit.seed, fit.step, count)
    segments = [Segment(source.data, order, 0, source.batch_size, source.steps) for order in orders]
    rows = source.data, orders, source.batch_size
    return SpanToRun(program, rows, segments, 0, count * source.steps, count, None)


def of_epoch(fit: Any) -> Iterator[SpanToRun]:
    """The spans of the epoch under way; one of whole epochs ends with a later epoch than it began with."""
    several = whole_epochs(fit)
    if several is not None:
        yield several
        return
    for segment in fit.source.epoch(fit.seed, fit.epoch_step, skip=fit.done_in_epoch):
        first = fit.done_in_epoch
        while fit.done_in_epoch - first < segment.steps:
            yield part_of_epoch(fit, segment, fit.done_in_epoch - first)
            if fit.is_over():
                return
