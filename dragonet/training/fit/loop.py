"""The loop of `fit`: epochs of spans, with everything that happens between them.

A span is one compiled call of many steps. It ends where something outside must happen: an epoch's end, a callback that watches
batches, a checkpoint, or a quarter of a second, at which progress is shown and Ctrl-C is heard.
"""

import math
import time
from typing import Any

import jax
import numpy as np

from dragonet.core import errors
from dragonet.engines.base import logs, zero_sums
from dragonet.training.data.epoch_order import SpanTuner
from dragonet.training.data.sources import Segment
from dragonet.training.fit import not_finite
from dragonet.training.fit.interrupt import watched
from dragonet.training.history import History
from dragonet.training.objectives.supervised import leaf_masks

_MOST_ROWS = 2**22  # in the orders of one span's epochs, which take 4 bytes each


class Fit:
    """One call of `fit`: where it stands, and how to go on from there."""

    def __init__(
        self,
        model: Any,
        objective: Any,
        engine: Any,
        source: Any,
        *,
        seed: int,
        epochs: int,
        initial_epoch: int,
        callbacks: Any,
        progress: Any,
        validate: Any,
        validation_epochs: Any,
        history: History,
        span_lengths: dict[int, SpanTuner],
    ):
        self.model, self.objective, self.engine, self.source = model, objective, engine, source
        self.seed, self.epochs, self.callbacks, self.progress = seed, epochs, callbacks, progress
        self.validate, self.validation_epochs, self.history = validate, validation_epochs, history
        self.epoch, self.done_in_epoch = initial_epoch, 0
        self.cut_short = False  # whether Ctrl-C or NaN ended the last epoch before its last step
        self.state = model.training_state(objective)
        self.step = int(self.state["opt"]["iterations"]) if "iterations" in self.state["opt"] else 0
        self.epoch_step = self.step
        self.sums = zero_sums(objective)
        # Asked for once: an engine finds a program by all that it computes, which takes longer than a short epoch.
        self.values, self.nothing_counted = engine.values(objective), objective.zero_totals()
        self.programs: dict[int, Any] = {}
        self.span_lengths = span_lengths
        self.backup: Any = None
        self.backed_up_at = -math.inf

    # --- the whole ------------------------------------------------------------------------------------------------------

    def run(self) -> History:
        """Train to the end, or until something stops it; the model then holds consistent weights."""
        self.model.stop_training = False
        with watched() as interrupt:
            self.interrupt = interrupt
            last: dict[str, float] = {}
            try:
                self.callbacks.on_train_begin()
                while self.epoch < self.epochs and self.history.stopped is None:
                    if not self.source.has_batches():
                        self.source.warn_out_of_data()
                        self.history.stopped = "out of data"
                        break
                    count = self._at_once()
                    last = self._several(count) if count else self._epoch()
                    if self._over():
                        break
                if self.model.stop_training and self.history.stopped is None:
                    self.history.stopped = "callback"
            except BaseException:
                self._rescue()
                raise
            finally:
                self.progress.close()
            self._finalize()
            self.callbacks.on_train_end(last)
        if self.history.stopped == "interrupted":
            errors.warn("Training was interrupted; the model holds the weights that it had then.")
        return self.history

    def _over(self) -> bool:
        if self.interrupt.pressed:
            self.history.stopped = "interrupted"
        return self.model.stop_training or self.history.stopped is not None

    def _epoch(self) -> dict[str, float]:
        began, first = time.perf_counter(), self.done_in_epoch
        if self.done_in_epoch == 0:
            self.epoch_step = self.step
            self._start_counting()
            self.callbacks.on_epoch_begin(self.epoch)
        self.progress.begin_epoch(self.epoch, self.source.steps)
        self._refresh()
        for segment in self.source.epoch(self.seed, self.epoch_step, skip=first):
            self._segment(segment)
            if self._over():
                break
        seen = self._end_epoch(self._logs())
        self.progress.end_epoch(seen, time.perf_counter() - began)
        return seen

    def _end_epoch(self, seen: dict[str, float], looked_at: bool = True) -> dict[str, float]:
        """Close an epoch, which something may have cut short; looked_at: the weights are those that it ended with.

        As in Keras a loss that became NaN is the epoch's. After Ctrl-C nobody waits for the validation of half an epoch.
        """
        if self.history.stopped == "not finite":
            seen["loss"] = math.nan
        whole = self.source.steps is not None and self.done_in_epoch >= self.source.steps
        interrupted = self.history.stopped == "interrupted" and not whole
        self.cut_short = interrupted or self.history.stopped == "not finite"
        if looked_at and self.validate is not None and self.validation_epochs(self.epoch) and not interrupted:
            seen |= {f"val_{name}": value for name, value in self.validate(self.state).items()}
        if looked_at:
            self.leave_weights()
        seen = dict(sorted(seen.items()))  # Keras's order
        self.epoch, self.done_in_epoch = self.epoch + 1, 0
        self.callbacks.on_epoch_end(self.epoch - 1, seen)
        return seen

    def _at_once(self) -> int:
        """How many epochs the next span shall hold whole, with nobody looking at the model between them; 0: not even one."""
        steps = self.source.steps
        if not self.source.resident or self.done_in_epoch or self.callbacks.steps_until_hook() is not None:
            return 0
        if self.model.stop_training:  # one step is made, as in Keras
            return 0
        pace = self.span_lengths.get(self.source.first_batch)
        if pace is None or pace.steps < steps or self._whole_epochs() is None:
            return 0
        most = min(pace.steps // steps, self.epochs - self.epoch, max(1, _MOST_ROWS // self.source.n))
        if self.callbacks.watches_epochs():
            return 1
        validated = self.validate is not None and [i for i in range(most) if self.validation_epochs(self.epoch + i)]
        return validated[0] + 1 if validated else most

    def _whole_epochs(self) -> Any:
        return self.engine.epochs(self.objective, self.source.batch_size, self.state, self.source.data)

    def _several(self, count: int) -> dict[str, float]:
        """So many epochs in one span."""
        source, began = self.source, time.perf_counter()
        self.epoch_step = self.step
        self._start_counting()
        self.callbacks.on_epoch_begin(self.epoch)
        self.progress.begin_epoch(self.epoch, source.steps)
        self._refresh()
        self._keep_backup(began)
        orders = source.orders(self.seed, self.step, count)
        span = self._whole_epochs()(self.state, self.sums, source.data, orders, source.batch_size, self.step, self.seed)
        self.state, self.sums = span.state, span.sums
        self.step += span.steps
        self.span_lengths[source.first_batch].record(span.steps, time.perf_counter() - began)
        for i, (totals, sums) in enumerate(span.epochs):
            if i:
                self.progress.begin_epoch(self.epoch, source.steps)
            seen = logs(self.values, self.objective, sums, totals)
            self.progress.update(source.steps, seen)
            seen = self._end_epoch(seen, looked_at=i == count - 1)
            self.progress.end_epoch(seen, (time.perf_counter() - began) / count)
        if not span.finite:
            if span.epochs:
                self.progress.begin_epoch(self.epoch, source.steps)
            self.done_in_epoch = span.steps - len(span.epochs) * source.steps
            self.epoch_step = self.step - self.done_in_epoch
            segment = Segment(source.data, orders[len(span.epochs)], 0, source.batch_size, 1)
            self._not_finite(segment, self.done_in_epoch * source.batch_size)
            seen = self._end_epoch(self._logs())
            self.progress.end_epoch(seen, (time.perf_counter() - began) / count)
        return seen

    def _segment(self, segment: Any) -> None:
        if segment.batch not in self.programs:
            self.programs[segment.batch] = self.engine.training(
                self.objective, segment.batch, getattr(self.source, "batch_size", None)
            )
        program = self.programs[segment.batch]
        pace = self.span_lengths.setdefault(segment.batch, SpanTuner())
        done = 0
        while done < segment.steps:
            count = 1 if self.model.stop_training else min(pace.steps, segment.steps - done)
            heard = self.callbacks.steps_until_hook()
            if heard is not None:
                count = min(count, heard)
                self.callbacks.on_train_batch_begin(self.done_in_epoch)
                self._refresh()
            began = time.perf_counter()
            self._keep_backup(began)
            span = program(
                self.state,
                self.sums,
                segment.data,
                segment.order,
                segment.start + done * segment.batch,
                count,
                self.step,
                self.seed,
            )
            self.state, self.sums = span.state, span.sums
            pace.record(count, time.perf_counter() - began)
            done, self.step = done + span.steps, self.step + span.steps
            self.done_in_epoch += span.steps
            if not span.finite:
                self._not_finite(segment, segment.start + done * segment.batch)
                return
            if heard is not None:
                self.leave_weights()
                self.callbacks.passed(span.steps)
                if span.steps == heard:
                    self.callbacks.on_train_batch_end(self.done_in_epoch - 1, self._logs())
                self._refresh()
            self.progress.update(self.done_in_epoch, self._logs)
            if self._over():
                return

    # --- state ----------------------------------------------------------------------------------------------------------

    def _start_counting(self) -> None:
        self.sums = zero_sums(self.objective)
        self.state = {**self.state, "totals": self.nothing_counted}

    def _refresh(self) -> None:
        """What a user may have assigned: the learning rate, `trainable`, weights."""
        self.state = self.model.training_state(self.objective, self.state)

    def leave_weights(self) -> None:
        """Hand the model the weights that there are now."""
        self.model.leave_weights(self.state, self.step)

    @property
    def rate(self) -> float | None:
        """The learning rate; None where a schedule makes it."""
        rate = self.model.optimizer.learning_rate
        return None if callable(rate) else float(rate)

    def use_engine(self, engine: Any) -> None:
        """Go on with another engine."""
        self.engine, self.programs, self.values = engine, {}, engine.values(self.objective)

    def _logs(self) -> dict[str, float]:
        return logs(self.values, self.objective, self.sums, self.state["totals"])

    def _finalize(self) -> None:
        """The averaged weights where the optimizer keeps an average, as Keras ends a training."""
        if not self._weights_finite(self.state):
            self._not_finite()
        masks = leaf_masks(self.state["params"], np.asarray(self.state["trainable"]))
        params = self.model.optimizer.finalize(self.state["params"], self.state["opt"], masks)
        self.state = {**self.state, "params": params}
        self.leave_weights()

    # --- when things go wrong ---------------------------------------------------------------------------------------------

    def _keep_backup(self, now: float) -> None:
        """Every quarter of a second, a copy of the weights that a failure falls back to."""
        if now - self.backed_up_at < SpanTuner.SECONDS:
            return
        if self.backup is not None and not self._weights_finite(self.state):
            return
        self.backup = jax.tree.map(np.array, (self.state["params"], self.state["state"]))
        self.backed_up_at = now

    def _weights_finite(self, state: Any) -> bool:
        return all(
            np.isfinite(np.sum(leaf)) or np.isfinite(leaf).all()
            for leaf in map(np.asarray, jax.tree.leaves(state["params"]))
        )

    def _not_finite(self, segment: Any = None, start: int = 0) -> None:
        """The loss became NaN or infinite: stop, with weights that are still numbers, and say what is likely."""
        self.history.stopped = "not finite"
        kept = "the weights are those that step began with"
        where = not_finite.where(self, segment, start)
        if not self._weights_finite(self.state):
            params, running = jax.tree.map(np.array, self.backup)
            self.state = {**self.state, "params": params, "state": running, "opt": self.model.optimizer.init(params)}
            kept = "the weights are those of a quarter of a second before"
        self.leave_weights()
        self.history.facts["not_finite"] = {"epoch": self.epoch + 1, "step": self.done_in_epoch + 1, "where": where}
        errors.warn(
            f"The loss became NaN or infinite at step {self.done_in_epoch + 1} of epoch {self.epoch + 1}{where}. Training "
            f"stopped; {kept}. {not_finite.likely_cause(self.rate)}",
        )

    def _rescue(self) -> None:
        """After an error inside a span, whose buffers are lost: the weights of the last backup."""
        lost = any(getattr(leaf, "is_deleted", bool)() for leaf in jax.tree.leaves(self.state))
        if not lost:
            self.leave_weights()
        elif self.backup is not None:
            params, running = jax.tree.map(np.array, self.backup)
            self.model.graph.scatter(params, running)
            self.model.forget_optimizer_state()
