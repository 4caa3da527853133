"""Keras's public names, how dragonet's parameters differ from Keras's; running this file writes docs/coverage-keras.md."""

import fnmatch
import inspect
import types
from collections import defaultdict
from pathlib import Path
from typing import Any

import keras

import dragonet
from dragonet.core.keras_names import absent_names

PAGE = Path(__file__).parents[2] / "docs" / "coverage-keras.md"

# Parameters that no layer of dragonet takes.
LEFT_OUT = ("lora_rank", "lora_alpha", "quantization_config", "gptq_unpacked_column_size")
# Where the parameters differ, and why: patterns of paths.
REASONS: dict[str, str] = {
    "ops.*": "jax.numpy's own function: its names for arrays, and its further parameters; options have Keras's names",
    "KerasTensor": "made by calling layers on Input",
    "Variable": "made by layers",
    "callbacks.CallbackList": "without add_history and add_progbar: fit keeps the history and draws the progress",
    "losses.categorical_generalized_cross_entropy": "q has the default of Keras's class",
    "layers.SpatialDropout*": "dtype is keyword-only, as in the other layers",
    "*.save_model": "without zipped: a .keras file is always one zip file",
    "saving.save_weights": "without max_shard_size: weights are one file",
}
# Options of ops that dragonet's function does not take by Keras's name.
OPTIONS_LEFT_OUT = {
    "sparse ragged": "there are no sparse and no ragged tensors",
    "flash_attention attn_logits_soft_cap": "for other hardware and other models",
    "synchronized": "training is on one device",
    "sorted": "jax.numpy takes any order",
    "num": "the shape tells it",
    "reduction": "write x.at[i].add(v)",
    "x1 x2": "by position",
    "constant_values": "taken, as a further keyword",
}


def surface() -> list[str]:
    """The paths of all public names of Keras's public modules: 'layers.Dense'."""
    paths, seen, waiting = [], set(), [(keras, "")]
    while waiting:
        module, home = waiting.pop()
        for name, thing in vars(module).items():
            if name.startswith("_"):
                continue
            path = f"{home}.{name}".lstrip(".")
            if not isinstance(thing, types.ModuleType):
                paths.append(path)
            elif thing.__name__.startswith("keras.") and ".src" not in thing.__name__ and thing.__name__ not in seen:
                seen.add(thing.__name__)
                waiting.append((thing, path))
    return sorted(paths)


def resolve(root: Any, path: str) -> Any:
    """What a dotted path names, from a module on."""
    for name in path.split("."):
        root = getattr(root, name)
    return root


def is_here(path: str) -> bool:
    try:
        resolve(dragonet, path)
    except AttributeError:
        return False
    return True


def status(path: str) -> str:
    """'here', 'answered', 'to come', or 'absent', which no name may be."""
    if is_here(path):
        return "here"
    if absent_names.is_to_come(path):
        return "to come"
    return "answered" if absent_names.advice(path) else "absent"


def _parameters(thing: Any) -> dict[str, Any]:
    """Parameters with their defaults."""
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {p.name: p.default for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}


def _same(ours: Any, theirs: Any) -> bool:
    return ours is theirs or repr(ours) == repr(theirs) or (type(ours) in (int, float) and ours == theirs)


def deviates(path: str) -> bool:
    """Whether a function or class of dragonet's differs from Keras's in the names, order or defaults of its parameters.

    More parameters, after Keras's, are no deviation.
    """
    ours, theirs = (resolve(root, path) for root in (dragonet, keras))
    if not callable(theirs) or getattr(theirs, "__init__", None) is object.__init__:
        return False
    mine, wanted = _parameters(ours), _parameters(theirs)
    if path.startswith("layers."):
        wanted = {name: default for name, default in wanted.items() if name in mine or name not in LEFT_OUT}
    first = dict(list(mine.items())[: len(wanted)])
    return list(first) != list(wanted) or not all(_same(first[name], wanted[name]) for name in wanted)


def missing_options(path: str) -> list[str]:
    """The parameters with a default in Keras's function that dragonet's function does not take by that name."""
    ours, theirs = (resolve(root, path) for root in (dragonet, keras))
    if not callable(theirs):
        return []
    mine = _parameters(ours)
    return [
        name
        for name, default in _parameters(theirs).items()
        if default is not inspect.Parameter.empty and name not in mine
    ]


