"""The seed of everything, and starting over."""

import random

import numpy as np

from dragonet.core import arguments, checks, errors, session


@arguments.leaving("seed")
def set_random_seed(seed: int) -> None:
    """Start all randomness over: initial weights, shuffles, dropout, `dragonet.random`, Python's `random`, NumPy's.

    In the main thread the seed is the process's: it holds in all threads that set none. In another thread it is that
    thread's own, so that several threads can each set a seed, build and train, and get what they would get alone.
    Python's and NumPy's generators belong to all threads.
    Raises ValueError for anything but a whole number from 0 to 2³² − 1.

    >>> set_random_seed(7); a = random.random(); set_random_seed(7); a == random.random()
    True
    """
    if checks.whole("set_random_seed", "seed", seed, least=0) >= 2**32:
        raise errors.value_error("set_random_seed", "a seed below 2**32", f"{seed}")
    session.set_seed(int(seed))
    random.seed(int(seed))
    np.random.seed(int(seed))  # noqa: NPY002  scripts written for Keras draw from it


def clear_session(free_memory: bool = True) -> None:
    """Forget the layers built and the names given, so that the next model starts as in a fresh process.

    Memory needs no such call: a model's is freed when nothing refers to it.
    """
    session.clear()
