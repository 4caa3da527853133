"""Ctrl-C during a training: the first ends it cleanly, a second one raises."""

import signal
import threading
from contextlib import contextmanager


class Interrupt:
    """Whether Ctrl-C was pressed."""

    pressed = False


@contextmanager
def watched():
    """Within it, Ctrl-C sets `pressed` instead of raising; the second time it raises. Only the main thread can listen."""
    state = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield state
        return
    before = signal.getsignal(signal.SIGINT)

    def handle(number, frame):
        if state.pressed:
            raise KeyboardInterrupt
        state.pressed = True

    signal.signal(signal.SIGINT, handle)
    try:
        yield state
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)
