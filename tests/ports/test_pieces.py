"""Pieces of public code as their authors write them run here after their imports have been replaced (tests/ports/pieces/)."""

import re
from pathlib import Path

import pytest
from helpers.substitutions import translated

import dragonet

HERE = Path(__file__).parent / "pieces"
# Always run; the others under `-m tutorial`.
ALWAYS = {
    "a small convolutional network",
    "EEGNet, channels last",
    "layers with build and call",
    "several inputs and outputs, losses by name",
}
# What does not run yet, and what it needs.
TO_COME: dict[str, str] = {
    "ImageDataGenerator": "preprocessing.image.ImageDataGenerator",
    "a series classified from scratch": "utils.plot_model",
    "a loop of one's own, with the stateless API": "an optimizer's variables are arrays, without .value",
}


def _pieces() -> list[tuple[str, str]]:
    """Title and code of each cell."""
    cells = []
    for path in sorted(HERE.glob("*.txt")):
        for cell in path.read_text(encoding="utf-8").split("\n# %% ")[1:]:
            title, _, code = cell.partition("\n")
            cells.append((title, code))
    return cells


def _here(code: str) -> str:
    """The code with dragonet's imports, as docs/porting.md says."""
    return translated(re.sub(r"^import keras$", "import dragonet as keras", code, flags=re.MULTILINE))


def _marks(title: str) -> list:
    if title in TO_COME:
        return [pytest.mark.tutorial, pytest.mark.xfail(reason=f"to come: {TO_COME[title]}", strict=True)]
    return [] if title in ALWAYS else [pytest.mark.tutorial]


CASES = [pytest.param(code, id=title, marks=_marks(title)) for title, code in _pieces()]


@pytest.mark.parametrize("code", CASES)
def test_it_runs(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dragonet.utils.set_random_seed(0)
    exec(compile(_here(code), "piece.py", "exec"), {"__name__": "piece"})
