"""The pages in docs/ that run: each example gives what the page says."""

import doctest
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
