"""The state that models share: the seed, how many layers were built, and how many of each name there are.

Initial weights depend on (seed, ordinal of the layer), so that models built one after another differ,
as in Keras, and the same script gives the same weights in every process. No number depends on a name.

The process has one session. The main thread sets its seed, and threads that never set a seed share it, so a seed in a
notebook's cell or before a pool of threads holds there too. A thread that sets a seed has a session of its own from then
on: what other threads build does not change its weights.
"""

import contextlib
import functools
import re
import threading
from collections import Counter
from collections.abc import Generator
from typing import TYPE_CHECKING

from dragonet.core import forked

if TYPE_CHECKING:
    import numpy as np

_DEFAULT_SEED = 0


class Session:
    """A seed, and the counters since it was set."""

    def __init__(self, seed: int = _DEFAULT_SEED):
        self.names: Counter[str] = Counter()
        self.image_data_format = "channels_last"
        self.lock = forked.Lock()  # counts are shared where threads share a session
        self.start_over(seed)

    def start_over(self, seed: int) -> None:
        """Set the seed and the counters of layers and draws to 0; the names stay."""
        with self.lock:
            self.seed, self.layers_built, self.numbers_drawn = seed, 0, 0
            self._generator: np.random.Generator | None = None

    def count(self, what: str) -> int:
        """The next number of this counter, from 0."""
        with self.lock:
            number = getattr(self, what)
            setattr(self, what, number + 1)
        return number

    def generator(self) -> "np.random.Generator":
        """A NumPy generator that starts from the seed and goes on from call to call."""
        import numpy as np

        with self.lock:
            if self._generator is None:
                self._generator = np.random.default_rng(self.seed)
            return self._generator

    def __repr__(self) -> str:
        drawn = None if self._generator is None else self._generator.bit_generator.state
        return f"Session({self.seed}, {self.layers_built=}, {self.numbers_drawn=}, {drawn=}, {dict(self.names)})"


_process = Session()
_thread = threading.local()  # .session: this thread's own, where it has one


def current() -> Session:
    """The session of this thread: its own, or the process's."""
    return getattr(_thread, "session", None) or _process


def seed() -> int:
    """The seed of every run that has none of its own."""
    return current().seed


def set_seed(value: int) -> None:
    """Start randomness over from this seed: the process's in the main thread, its own in any other."""
    if current() is _process and threading.current_thread() is not threading.main_thread():
        _thread.session = Session()
    current().start_over(value)


def image_data_format() -> str:
    """What `data_format=None` means to a layer that is made now."""
    return current().image_data_format


def set_image_data_format(value: str) -> None:
    """Let it mean this from here on."""
    current().image_data_format = value


def clear() -> None:
    """Set the counters of layers and names to 0; the seed stays."""
    session = current()
    with session.lock:
        session.layers_built = 0
        session.names.clear()


@contextlib.contextmanager
def started_over(value: int) -> Generator[None]:
    """Within it, this thread's session is as after set_seed(value); afterwards it goes on as if nothing had been built."""
    before, within = getattr(_thread, "session", None), Session(value)
    outside = current()
    with outside.lock:
        within.names, within.image_data_format = outside.names.copy(), outside.image_data_format
    _thread.session = within
    try:
        yield
    finally:
        _thread.session = before


def next_ordinal() -> int:
    """The number of the layer that is being built, counted from the last set_seed or clear."""
    return current().count("layers_built")


def next_draw() -> int:
    """The number of the next draw from the session's own sequence, counted from the last set_seed."""
    return current().count("numbers_drawn")


def unique_name(class_name: str) -> str:
    """'Conv2D' becomes conv2d, the next conv2d_1, as Keras numbers them.

    >>> import dragonet.core.session; dragonet.core.session.clear()
    >>> unique_name("BatchNormalization"), unique_name("BatchNormalization")
    ('batch_normalization', 'batch_normalization_1')
    """
    base, session = snake_case(class_name), current()
    with session.lock:
        session.names[base] += 1
        count = session.names[base]
    return base if count == 1 else f"{base}_{count - 1}"


@functools.lru_cache(maxsize=1024)
def snake_case(class_name: str) -> str:
    """Keras's snake case, digits glued to what they follow.

    >>> [snake_case(name) for name in ("Conv2D", "GlobalMaxPooling1D", "ReLU", "LeakyReLU")]
    ['conv2d', 'global_max_pooling1d', 're_lu', 'leaky_re_lu']
    """
    name = re.sub(r"\W+", "", class_name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
