"""The loop of every training: spans, each one call of the engine, and what happens between them."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

from dragonet.core import errors
from dragonet.engines.base import Span, logs, zero_sums
from dragonet.training.data.epoch_order import SpanTuner
from dragonet.training.fitting import checkpointing, not_finite, spans
from dragonet.training.fitting.backup import Backup, is_lost
from dragonet.training.fitting.interrupt import watched
from dragonet.training.fitting.spans import SpanToRun
from dragonet.training.fitting.trainee import Trainee
from dragonet.training.history import History
from dragonet.training.objectives.protocol import Objective, State


class Fit:
    """One call of `fit`: where it stands, and how to go on from there.

    `epoch` epochs are done, and `done_in_epoch` steps of the one under way; `step` counts all steps of all trainings, and
    was `epoch_step` when the epoch began. `sums` add up the figures of the epoch.
    """

    def __init__(
        self,
        trainee: Trainee,
        objective: Objective,
        engine: Any,
        source: Any,
        state: State,
        *,
        seed: int,
        epochs: int,
        callbacks: Any,
        progress: Any,
        history: History,
        initial_epoch: int = 0,
        validate: Callable[[State], dict[str, Any]] | None = None,
        validation_epochs: Callable[[int], bool] = lambda epoch: True,
        span_lengths: dict[int, SpanTuner] | None = None,
    ):
        self.trainee, self.objective, self.source, self.state = trainee, objective, source, state
        self.seed, self.epochs, self.callbacks, self.progress = seed, epochs, callbacks, progress
        self.validate, self.validation_epochs, self.history = validate, validation_epochs, history
        self.span_lengths = {} if span_lengths is None else span_lengths
        self.epoch, self.done_in_epoch = initial_epoch, 0
        self.step = self.epoch_step = trainee.steps
        self.is_cut_short = False  # whether Ctrl-C or NaN ended the last epoch before its last step
        self.last_logs: dict[str, Any] = {}
        self.backup = Backup(objective)
        self.use_engine(engine)

    def run(self) -> History:
        """Train to the end, or until something stops it; the weights are then consistent."""
        self.trainee.stop_training = False
        with watched() as self.interrupt:
            with self._rescued():
                self.callbacks.on_train_begin()
                for span in self._spans():
                    self._before(span)
                    began = time.perf_counter()
                    result = span.program(self.state, self.sums, *span.rows, self.step, self.seed)
                    self._after(span, result, time.perf_counter() - began)
            self._finish()
        return self.history

    # --- epochs -----------------------------------------------------------------------------------------------------------

    def _spans(self) -> Iterator[SpanToRun]:
        """The spans of all epochs to come."""
        while self.epoch < self.epochs and self.history.stopped is None:
            if not self.source.has_batches():
                self.source.warn_out_of_data()
                self.history.stopped = "out of data"
                return
            self._begin_epoch()
            yield from spans.of_epoch(self)
            self.is_over()
            self._end_epoch()
            if self.is_over():
                return

    def is_over(self) -> bool:
        """Whether something asks for the end: Ctrl-C, a callback, a loss that is not finite."""
        if self.interrupt.pressed and self.history.stopped is None:
            self.history.stopped = "interrupted"
        return self.trainee.stop_training or self.history.stopped is not None

    def _begin_epoch(self) -> None:
        self._began = time.perf_counter()
        if self.done_in_epoch == 0:
            self.epoch_step = self.step
            self.sums, self.state = zero_sums(self.objective), self.objective.reset_metrics(self.state)
            self.callbacks.on_epoch_begin(self.epoch)
        self.progress.begin_epoch(self.epoch, self.source.steps)
        self._refresh()

    def _end_epoch(self, is_published: bool = True) -> None:
        """Close an epoch, which something may have cut short; is_published: the weights are those that it ended with.

        As in Keras a loss that became NaN is the epoch's. After Ctrl-C there is no validation of half an epoch.
        """
        epoch_logs = self.logs()
        if self.history.stopped == "not finite":
            epoch_logs["loss"] = math.nan
        is_whole = self.source.steps is not None and self.done_in_epoch >= self.source.steps
        is_interrupted = self.history.stopped == "interrupted" and not is_whole
        self.is_cut_short = is_interrupted or self.history.stopped == "not finite"
        if is_published:
            if self.validate is not None and self.validation_epochs(self.epoch) and not is_interrupted:
                epoch_logs |= {f"val_{name}": value for name, value in self.validate(self.state).items()}
            self.publish()
        self.last_logs = dict(sorted(epoch_logs.items()))  # Keras's order
        self.epoch, self.done_in_epoch = self.epoch + 1, 0
        self.callbacks.on_epoch_end(self.epoch - 1, self.last_logs)
        self.progress.end_epoch(self.last_logs, time.perf_counter() - self._began)

    # --- around a span ------------------------------------------------------------------------------------------------------

    def _before(self, span: SpanToRun) -> None:
        if span.hook_after is not None:
            self.callbacks.on_train_batch_begin(self.done_in_epoch)
            self._refresh()
        self.backup.keep(self.state)

    def _after(self, span: SpanToRun, result: Span, seconds: float) -> None:
        self.state, self.sums = result.state, result.sums
        self.step, self.done_in_epoch = self.step + result.steps, self.done_in_epoch + result.steps
        self.tuner(span.segments[0].batch).record(result.steps, seconds)
        if span.epochs:
            self._began = time.perf_counter() - seconds / span.epochs
            self._end_earlier_epochs(span, result)
        if not result.finite:
            segment = span.segments[len(result.epochs)]
            start = segment.batch * (self.done_in_epoch if span.epochs else result.steps)
            not_finite.stop(self, segment, span.start + start)
            return
        if span.hook_after is not None:
            self.publish()
            self.callbacks.passed(result.steps)
            if result.steps == span.hook_after:
                self.callbacks.on_train_batch_end(self.done_in_epoch - 1, self.logs())
            self._refresh()
        self.progress.update(self.done_in_epoch, self.logs)

    def _end_earlier_epochs(self, span: SpanToRun, result: Span) -> None:
        """Close the whole epochs of a span but the last one, which ends as any epoch does; nothing watches them."""
        for number, (totals, sums) in enumerate(result.epochs, 1):
            self.state, self.sums, self.done_in_epoch = self.state | totals, sums, self.source.steps
            if number < span.epochs:
                self.progress.update(self.done_in_epoch, self.logs)
                self._end_epoch(is_published=False)
                self.progress.begin_epoch(self.epoch, self.source.steps)
        if not result.finite:  # in the epoch after those
            self.state, self.sums = result.state, result.sums
            self.done_in_epoch = result.steps - len(result.epochs) * self.source.steps
            self.epoch_step = self.step - self.done_in_epoch

    def logs(self) -> dict[str, Any]:
        """The figures and metrics of the epoch so far."""
        return logs(self._metrics, self.objective, self.sums, self.state)

    # --- state ------------------------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        self.state = self.trainee.refresh(self.objective, self.state)

    def publish(self) -> None:
        """Show the weights that there are now."""
        self.trainee.publish(self.objective, self.state, self.step)

    def use_engine(self, engine: Any) -> None:
        """Run on this engine from now on."""
        self.engine = engine
        # Kept, since an engine finds a program by all that it computes, which takes longer than a short epoch.
        self._metrics = engine.values(self.objective)
        self._programs: dict[int, Callable[..., Span]] = {}

    def program(self, batch: int) -> Callable[..., Span]:
        """The engine's loop for batches of so many rows."""
        if batch not in self._programs:
            most = getattr(self.source, "batch_size", None)
            self._programs[batch] = self.engine.training(self.objective, batch, most)
        return self._programs[batch]

    def tuner(self, batch: int) -> SpanTuner:
        """How many steps of so many rows fit into a span."""
        return self.span_lengths.setdefault(batch, SpanTuner())

    def save(self, path: Any) -> None:
        """Write a checkpoint of all that is needed to go on from here."""
        checkpointing.save(self, path)

    def load(self, path: Any) -> None:
        """Go on from where a checkpoint was written."""
        checkpointing.load(self, path)

    # --- the end ----------------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        if self.trainee.stop_training and self.history.stopped is None:
            self.history.stopped = "callback"
        if not self.objective.is_finite(self.state):
            not_finite.stop(self)
        self.state = self.objective.finalize(self.state)
        self.publish()
        self.callbacks.on_train_end(self.last_logs)
        if self.history.stopped == "interrupted":
            errors.warn("Training was interrupted; the model holds the weights that it had then.")

    @contextlib.contextmanager
    def _rescued(self) -> Iterator[None]:
        """After an error, which may have used up the state, leave weights that are whole: the last ones, or the backup."""
        try:
            yield
        except BaseException:
            if not is_lost(self.state):
                self.publish()
            elif self.backup.weights is not None:
                self.trainee.restore_weights(self.objective, self.backup.weights)
            raise
        finally:
            self.progress.close()
