"""Progress: how far a training is; a bar on a terminal, one line an epoch in a log file, one place in a notebook."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TextIO

from dragonet.core import checks

WIDTH = 20  # of the bar, in characters


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

    SECONDS = 0.25  # between two drawings

    def __init__(
        self, verbose: str | int = "auto", epochs: int = 1, steps: int | None = None, file: TextIO | None = None
    ):
        verbose = checks.one_of("The progress bar", "verbose", verbose, ("auto", 0, 1, 2))
        self._display = _display(verbose, file or sys.stdout)
        self._epochs, self._steps = epochs, steps

    def notice(self, lines: Iterable[str]) -> None:
        """What was noticed before the training, a line each."""
        for line in lines:
            self._display.say(f"noticed: {line}")

    def begin_epoch(self, epoch: int, steps: int | None = None) -> None:
        """An epoch, counted from 0, of so many steps begins; None where nobody knows how many."""
        self._steps, self._step = steps, 0
        self._first = self._last = None  # (time, step) of the updates; what came before the first holds the compiling
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
            left = _clock((self._steps - step) * pace) if self._steps and pace else ""
            text = _joined(" ", left, _pace(pace)) + _metrics(logs)
            self._display.draw(step, self._steps, text.removeprefix(" - "))
            self._drawn = time.perf_counter()

    def end_epoch(self, logs: Mapping[str, Any], seconds: float) -> None:
        """The epoch and its validation are over, after so many seconds; logs hold all that is known of it."""
        pace = self._pace() or (seconds / self._step if self._step else 0)
        self._display.end(self._step, self._steps, _clock(seconds), _pace(pace), _metrics(logs))

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
        if self._first == self._last:
            return 0.0
        (since, first), (until, last) = self._first, self._last
        return (until - since) / max(1, last - first)


# --- where it is shown ------------------------------------------------------------------------------------------------


def _display(verbose: str | int, file: TextIO) -> "_Nothing":
    if verbose == 0:
        return _Nothing(file)
    if verbose != 2 and type(file).__module__.startswith("ipykernel") and "spyder_kernels" not in sys.modules:
        return _Notebook(file)  # Spyder's console does not know displays that change
    terminal = getattr(file, "isatty", bool)() and os.environ.get("TERM") not in ("dumb", "unknown")
    return _Bar(file) if verbose != 2 and terminal else _Lines(file)


class _Nothing:
    """verbose=0, and what the displays share."""

    moves = False  # whether there is something to draw within an epoch

    def __init__(self, file: TextIO):
        self.file = file
        self.full, self.empty = "━─" if "utf" in (getattr(file, "encoding", "") or "utf").lower() else "=."

    def say(self, line: str) -> None:
        pass

    def begin(self, title: str) -> None:
        self.title = title

    def draw(self, step: int, steps: int | None, text: str) -> None:
        pass

    def end(self, step: int, steps: int | None, clock: str, pace: str, metrics: str) -> None:
        pass

    def close(self) -> None:
        pass

    def bar(self, step: int, steps: int | None) -> str:
        """'  937/1875 ━━━━━━━━━━──────────'."""
        done = int(WIDTH * min(1.0, step / steps)) if steps else 0
        return _joined(" ", _count(step, steps), (self.full * done + self.empty * (WIDTH - done)) if steps else "")


class _Written(_Nothing):
    """What the displays share that write lines to a file."""

    def say(self, line):
        self.file.write(line + "\n")
        self.file.flush()


class _Lines(_Written):
    """One line an epoch."""

    def end(self, step, steps, clock, pace, metrics):
        self.say(_joined(" - ", self.title, _count(step, steps), clock, pace) + metrics)


class _Bar(_Written):
    """A terminal: a bar that moves below the epoch's number, and then a line that stays, however wide it is."""

    moves = True
    _bars = None

    def begin(self, title):
        if title:
            self.say(title)

    def draw(self, step, steps, text):
        bars = self._bars or self._new_bars()
        bars.update(bars.task_ids[0], completed=step, total=steps, count=_count(step, steps), text=text)
        if self._bars is None:
            self._bars = bars
            bars.start()
        bars.refresh()

    def _new_bars(self):
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bars
        from rich.table import Column

        # Only the text may wrap: where it is long, count and bar would otherwise vanish first.
        columns = (
            TextColumn("{task.fields[count]}", style="bold", markup=False, table_column=Column(no_wrap=True)),
            BarColumn(WIDTH, table_column=Column(no_wrap=True)),
            TextColumn("{task.fields[text]}", markup=False, table_column=Column()),
        )
        bars = Bars(*columns, console=Console(file=self.file), auto_refresh=False, transient=True)
        bars.add_task("", count="", text="")
        return bars

    def end(self, step, steps, clock, pace, metrics):
        self.close()
        self.say(_joined(" ", self.bar(step, steps), clock, pace) + metrics)

    def close(self):
        if self._bars is not None:
            self._bars.stop()
            self._bars = None


class _Notebook(_Nothing):
    """One output of a notebook's cell, changed in place; it keeps the last epochs, the history holds them all."""

    moves = True
    KEPT = 20

    def __init__(self, file):
        super().__init__(file)
        self.said, self.lines, self.earlier, self.handle, self.drawn, self.shown = [], [], 0, None, 0.0, ""

    def say(self, line):
        self.said.append(line)

    def draw(self, step, steps, text):
        self._show(_joined(" ", self.title, self.bar(step, steps), text))

    def end(self, step, steps, clock, pace, metrics):
        self.lines.append(_joined(" ", self.title, self.bar(step, steps), clock, pace) + metrics)
        if len(self.lines) > self.KEPT:
            self.earlier += 1
            del self.lines[0]
        if time.perf_counter() - self.drawn >= Progress.SECONDS:
            self._show()

    def close(self):
        if self.lines:
            self._show()

    def _show(self, moving: str = ""):
        from IPython.display import display

        above = [f"({self.earlier} earlier epochs are in the history)"] if self.earlier else []
        text = "\n".join([*self.said, *above, *self.lines, *([moving] if moving else [])])
        if text == self.shown:
            return
        self.drawn, self.shown = time.perf_counter(), text
        if self.handle is None:
            self.handle = display({"text/plain": text}, raw=True, display_id=True)
        else:
            self.handle.update({"text/plain": text}, raw=True)


# --- how it is written, as Keras does ---------------------------------------------------------------------------------


def _count(step: int, steps: int | None) -> str:
    if steps:
        return f"{step:>{len(str(steps))}}/{steps}"
    return str(step) if step else ""


def _clock(seconds: float) -> str:
    """3s, 1:05, 2:00:09.

    >>> _clock(3.2), _clock(65), _clock(7209)
    ('3s', '1:05', '2:00:09')
    """
    minutes, seconds = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{seconds}s"
    return f"{minutes}:{seconds:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def _pace(seconds: float) -> str:
    """2s/step, 2ms/step, 31us/step."""
    if not seconds:
        return ""
    for factor, unit in ((1e6, "us"), (1e3, "ms")):
        if round(seconds * factor) < 1000:
            return f"{seconds * factor:.0f}{unit}/step"
    return f"{seconds:.0f}s/step"


def _metrics(logs: Mapping[str, Any]) -> str:
    """' - loss: 0.3012 - learning_rate: 1.0000e-04'; a metric of many values has no room here."""
    numbers = {name: value for name, value in logs.items() if isinstance(value, float | int)}
    return "".join(f" - {name}: {value:{'.4f' if abs(value) > 1e-3 else '.4e'}}" for name, value in numbers.items())


def _joined(between: str, *parts: str) -> str:
    return between.join(part for part in parts if part)
