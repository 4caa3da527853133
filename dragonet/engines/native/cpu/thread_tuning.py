"""Crew: how many threads a training runs on. Any number gives the same bits, so the quickest is found while it runs."""

import time
from collections.abc import Callable


class ThreadTuner:
    """All the threads, or one alone: where other programs keep a core busy, threads that wait for each other lose.

    Both are tried for a few milliseconds, once memory and threads are warm; again when steps take longer for some spans, and from
    time to time: soon where one works alone, as what kept the other cores busy may be over.
    """

    TRIAL = 0.006  # seconds
    WORSE = 1.5  # times longer than before
    BETTER = 0.8  # of the time that all threads take, for one alone to be chosen
    SLOW = 3  # spans of steps that took longer, one after another: the first one after a pause always does
    AGAIN = 5.0  # seconds of work between two trials, at most
    ALONE = 0.5  # seconds on the clock after which one thread's work alone is doubted

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic):
        self.most, self.now, self._clock = most, most, clock
        self._pace: dict[int, float] = {}
        self._begin_trial(warming=True)

    def next(self, left: int) -> tuple[int, int]:
        """How many threads run how many of the steps that are left."""
        if not self._trial and self.now < self.most and self._clock() - self._decided > self.ALONE:
            self._begin_trial()
        if self._trial:
            return self._trial[0], min(left, self._size)
        return self.now, left

    def record(self, steps: int, seconds: float) -> None:
        """Learn from what `next` said: so many steps took so long."""
        if self._trial:
            self._steps, self._seconds, self._size = self._steps + steps, self._seconds + seconds, 2 * self._size
            if self._seconds >= self.TRIAL:
                self._pace[self._trial.pop(0)] = self._seconds / self._steps
                self._steps, self._seconds, self._size = 0, 0.0, 1
                if not self._trial:
                    self.now = 1 if self._pace[1] < self.BETTER * self._pace[self.most] else self.most
                    self._decided = self._clock()
            return
        self._since += seconds
        if self.most > 1 and steps:
            self._slow = self._slow + 1 if seconds / steps > self.WORSE * self._pace[self.now] else 0
            if self._slow >= self.SLOW or self._since >= self.AGAIN:
                self._begin_trial()

    def _begin_trial(self, warming: bool = False) -> None:
        self._trial = [self.most] * warming + [self.most, 1] if self.most > 1 else []
        self._steps, self._seconds, self._size, self._slow, self._since = 0, 0.0, 1, 0, 0.0
