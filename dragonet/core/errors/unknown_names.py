"""Names that do not exist: the nearest that does, or what to use instead."""

import difflib
from collections.abc import Iterable

_FEW = 24  # names that a message lists


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """The nearest of the options as a question, or all of them where none is near.

    >>> did_you_mean("rleu", ["relu", "tanh"])
    "Did you mean 'relu'?"
    >>> did_you_mean("foo", ["relu", "tanh"])
    "There are 'relu', 'tanh'."
    """
    options = [str(option) for option in options]
    by_lower = {option.lower(): option for option in reversed(options)}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    if not near:  # 'batchsize' for 'batch_size', 'adm' for 'adam'
        near = difflib.get_close_matches(name.lower().replace("_", ""), by_lower, n=1, cutoff=0.5)
    if near:
        return f"Did you mean {by_lower[near[0]]!r}?"
    if len(options) > _FEW:
        return f"There are {', '.join(map(repr, options[:_FEW]))} and {len(options) - _FEW} more."
    return "There are " + ", ".join(map(repr, options)) + "."


def absent_or_near(room: str, name: str, options: Iterable[str]) -> str:
    """What to use for a name that a module does not have: of Keras's that are not in dragonet, or the nearest that is.

    >>> absent_or_near("layers", "Densee", ["Dense", "Dropout"])
    "Did you mean 'Dense'?"
    >>> absent_or_near("callbacks", "progbarlogger", ["CSVLogger", "EarlyStopping"])
    'fit(verbose=1) draws the progress.'
    """
    from dragonet.core.keras_names import absent_names as absent  # a long table, needed only after a mistake

    options = [str(option) for option in options]
    path = f"{room}.{name}".lstrip(".")
    if advice := absent.advice(path):
        return advice
    hint = did_you_mean(name, [*options, *absent.names_in(room)])
    near = next((other for other in absent.names_in(room) if hint == f"Did you mean {other!r}?"), None)
    if near is None or difflib.SequenceMatcher(None, name.lower(), near.lower()).ratio() < 0.75:
        return did_you_mean(name, options)
    return f"{near!r}: {absent.advice(f'{room}.{near}'.lstrip('.'))}"


_ROOMS = {
    "loss": "losses",
    "metric": "metrics",
    "optimizer": "optimizers",
    "activation": "activations",
    "initializer": "initializers",
    "regularizer": "regularizers",
    "constraint": "constraints",
}


def unknown_name(what: str, name: object, options: Iterable[str]) -> ValueError:
    """The error for a name that is not in a list.

    >>> unknown_name("activation", "rleu", ["relu", "tanh"])
    ValueError("There is no activation 'rleu'. Did you mean 'relu'?")
    """
    if what in _ROOMS:
        return ValueError(f"There is no {what} {name!r}. {absent_or_near(_ROOMS[what], str(name), options)}")
    return ValueError(f"There is no {what} {name!r}. {did_you_mean(str(name), options)}")
