"""What the project says of itself: one version, and metadata files that can be read."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import dragonet

ROOT = Path(__file__).parents[1]


def test_there_is_one_version():
    citation = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert dragonet.__version__ == importlib.metadata.version("dragonet") == citation[1]
    assert "version" not in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_package_tells_type_checkers_that_it_is_typed():
    assert (Path(dragonet.__file__).parent / "py.typed").is_file()
