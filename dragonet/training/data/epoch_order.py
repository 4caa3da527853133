"""The order of the rows in each epoch, and how many steps one call of the engine makes.

One function on the host makes an epoch's order, for every engine; it depends on the seed and on the number of the step that the
epoch starts with, so a second `fit` and a resumed one go on where the first would have.
"""

import numpy as np


def epoch_order(seed: int, first_step: int, n: int, shuffle: bool = True) -> np.ndarray:
    """The rows 0..n-1 in the order in which the epoch that starts at this step visits them.

    >>> epoch_order(0, 0, 5).tolist() == epoch_order(0, 0, 5).tolist() != epoch_order(0, 5, 5).tolist()
    True
    """
    if not shuffle:
        return np.arange(n, dtype=np.int32)
    draw = np.random.Generator(np.random.Philox(key=np.array([seed % 2**64, first_step], np.uint64)))
    order = np.arange(n, dtype=np.int32)
    draw.shuffle(order)
    return order


def split_at(n: int, validation_split: float) -> int:
    """Where the validation part starts: Keras's rule, the last rows unshuffled."""
    return int(np.floor(n * (1.0 - validation_split)))


class SpanTuner:
    """How many steps a span takes: as many as fit into a quarter of a second, by what the last spans took.

    The length of a span changes no number, only how soon progress is shown and Ctrl-C is noticed. A model's next `fit` goes on
    with it.
    """

    SECONDS = 0.25

    def __init__(self):
        self.steps = 4

    def record(self, steps: int, seconds: float) -> None:
        """Learn from a span that took so long."""
        if 2 * steps > self.steps or seconds > self.SECONDS:
            fitting = steps * self.SECONDS / max(seconds, 1e-6)
            self.steps = max(1, int(min(fitting, 8 * max(steps, 1))))
