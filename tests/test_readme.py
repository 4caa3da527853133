"""The README's code runs as it stands, from top to bottom, and its files and commands are there."""

import re
import shlex
from pathlib import Path

import matplotlib
import pytest
from typer.testing import CliRunner

from dragonet.cli.app import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_code_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")
    namespace = {}
    for block in re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE):
        exec(compile(block, "README.md", "exec"), namespace)
    assert (tmp_path / "digits.keras").is_file() and (tmp_path / "confusing.png").is_file()
    assert max(namespace["history"].history["val_accuracy"]) > 0.9


def test_its_links_lead_somewhere():
    for link in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / link).exists(), link


@pytest.mark.parametrize("line", re.findall(r"`dragonet ([a-z]+[^`\n]*)`", README))
def test_its_commands_exist(line):
    assert CliRunner().invoke(app, [shlex.split(line)[0], "--help"]).exit_code == 0
