"""Doctor: whether a notebook would find this Python, and the lines to type where it would not."""

import json
import sys
from pathlib import Path

import jax
import pytest

from dragonet.runs import doctor


@pytest.fixture
def jupyter(tmp_path, monkeypatch):
    """A user with no kernels but those that a test makes."""
    monkeypatch.setattr(doctor, "_jupyter_folders", lambda: [tmp_path, Path(sys.prefix) / "share" / "none"])

    def kernel(name, python):
        folder = tmp_path / "kernels" / name
        folder.mkdir(parents=True)
        text = python if name == "broken" else json.dumps({"argv": [python], "display_name": name.title()})
        (folder / "kernel.json").write_text(text, encoding="utf-8")

    return kernel


def test_a_kernel_of_this_python_is_named(jupyter):
    jupyter("here", sys.executable)
    assert doctor.notebook() == doctor.Finding("notebooks", "choose the kernel 'Here'")


def test_without_one_the_lines_to_type_are_shown(jupyter, tmp_path):
    jupyter("other", str(tmp_path / "elsewhere" / "python"))
    jupyter("bare", "python")
    jupyter("broken", "{")
    found = doctor.notebook()
    assert found.result.startswith("no Jupyter kernel runs this Python")
    assert f"{sys.executable} -m ipykernel install --user" in found.fix[-1]


def test_the_folders_are_those_of_jupyter(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    folders = doctor._jupyter_folders()
    assert folders[0] == tmp_path
    assert Path(sys.prefix) / "share" / "jupyter" in folders


def test_a_device_that_jax_was_told_of_and_is_not_there(monkeypatch):
    def devices():
        raise RuntimeError("Unable to initialize backend 'cuda'")

    monkeypatch.setattr(jax, "devices", devices)
    monkeypatch.setenv("JAX_PLATFORMS", "cuda")
    found = list(doctor.examine())[-1]  # without a device there is nothing to test
    assert not found.well
    assert found.result == (
        "JAX needs a device that this machine has, but got JAX_PLATFORMS=cuda, of which nothing is here. Unset it."
    )
