"""The pages in docs/ that run: each example gives what the page says."""

import doctest
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(page.name for page in DOCS.glob("*.md") if "    >>> " in page.read_text(encoding="utf-8"))


def test_reverse_mode_is_among_them():
    assert "reverse-mode.md" in PAGES


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_is_what_comes_out(page):
    failed, tried = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert tried and not failed


def test_the_glossary_names_files_that_exist():
    root, package = DOCS.parent, DOCS.parent / "dragonet"
    for line in (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and "`" in line.rsplit("| ", 1)[1]:
            paths = re.findall(r"`([^`]+)`", line.rsplit("| ", 1)[1])
            folder = paths[0].rpartition("/")[0]
            for path in paths:
                candidates = (package / path, root / path, package / folder / path)
                assert any(place.exists() for place in candidates), line


def read_tables(path):
    """The tables of a page of Markdown, as they stand."""
    return re.findall(r"(?:^\|.*\n)+", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_how_sure_shows_the_tables_of_the_simulation():
    measured = read_tables(DOCS.parent / "bench" / "results" / "intervals.md")[:2]
    shown = read_tables(DOCS / "how-sure.md")
    assert "| linear |" in measured[0] and "coverage of new rows" in measured[1]
    for table in measured:
        assert table in shown
