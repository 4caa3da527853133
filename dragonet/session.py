"""What a session remembers between models: the seed, how many layers were built, how many names were given.

Initial weights depend on (seed, ordinal of the layer), so that models built one after another differ,
as in Keras, and the same script gives the same weights in every process. No number depends on a name.
"""

import contextlib
import functools
import re
from collections import Counter
from collections.abc import Iterator

_DEFAULT_SEED = 0

_seed = _DEFAULT_SEED
_built_layers = 0
_draws = 0
_names: Counter[str] = Counter()


def seed() -> int:
    """The seed of every run that is not given one of its own."""
    return _seed


def set_seed(value: int) -> None:
    """Start the session's randomness over from this seed."""
    global _seed, _built_layers, _draws
    _seed, _built_layers, _draws = value, 0, _draws + 1


def draws() -> int:
    """Changes whenever the seed is set, so that a sequence drawn from it knows to start over."""
    return _draws


def clear() -> None:
    """Forget the layers built and the names given; the seed stays."""
    global _built_layers
    _built_layers = 0
    _names.clear()


@contextlib.contextmanager
def started_over(value: int) -> Iterator[None]:
    """Within it, the session is as after set_seed(value); afterwards it goes on as if nothing had been built."""
    global _seed, _built_layers, _draws
    before, names = (_seed, _built_layers, _draws), _names.copy()
    set_seed(value)
    try:
        yield
    finally:
        _seed, _built_layers, _draws = before
        _names.clear()
        _names.update(names)


def next_ordinal() -> int:
    """The number of the layer that is being built, counted from the last set_seed or clear."""
    global _built_layers
    _built_layers += 1
    return _built_layers - 1


def unique_name(class_name: str) -> str:
    """'Conv2D' becomes conv2d, the next conv2d_1, as Keras numbers them.

    >>> import dragonet.session; dragonet.session.clear()
    >>> unique_name("BatchNormalization"), unique_name("BatchNormalization")
    ('batch_normalization', 'batch_normalization_1')
    """
    base = snake_case(class_name)
    _names[base] += 1
    return base if _names[base] == 1 else f"{base}_{_names[base] - 1}"


@functools.lru_cache(maxsize=1024)
def snake_case(class_name: str) -> str:
    """Keras's snake case, digits glued to what they follow.

    >>> [snake_case(name) for name in ("Conv2D", "GlobalMaxPooling1D", "ReLU", "LeakyReLU")]
    ['conv2d', 'global_max_pooling1d', 're_lu', 'leaky_re_lu']
    """
    name = re.sub(r"\W+", "", class_name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
