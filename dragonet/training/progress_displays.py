"""Where progress is shown: a bar on a terminal, lines in a log file, an output of a notebook; written as Keras writes it."""

import os
import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO

WIDTH = 20  # of the bar, in characters
SECONDS = 0.25  # between two drawings


def display_for(verbose: str | int, file: TextIO) -> "Nothing":
    """The display for a file and an argument `verbose`."""
    if verbose == 0:
        return Nothing(file)
    if verbose != 2 and type(file).__module__.startswith("ipykernel") and "spyder_kernels" not in sys.modules:
        return Notebook(file)  # Spyder's console does not know displays that change
    terminal = getattr(file, "isatty", bool)() and os.environ.get("TERM") not in ("dumb", "unknown")
    return Bar(file) if verbose != 2 and terminal else Lines(file)


class Nothing:
    """verbose=0, and what the displays share."""

    moves = False  # whether there is something to draw within an epoch

    def __init__(self, file: TextIO):
        self.file = file
        self.full, self.empty = "━─" if "utf" in (getattr(file, "encoding", "") or "utf").lower() else "=."

    def say(self, line: str) -> None:
        """Show a line that stays."""

    def begin(self, title: str) -> None:
        """An epoch of this title begins."""
        self.title = title

    def draw(self, step: int, steps: int | None, text: str) -> None:
        """Show how far the epoch is."""

    def end(self, step: int, steps: int | None, clock: str, pace: str, metrics: str) -> None:
        """The epoch is over."""

    def close(self) -> None:
        """Leave the screen in order."""

    def bar(self, step: int, steps: int | None) -> str:
        """'  937/1875 ━━━━━━━━━━──────────'."""
        done = int(WIDTH * min(1.0, step / steps)) if steps else 0
        return joined(" ", count_text(step, steps), (self.full * done + self.empty * (WIDTH - done)) if steps else "")


class Written(Nothing):
    """What the displays share that write lines to a file."""

    def say(self, line):
        self.file.write(line + "\n")
        self.file.flush()


class Lines(Written):
    """One line an epoch."""

    def end(self, step, steps, clock, pace, metrics):
        self.say(joined(" - ", self.title, count_text(step, steps), clock, pace) + metrics)


class Bar(Written):
    """A terminal: a bar that moves below the epoch's number, and then a line that stays, however wide it is."""

    moves = True
    _bars = None

    def begin(self, title):
        if title:
            self.say(title)

    def draw(self, step, steps, text):
        bars = self._bars or self._new_bars()
        bars.update(bars.task_ids[0], completed=step, total=steps, count=count_text(step, steps), text=text)
        if self._bars is None:
            self._bars = bars
            bars.start()
        bars.refresh()

    def _new_bars(self):
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as RichProgress
        from rich.table import Column

        # Only the text may wrap: where it is long, count and bar would otherwise vanish first.
        columns = (
            TextColumn("{task.fields[count]}", style="bold", markup=False, table_column=Column(no_wrap=True)),
            BarColumn(WIDTH, table_column=Column(no_wrap=True)),
            TextColumn("{task.fields[text]}", markup=False, table_column=Column()),
        )
        bars = RichProgress(*columns, console=Console(file=self.file), auto_refresh=False, transient=True)
        bars.add_task("", count="", text="")
        return bars

    def end(self, step, steps, clock, pace, metrics):
        self.close()
        self.say(joined(" ", self.bar(step, steps), clock, pace) + metrics)

    def close(self):
        if self._bars is not None:
            self._bars.stop()
            self._bars = None


class Notebook(Nothing):
    """One output of a notebook's cell, changed in place; it keeps the last epochs, the history holds them all."""

    moves = True
    KEPT = 20

    def __init__(self, file):
        super().__init__(file)
        self.notes: list[str] = []
        self.lines: list[str] = []
        self.earlier, self.drawn, self.shown = 0, 0.0, ""
        self.handle: Any = None

    def say(self, line):
        self.notes.append(line)

    def draw(self, step, steps, text):
        self._show(joined(" ", self.title, self.bar(step, steps), text))

    def end(self, step, steps, clock, pace, metrics):
        self.lines.append(joined(" ", self.title, self.bar(step, steps), clock, pace) + metrics)
        if len(self.lines) > self.KEPT:
            self.earlier += 1
            del self.lines[0]
        if time.perf_counter() - self.drawn >= SECONDS:
            self._show()

    def close(self):
        if self.lines:
            self._show()

    def _show(self, moving: str = ""):
        from IPython.display import display  # pyright: ignore[reportMissingImports]

        above = [f"({self.earlier} earlier epochs are in the history)"] if self.earlier else []
        text = "\n".join([*self.notes, *above, *self.lines, *([moving] if moving else [])])
        if text == self.shown:
            return
        self.drawn, self.shown = time.perf_counter(), text
        if self.handle is None:
            self.handle = display({"text/plain": text}, raw=True, display_id=True)
        else:
            self.handle.update({"text/plain": text}, raw=True)


# --- how it is written ----------------------------------------------------------------------------------------------------


def count_text(step: int, steps: int | None) -> str:
    """' 937/1875', or the step alone where the number of steps is not known."""
    if steps:
        return f"{step:>{len(str(steps))}}/{steps}"
    return str(step) if step else ""


def clock(seconds: float) -> str:
    """3s, 1:05, 2:00:09.

    >>> clock(3.2), clock(65), clock(7209)
    ('3s', '1:05', '2:00:09')
    """
    minutes, seconds = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{seconds}s"
    return f"{minutes}:{seconds:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def pace_text(seconds: float) -> str:
    """2s/step, 2ms/step, 31us/step."""
    if not seconds:
        return ""
    for factor, unit in ((1e6, "us"), (1e3, "ms")):
        if round(seconds * factor) < 1000:
            return f"{seconds * factor:.0f}{unit}/step"
    return f"{seconds:.0f}s/step"


def metrics_text(logs: Mapping[str, Any]) -> str:
    """' - loss: 0.3012 - learning_rate: 1.0000e-04'; a metric of many values has no room here."""
    numbers = {name: value for name, value in logs.items() if isinstance(value, float | int)}
    return "".join(f" - {name}: {value:{'.4f' if abs(value) > 1e-3 else '.4e'}}" for name, value in numbers.items())


def joined(between: str, *parts: str) -> str:
    """The parts that are not empty, with this between them."""
    return between.join(part for part in parts if part)
