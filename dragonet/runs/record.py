"""Record: the config.json and scores.json of a run's folder, checked before anything in them is believed."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dragonet.core import errors
from dragonet.interop import untrusted

FORMAT = 1


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_word(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_word, value))


def _are_words_by_name(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_word, value.values()))


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _or_none(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


_RECORD = {
    "id": _is_word,
    "versions": _are_words_by_name,
    "machine": _is_object,
    "path": _is_word,
    "command": _is_word,
    "scoring": _is_word,
    "network": _is_word,
    "engine": _or_none(_is_word),
    "data": _is_object,
    "recipe": _is_object,
    "question": _is_object,
}
_DATA = {
    "sha256": _is_word,
    "classes": _are_words,
    "white": _or_none(_is_number),
    "features": _are_words,
    "name": _is_word,
    "kind": _is_word,
    "rows": _is_whole,
    "task": _is_word,
    "targets": _are_words,
    "columns": _are_words,
    "noticed": _are_words,
    "names": _are_words,
    "identifiers": _are_words,
    "effects": lambda value: isinstance(value, dict) and all(map(_is_number, value.values())),
}
_NEEDED = {
    "recipe": ("sha256", "classes", "white", "features"),
    "question": ("sha256", "classes", "targets", "task", "kind"),
}
_ASKED = {
    "recipe": {
        "data": _is_word,
        "model": _is_word,
        "epochs": _is_whole,
        "batch_size": _is_whole,
        "learning_rate": _is_number,
        "seed": _is_whole,
        "engine": _is_word,
        "device": _is_word,
    },
    "question": {
        "source": _is_word,
        "target": _are_words,
        "groups": _or_none(_is_word),
        "time": _or_none(_is_word),
        "x": _or_none(_is_word),
        "y": _or_none(_is_word),
        "drop": _are_words,
        "columns": _are_words_by_name,
        "missing": _are_words,
        "seeds": _or_none(_is_whole),
        "folds": _or_none(_is_whole),
        "balance": lambda value: isinstance(value, bool),
        "model": _or_none(_is_word),
        "epochs": _or_none(_is_whole),
        "seed": _is_whole,
        "engine": _is_word,
        "equal": _or_none(_is_number),
    },
}
_ALWAYS = {
    "recipe": ("data", "model", "epochs", "batch_size", "learning_rate"),
    "question": ("source", "target", "drop"),
}


def read(path: Path) -> dict[str, Any]:
    """What config.json says, with a recipe or a question, and the data once the training began.

    Raises ValueError, in a sentence, for what is no record, or that of a newer version.
    """
    config = _parsed(path)
    if "format" in config and config["format"] != FORMAT:
        got = f"format {errors.short_repr(config['format'])}"
        raise errors.value_error("This version of dragonet", f"a run of format {FORMAT}", got, "Update dragonet.")
    kind = "question" if "question" in config else "recipe"
    _check(path, config, _RECORD, ("format", kind), "")
    _check(path, config[kind], _ASKED[kind], _ALWAYS[kind], f" in {kind!r}", strict=True)
    if "data" in config:
        _check(path, config["data"], _DATA, _NEEDED[kind], " in 'data'")
    return config


def read_scores(path: Path) -> dict[str, Any]:
    """What scores.json says. Raises ValueError, in a sentence, for a file that is damaged or missing."""
    return _parsed(path)


def _parsed(path: Path) -> dict[str, Any]:
    if path.is_dir():
        raise _wrong(path, "a folder")
    if not path.is_file():
        raise _wrong(path, "nothing there")
    size = path.stat().st_size
    if size > untrusted.MOST_JSON:
        raise _wrong(path, f"{untrusted.format_bytes(size)}, more than {untrusted.format_bytes(untrusted.MOST_JSON)}")
    try:
        return untrusted.parse_json(path.read_bytes(), "it")
    except ValueError as failure:
        raise _wrong(path, f"something else ({errors.reason(failure)})") from None


def _check(
    path: Path,
    entries: Mapping[str, Any],
    fits: Mapping[str, Callable[[Any], bool]],
    needed: tuple[str, ...],
    where: str,
    strict: bool = False,
) -> None:
    """Raises a sentence for a missing entry, one of another kind, and, where strict, one that nobody knows."""
    for name in needed:
        if name not in entries:
            raise _wrong(path, f"one without {name!r}{where}")
    for name, value in entries.items():
        if name in fits and not fits[name](value):
            raise _wrong(path, f"one with {errors.short_repr(value)} for {name!r}{where}")
        if strict and name not in fits:
            raise _wrong(path, f"one with an unknown {errors.short_repr(name)}{where}")


def _wrong(path: Path, got: str) -> ValueError:
    return errors.value_error(str(path), "the record of a run", got)
