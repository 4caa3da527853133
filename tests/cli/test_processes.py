"""The command as a process of its own: what it loads, and what becomes of a training that is killed or interrupted."""

import contextlib
import json
import subprocess
import sys

import numpy as np
import pytest

from dragonet import models

COMMAND = [sys.executable, "-c", "from dragonet.cli import main; main()"]


def loaded(modules, *words):
    """What `dragonet WORDS` shows, and in its last line which of the modules it has loaded."""
    script = (
        f"import sys; sys.argv = ['dragonet', *{list(words)!r}]\nfrom dragonet.cli import main\n"
        f"try: main()\nexcept SystemExit: pass\nprint([name for name in {modules!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout


def test_help_loads_nothing_that_takes_time():
    shown = loaded(["jax", "numpy", "pandas", "matplotlib", "sklearn", "rich", "h5py"], "--help")
    assert "train" in shown and shown.splitlines()[-1] == "[]"


def test_a_training_loads_neither_pandas_nor_scikit_learn(tmp_path):
    heavy = ["pandas", "sklearn", "keras", "matplotlib.pyplot", "IPython"]
    shown = loaded(heavy, "train", "digits", "--epochs", "1", "--out", str(tmp_path / "run"))
    assert shown.splitlines()[-1] == "[]"


def test_a_mistake_in_a_process():
    done = subprocess.run([*COMMAND, "train", "digitz"], capture_output=True, text=True, encoding="utf-8")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "dragonet: There is no data set 'digitz'. Did you mean 'digits'?\n"


@pytest.fixture(scope="module")
def alive(dragonet, tmp_path_factory):
    """The folder of a run that was not killed."""
    folder = tmp_path_factory.mktemp("alive") / "run"
    assert dragonet("train", "digits", "--epochs", 30, "--out", folder).exit_code == 0
    return folder


@pytest.mark.parametrize("until", ["digits: ", "Epoch 4/"])
def test_a_killed_run_that_is_resumed_ends_as_one_that_was_not(dragonet, alive, tmp_path, until):
    killed = tmp_path / "killed"
    command = [*COMMAND, "train", "digits", "--epochs", "30", "--out", str(killed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        for line in process.stdout:
            if line.startswith(until):
                process.kill()
                break
    assert process.returncode != 0
    assert not (killed / "model.keras").exists()

    assert dragonet("resume", killed).exit_code == 0
    weights, expected = (models.load_model(folder / "model.keras").get_weights() for folder in (killed, alive))
    for w, v in zip(weights, expected, strict=True):
        assert np.array_equal(w, v)
    assert (killed / "history.csv").read_bytes() == (alive / "history.csv").read_bytes()
    scores, expected = (json.loads((folder / "scores.json").read_text(encoding="utf-8")) for folder in (killed, alive))
    assert scores.pop("run") != expected.pop("run") and scores == expected
    assert not (killed / "checkpoints").exists()


def test_ctrl_c_says_how_to_go_on(dragonet, tmp_path, monkeypatch):
    from dragonet.training.fitting import loop

    class Pressed:
        pressed = True

    monkeypatch.setattr(loop, "watched", lambda: contextlib.nullcontext(Pressed()))
    result = dragonet("train", "digits", "--out", tmp_path / "run")
    assert result.exit_code == 130
    assert result.stderr.splitlines()[-1] == f"Stopped. To go on: dragonet resume {tmp_path / 'run'}"
    monkeypatch.undo()
    assert dragonet("resume", tmp_path / "run").exit_code == 0