def reason(path: str) -> str:
    """Why the parameters differ; '' where no reason is written above."""
    return next((text for pattern, text in REASONS.items() if fnmatch.fnmatch(path, pattern)), "")


def _section(home: str, paths: list[str]) -> list[str]:
    """One module: what is here, which parameters differ, and a table of what is not here."""
    lines = ["", f"## `keras{'.' + home if home else ''}`", ""]
    here = [path for path in paths if is_here(path)]
    if here:
        lines += ["Here: " + ", ".join(f"`{path.rpartition('.')[2]}`" for path in here) + "."]
    differing = defaultdict(list)
    for path in filter(deviates, here):
        differing[reason(path)].append(f"`{path.rpartition('.')[2]}`")
    for text, names in differing.items():
        lines += ["", f"Parameters that differ ({text}): {', '.join(names)}."]
    options = [
        f"`{path.rpartition('.')[2]}` ({', '.join(missing_options(path))})" for path in here if missing_options(path)
    ]
    if home == "ops" and options:
        lines += [
            "",
            f"Without an option: {', '.join(options)}. Why: "
            + "; ".join(f"{names.replace(' ', ', ')}: {text}" for names, text in OPTIONS_LEFT_OUT.items())
            + ".",
        ]
    rows = defaultdict(list)
    for path in paths:
        if path not in here:
            rows[status(path), absent_names.advice(path)].append(f"`{path.rpartition('.')[2]}`")
    if rows:
        lines += [""] * bool(here) + ["| not here | | what instead |", "| --- | --- | --- |"]
        lines += [f"| {', '.join(names)} | {kind} | {advice} |" for (kind, advice), names in rows.items()]
    return lines


def _whole_modules(rooms: dict[str, list[str]]) -> list[str]:
    """A table of the modules whose names all have one answer."""
    rows = defaultdict(list)
    for home, paths in sorted(rooms.items()):
        rows[absent_names.advice(paths[0])].append(f"`{home}` ({len(paths)})")
    lines = ["", "## Modules that have one answer", "", "| modules (names) | what instead |", "| --- | --- |"]
    return lines + [f"| {', '.join(homes)} | {advice} |" for advice, homes in rows.items()]


def page() -> str:
    """The text of docs/coverage-keras.md."""
    every = defaultdict(list)
    for path in surface():
        every[path.rpartition(".")[0]].append(path)
    whole = {
        home: paths
        for home, paths in every.items()
        if len({absent_names.advice(path) for path in paths}) == 1 and not any(map(is_here, paths))
    }
    rooms = {home: paths for home, paths in every.items() if home not in whole}
    lines = [
        "# Keras's names, one by one",
        "",
        f"Every public name of Keras {keras.__version__.rpartition('.')[0]}.",
        "*Here*: dragonet has it, with Keras's parameters, order and defaults, where nothing else is written.",
        "No layer takes `lora_rank`, `lora_alpha`, `quantization_config` or `gptq_unpacked_column_size`.",
        "*Answered*: asking for it gives a sentence, printed below, that says what to use instead.",
        "*To come*: planned, and answered until then. No name is simply absent.",
        "",
        "This page is written by `python tests/helpers/keras_surface.py`; `tests/test_keras_surface.py` holds it up to date.",
        "",
        "| module | here | answered | to come |",
        "| --- | --- | --- | --- |",
    ]
    kinds = ("here", "answered", "to come")
    counts = {home: [sum(status(path) == kind for path in paths) for kind in kinds] for home, paths in rooms.items()}
    counts["…"] = [sum(status(path) == kind for paths in whole.values() for path in paths) for kind in kinds]
    for home, row in sorted(counts.items()):
        title = "modules that have one answer" if home == "…" else f"`{f'keras.{home}'.rstrip('.')}`"
        lines.append(f"| {title} | " + " | ".join(str(n) for n in row) + " |")
    totals = [sum(column) for column in zip(*counts.values(), strict=True)]
    lines.append("| **all** | " + " | ".join(f"**{n}**" for n in totals) + " |")
    for home, paths in sorted(rooms.items()):
        lines += _section(home, paths)
    return "\n".join(lines + _whole_modules(whole)) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
