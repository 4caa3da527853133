"""docs/coverage.md: every row of the tutorials is on it once, and every test that it names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
ROWS = {"A": 18, "B": 31, "C": 21, "D": 15, "E": 13}
LINES = re.findall(r"^\| ([A-E]\d+) \| [^|]+ \| (.+) \|$", PAGE, re.MULTILINE)


def test_every_row_is_there_once():
    assert [name for name, _ in LINES] == [f"{letter}{i}" for letter, n in ROWS.items() for i in range(1, n + 1)]


@pytest.mark.parametrize(("row", "cell"), [line for line in LINES if line[1] != "to come"])
def test_the_tests_of_a_row_are_there(row, cell):
    for part in cell.split("; "):
        path, *names = re.findall(r"`([^`]+)`", part)
        assert (ROOT / path).exists(), path
        for name in names:
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{row}: {name} in {path}"
