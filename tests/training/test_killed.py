"""A training process killed at five moments, one inside a checkpoint's write, and started again ends with the same weights."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "helpers" / "killed_training.py"
MOMENTS = random.Random(11).sample(range(1, 29), 4)  # epochs


def run(backup, out, *flags, until=None):
    """Run the script; kill it when it has said `until`."""
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(backup), str(out), *flags], stdout=subprocess.PIPE, text=True
    )
    with process:
        for line in process.stdout:
            if line.strip() == until:
                process.kill()
                break
    return process.returncode


@pytest.fixture(scope="module")
def alive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alive")
    assert run(folder / "backup", folder / "out") == 0
    return (folder / "out").read_text(encoding="utf-8")


@pytest.mark.parametrize("moment", [*(f"epoch {epoch}" for epoch in MOMENTS), "writing"])
def test_killed_and_started_again(moment, alive, tmp_path):
    out, backup = tmp_path / "out", tmp_path / "backup"
    flags = ["--slow-write"] if moment == "writing" else []
    assert run(backup, out, *flags, until=moment) != 0
    assert not out.exists()
    assert run(backup, out) == 0
    assert out.read_text(encoding="utf-8") == alive
