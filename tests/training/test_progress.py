"""Progress: what stands on a terminal, in a log file and in a notebook, and what it costs."""

import io
import re
import subprocess
import sys
import time
import types

import pytest

from dragonet import Input, Sequential
from dragonet.layers import Dense
from dragonet.training.progress import Progress

LOGS = {"accuracy": 0.91234, "loss": 0.3, "learning_rate": 1e-4}
WITH_VALIDATION = {**LOGS, "val_loss": 0.25}


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True

    def screen(self):
        """The lines as they look in the end: enough of a terminal for what Rich writes."""
        lines, row, column = [[]], 0, 0
        for token in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|.|\n", self.getvalue(), re.DOTALL):
            if token == "\n":
                row, column = row + 1, 0
                lines.extend([] for _ in range(row + 1 - len(lines)))
            elif token == "\r":
                column = 0
            elif token == "\x1b[2K":
                lines[row] = []
            elif token == "\x1b[1A":
                row -= 1
            elif token[0] != "\x1b":
                lines[row][column:] = [token, *lines[row][column + 1 :]]
                column += 1
        return "\n".join("".join(line).rstrip() for line in lines).rstrip("\n").split("\n")


@pytest.fixture(autouse=True)
def a_plain_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    return now


def an_epoch(progress, clock, epoch=0, updates=4, seconds=1.0, steps=1000):
    progress.begin_epoch(epoch, steps)
    for i in range(1, updates + 1):
        clock[0] += seconds / updates
        progress.update(steps * i // updates, lambda: LOGS)
    progress.end_epoch(WITH_VALIDATION, seconds)


STAYS = [
    "Epoch 1/3",
    "1000/1000 ━━━━━━━━━━━━━━━━━━━━ 1s 1ms/step - accuracy: 0.9123 - loss: 0.3000 - learning_rate: 1.0000e-04"
    " - val_loss: 0.2500",
]


@pytest.mark.parametrize("verbose", [1, "auto"])
def test_a_terminal_shows_a_bar_and_keeps_a_line(clock, verbose):
    file = Terminal()
    progress = Progress(verbose, epochs=3, file=file)
    progress.begin_epoch(0, 1000)
    clock[0] = 0.3
    progress.update(300, {"loss": 1.0})
    clock[0] = 0.6
    progress.update(600, {"loss": 0.5, "odd[red]": 2})
    (title, moving), rest = file.screen()[:2], file.screen()[2:]
    assert title == "Epoch 1/3"
    assert re.fullmatch(r" 600/1000 [━╸╺]{20} 0s 1ms/step - loss: 0.5000 - odd\[red\]: 2.0000", moving)
    assert rest == []
    clock[0] = 1.0
    progress.update(1000, {})
    progress.end_epoch(WITH_VALIDATION, 1.0)
    progress.close()
    assert file.screen() == STAYS


def test_an_epoch_too_short_for_a_bar_gets_the_same_line(clock):
    file = Terminal()
    an_epoch(Progress(1, 3, file=file), clock, seconds=0.2, updates=2)
    assert file.getvalue().splitlines() == [STAYS[0], STAYS[1].replace("1s 1ms", "0s 200us")]


def test_the_time_left_does_not_count_the_compiling(clock):
    file = Terminal()
    progress = Progress(1, file=file)
    progress.begin_epoch(0, 1000)
    clock[0] = 60.0  # the first steps come with the compiling
    progress.update(10, {})
    clock[0] = 61.0
    progress.update(20, {})
    assert "98s" not in file.screen()[-1]
    assert "1:38 100ms/step" in file.screen()[-1]
    progress.close()


def test_what_is_printed_meanwhile_stands_above_the_bar(clock, monkeypatch):
    file = Terminal()
    monkeypatch.setattr(sys, "stdout", file)
    progress = Progress(1, epochs=3)
    progress.begin_epoch(0, 1000)
    for step in (250, 500, 750, 1000):
        clock[0] += 0.25
        progress.update(step, LOGS)
    print("Epoch 1: something happened")
    progress.end_epoch(WITH_VALIDATION, 1.0)
    progress.close()
    assert sys.stdout is file
    assert file.screen() == [STAYS[0], "Epoch 1: something happened", *STAYS[1:]]


def test_a_narrow_terminal_keeps_count_and_bar(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    file = Terminal()
    progress = Progress(1, file=file)
    progress.begin_epoch(0, 1000)
    clock[0] = 1.0
    progress.update(500, {f"a_metric_of_some_length_{i}": 0.5 for i in range(3)})
    assert re.match(r" 500/1000 [━╸╺]{20} ", file.screen()[0])
    progress.close()


def test_an_interrupted_epoch_shows_how_far_it_came(clock):
    file = Terminal()
    progress = Progress(1, file=file)
    progress.begin_epoch(0, 1000)
    progress.update(500, LOGS)
    progress.end_epoch({"loss": 0.5}, 0.1)
    assert file.getvalue() == " 500/1000 ━━━━━━━━━━────────── 0s 200us/step - loss: 0.5000\n"


def test_steps_that_nobody_can_count(clock):
    file = Terminal()
    progress = Progress(1, file=file)
    progress.begin_epoch(0, None)
    clock[0] = 1.0
    progress.update(70, LOGS)
    assert file.screen()[0].startswith("70 ")
    progress.end_epoch({"loss": 0.5}, 1.4)
    assert file.screen() == ["70 1s 20ms/step - loss: 0.5000"]


def test_after_an_error_the_screen_is_in_order(clock):
    file = Terminal()
    progress = Progress(1, 3, file=file)
    progress.begin_epoch(0, 1000)
    clock[0] = 1.0
    progress.update(500, LOGS)
    progress.close()
    assert file.screen() == ["Epoch 1/3"]
    assert file.getvalue().count("\x1b[?25l") == file.getvalue().count("\x1b[?25h") == 1  # the cursor is back


@pytest.mark.parametrize("verbose", [1, 2, "auto"])
def test_a_log_file_gets_one_line_an_epoch(clock, verbose):
    file = io.StringIO()
    progress = Progress(verbose, epochs=2, file=file)
    for epoch in range(2):
        an_epoch(progress, clock, epoch, updates=100)
    progress.close()
    assert file.getvalue().splitlines() == [
        f"Epoch {epoch}/2 - 1000/1000 - 1s - 1ms/step - accuracy: 0.9123 - loss: 0.3000 - learning_rate: 1.0000e-04"
        " - val_loss: 0.2500"
        for epoch in (1, 2)
    ]


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_cannot_move_is_a_log_file(clock, monkeypatch, term):
    monkeypatch.setenv("TERM", term)
    file = Terminal()
    an_epoch(Progress(1, 3, file=file), clock)
    assert len(file.getvalue().splitlines()) == 1


def test_verbose_0_shows_nothing_and_asks_for_no_logs(clock):
    file = Terminal()
    progress = Progress(0, 3, file=file)
    progress.begin_epoch(0, 9)
    clock[0] = 9.0
    progress.update(5, lambda: pytest.fail("logs were made for nothing"))
    progress.end_epoch(LOGS, 1.0)
    progress.close()
    assert file.getvalue() == ""


def test_evaluate_shows_one_line_without_an_epoch(clock):
    file = io.StringIO()
    progress = Progress("auto", file=file)
    progress.begin_test(50)
    clock[0] = 0.1
    progress.update(50, {})
    progress.end_test({"loss": 0.5, "each": [0.1, 0.2]})
    assert file.getvalue() == "50/50 - 0s - 2ms/step - loss: 0.5000\n"


def test_a_terminal_without_unicode_gets_ascii(clock):
    file = Terminal()
    file.encoding = "ascii"
    an_epoch(Progress(1, file=file), clock, seconds=0.1)
    assert "1000/1000 ==================== 0s" in file.getvalue()


class Output(io.StringIO):
    """As a notebook's standard output: known by its module."""

    __module__ = "ipykernel.iostream"


class Display:
    def __init__(self):
        self.made = []

    def __call__(self, held, raw, display_id):
        self.made.append(held["text/plain"])
        return types.SimpleNamespace(update=lambda held, raw: self.made.append(held["text/plain"]))


@pytest.fixture
def display(monkeypatch):
    display = Display()
    module = types.ModuleType("IPython.display")
    module.display = display
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    return display


def test_a_notebook_has_one_place_that_changes_four_times_a_second(clock, display):
    file = Output()
    progress = Progress("auto", epochs=3, file=file)
    for epoch in range(3):
        an_epoch(progress, clock, epoch, updates=1000)
    progress.close()
    assert file.getvalue() == ""
    assert 3 <= len(display.made) <= 3 * 4 + 2
    assert re.fullmatch(r"Epoch 1/3  \d\d\d/1000 ━+─+ \ds 1ms/step - accuracy: 0.9123 - .*", display.made[0])
    assert display.made[-1].splitlines() == [f"Epoch {epoch}/3 {STAYS[1]}" for epoch in (1, 2, 3)]


def test_a_notebook_is_not_flooded_by_many_short_epochs(clock, display):
    progress = Progress(1, epochs=500, file=Output())
    for epoch in range(500):
        an_epoch(progress, clock, epoch, updates=1, seconds=0.01)
    progress.close()
    assert len(display.made) <= 5 / 0.25 + 2
    assert len(display.made[-1].splitlines()) == Progress("auto", file=Output())._display.KEPT + 1
    assert display.made[-1].startswith("(480 earlier epochs are in the history)\nEpoch 481/500")


def test_spyder_gets_lines(clock, display, monkeypatch):
    monkeypatch.setitem(sys.modules, "spyder_kernels", types.ModuleType("spyder_kernels"))
    file = Output()
    an_epoch(Progress(1, file=file), clock)
    assert display.made == []
    assert len(file.getvalue().splitlines()) == 1


def test_another_verbose_is_refused_by_fit_and_evaluate_alike():
    model = Sequential([Input((1,)), Dense(1)])
    model.compile("sgd", "mse")
    for speak in (
        lambda: Progress(3),
        *(lambda f=f: f([[1.0]], [[1.0]], verbose=3) for f in (model.fit, model.evaluate)),
    ):
        with pytest.raises(ValueError) as failure:
            speak()
        assert str(failure.value) == "The progress bar needs verbose to be one of 'auto', 0, 1, 2, but got 3."


def test_an_update_that_is_not_drawn_costs_next_to_nothing():
    progress = Progress(1, 1, file=Terminal())
    progress.begin_epoch(0, 10**6)
    began = time.perf_counter()
    for step in range(1000):
        progress.update(step, LOGS)
    assert time.perf_counter() - began < 0.1  # about 0.3 ms


def test_nothing_is_loaded_to_write_lines():
    code = (
        "import sys; from dragonet.training.progress import Progress; p = Progress(1); p.begin_epoch(0, 1); "
        "p.update(1, {}); p.end_epoch({}, 1.0); assert not {'rich', 'jax', 'IPython'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
