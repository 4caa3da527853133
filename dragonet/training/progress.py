"""Progress: how far a training is; a bar on a terminal, one line an epoch in a log file, one place in a notebook."""

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TextIO

from dragonet.core import checks
from dragonet.training.progress_displays import SECONDS, clock, display_for, joined, metrics_text, pace_text


class Progress:
    """Shows the epochs of a training, or one round of evaluate (epochs=1), on `file` (standard output).

    verbose: 0 shows nothing, 2 one line an epoch, 'auto' and 1 a bar with metrics and the time left where `file` is a
    terminal or a notebook, else one line an epoch: a log file is never flooded. It is drawn four times a second at
    most, and Rich is only loaded to draw a bar. Raises ValueError for another verbose.

    >>> progress = Progress(verbose=2, epochs=3, file=sys.stdout)
    >>> progress.begin_epoch(0, steps=1875)
    >>> progress.update(1875, {"loss": 0.3})
    >>> progress.end_epoch({"accuracy": 0.91234, "loss": 0.3}, seconds=3.75)
    Epoch 1/3 - 1875/1875 - 4s - 2ms/step - accuracy: 0.9123 - loss: 0.3000
    """

    SECONDS = SECONDS  # between two drawings

    def __init__(
        self, verbose: str | int = "auto", epochs: int = 1, steps: int | None = None, file: TextIO | None = None
    ):
        verbose = checks.one_of("The progress bar", "verbose", verbose, ("auto", 0, 1, 2))
        self._display = display_for(verbose, file or sys.stdout)
        self._epochs, self._steps = epochs, steps

    def notice(self, lines: Iterable[str]) -> None:
        """Show what was noticed before the training, a line for each."""
        for line in lines:
            self._display.say(f"noticed: {line}")

    def begin_epoch(self, epoch: int, steps: int | None = None) -> None:
        """An epoch, counted from 0, of so many steps begins; None where it is not known."""
        self._steps, self._step = steps, 0
        # (time, step) of the updates; the time before the first includes the compiling
        self._first: tuple[float, int] | None = None
        self._last: tuple[float, int] | None = None
        self._drawn = time.perf_counter()  # an epoch shorter than SECONDS needs no bar
        self._display.begin(f"Epoch {epoch + 1}/{self._epochs}" if self._epochs > 1 else "")

    def update(self, step: int, logs: Mapping[str, Any] | Callable[[], Mapping[str, Any]]) -> None:
        """So many steps of the epoch are done. A function that makes the logs is called only where they are drawn."""
        now = time.perf_counter()
        self._step, self._last = step, (now, step)
        self._first = self._first or self._last
        if self._display.moves and now - self._drawn >= self.SECONDS:
            logs = logs() if callable(logs) else logs
            pace = self._pace()
            left = clock((self._steps - step) * pace) if self._steps and pace else ""
            text = joined(" ", left, pace_text(pace)) + metrics_text(logs)
            self._display.draw(step, self._steps, text.removeprefix(" - "))
            self._drawn = time.perf_counter()

    def end_epoch(self, logs: Mapping[str, Any], seconds: float) -> None:
        """The epoch and its validation are over, after so many seconds; logs hold all that is known of it."""
        pace = self._pace() or (seconds / self._step if self._step else 0)
        self._display.end(self._step, self._steps, clock(seconds), pace_text(pace), metrics_text(logs))

    def begin_test(self, steps: int | None = None) -> None:
        """A round of evaluate begins."""
        self._began = time.perf_counter()
        self.begin_epoch(0, steps)

    def end_test(self, logs: Mapping[str, Any]) -> None:
        """The round of evaluate is over."""
        self.end_epoch(logs, time.perf_counter() - self._began)
        self.close()

    def close(self) -> None:
        """Leave the screen in order, also after an error."""
        self._display.close()

    def _pace(self) -> float:
        """Seconds a step, by the epoch's updates but the first; 0 where it had no two."""
        if self._first is None or self._last is None or self._first == self._last:
            return 0.0
        (since, first), (until, last) = self._first, self._last
        return (until - since) / max(1, last - first)
