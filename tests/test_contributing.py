"""The recipes of CONTRIBUTING.md, followed line by line in a copy of the package."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import dragonet

PACKAGE = Path(dragonet.__file__).parent
PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"

# A block, and the last file in backticks before it.
STEP = re.compile(r"`(?P<file>[^`\n]+)`|^(?P<indent> *)```(?P<language>python|diff)\n(?P<text>.*?)^ *```$", re.M | re.S)


def recipes():
    page = PAGE.read_text(encoding="utf-8").partition("\n## Recipes\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^### (.+?)\n(.*?)(?=^### |\Z)", page, re.M | re.S))


def follow(recipe, root):
    """Write the recipe's files and changes below root; return the script that tries the result."""
    file, script = None, None
    for step in STEP.finditer(recipe):
        if step["file"]:
            file = step["file"]
            continue
        text = textwrap.dedent(step["text"])
        if not step["indent"]:
            script = text
        elif step["language"] == "python":
            (root / file).write_text(text, encoding="utf-8")
        else:
            change(root / file, text)
    return script


def change(path, diff):
    """Apply a piece of a diff, whose lines without + must stand in the file once, one after another."""
    lines = diff.splitlines()
    old = "\n".join(line[1:] for line in lines if not line.startswith("+"))
    new = "\n".join(line[1:] for line in lines if not line.startswith("-"))
    text = path.read_text(encoding="utf-8")
    assert text.count(f"\n{old}\n") == 1, f"{path.name} does not have once:\n{old}"
    path.write_text(text.replace(f"\n{old}\n", f"\n{new}\n"), encoding="utf-8")


@pytest.mark.parametrize("title", recipes())
def test_a_recipe_works_as_it_is_written(title, tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "dragonet", ignore=shutil.ignore_patterns("__pycache__", "*.npz"))
    script = follow(recipes()[title], tmp_path)
    assert script, "a recipe ends with a script that tries it"
    path = tmp_path / "try_it.py"
    path.write_text(f"import dragonet\nassert {str(tmp_path)!r} in dragonet.__file__\n{script}", encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run([sys.executable, path], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr


def test_the_recipes_are_those_that_people_ask_for():
    assert list(recipes()) == [
        "Add a layer",
        "Give it native code",
        "Add an optimizer",
        "Add a candidate",
        "Add a verb",
    ]
