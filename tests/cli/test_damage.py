"""Every verb answers every damaged run and every damaged file in one sentence, with exit code 1 or 2 and no traceback."""

import json
import shutil
import sys
import types
import zipfile

import numpy as np
import pytest
import typer

from dragonet.cli import runner
from dragonet.training import checkpoint

VERBS = ("evaluate", "predict", "resume", "summary", "verify")
DEEP = "[" * 200_000


@pytest.fixture(scope="module")
def study(dragonet, tmp_path_factory):
    """The folder of a short study of a table, and a table of new rows."""
    folder = tmp_path_factory.mktemp("study")
    draw = np.random.default_rng(0)
    rows = "".join(f"{draw.normal():.2f},{draw.normal():.2f},{'fm'[i % 2]}\n" for i in range(60))
    (folder / "t.csv").write_text("a,b,y\n" + rows, encoding="utf-8")
    (folder / "new.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    words = ("--model", "logistic", "--seeds", 2, "--epochs", 2)
    assert dragonet("train", folder / "t.csv", "--target", "y", *words, "--out", folder / "run").exit_code == 0
    return folder


@pytest.fixture(params=["network", "study"])
def run(request, trained, study, tmp_path):
    """A copy of a run that may be damaged, and a file of rows for it."""
    if request.param == "study":
        source, rows = study / "run", study / "new.csv"
    else:
        source, rows = trained[0], tmp_path / "rows.npy"
        np.save(rows, np.zeros((2, 8, 8)))
    shutil.copytree(source, tmp_path / "run")
    return tmp_path / "run", rows


def one_sentence(result, words=""):
    said = [line for line in result.stderr.splitlines() if not line.startswith("note: ")]
    assert result.exit_code in (1, 2) and len(said) == 1, result.output
    assert said[0].startswith("dragonet: ") and said[0].endswith((".", "?")) and "Traceback" not in result.output
    assert "no mistake of yours" not in said[0] and words in said[0], said


def every_verb(dragonet, folder, rows, words, verbs=VERBS):
    for verb in verbs:
        one_sentence(dragonet(verb, folder, *[rows] * (verb == "predict")), words)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"5",
        b"[]",
        b"null",
        b'"x"',
        b"{}",
        b"\xff\x00\xfe",
        DEEP.encode(),
        b'{"a":' * 10_000,
        b'{"format": 1, "recipe": 5}',
        b'{"format": 1, "recipe": {}}',
        b'{"format": 1, "question": {"source": 5, "target": [], "drop": []}}',
    ],
)
def test_a_record_that_is_none(dragonet, run, content):
    (run[0] / "config.json").write_bytes(content)
    every_verb(dragonet, *run, "config.json needs the record of a run, but got")


def test_every_entry_of_the_record_is_checked(dragonet, run):
    folder, rows = run
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kind = "question" if "question" in config else "recipe"
    for name in ("id", "versions", "machine", "data", kind):
        for value in (5, [1], None):
            (folder / "config.json").write_text(json.dumps(config | {name: value}), encoding="utf-8")
            one_sentence(dragonet("summary", folder), f"for {name!r}")
    for part in ("data", kind):
        for name, value in config[part].items():
            wrong = (
                5
                if isinstance(value, dict)
                else {"a": 1}
                if name == "columns"
                else [1]
                if isinstance(value, list)
                else {}
            )
            changed = config | {part: config[part] | {name: wrong}}
            (folder / "config.json").write_text(json.dumps(changed), encoding="utf-8")
            one_sentence(dragonet("summary", folder), f"for {name!r} in {part!r}")
    for name in ("classes", "sha256"):
        data = {key: value for key, value in config["data"].items() if key != name}
        (folder / "config.json").write_text(json.dumps(config | {"data": data}), encoding="utf-8")
        every_verb(dragonet, folder, rows, f"one without {name!r} in 'data'")
    fewer = config | {"data": config["data"] | {"classes": ["a"]}}
    (folder / "config.json").write_text(json.dumps(fewer), encoding="utf-8")
    one_sentence(
        dragonet("predict", folder, rows), "needs a model with 1 output, one for each name in config.json, but got one"
    )
    del config["data"]
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    every_verb(dragonet, folder, rows, "", ("evaluate", "predict"))


@pytest.mark.parametrize("content", [b"", b"5", b"{}", DEEP.encode(), b"PK\x03\x04", None])
def test_a_model_that_is_none(dragonet, run, content):
    (run[0] / "model.keras").unlink()
    if content is not None:
        (run[0] / "model.keras").write_bytes(content)
    words = "model" if content is not None else "trained to its end"
    every_verb(dragonet, *run, words, ("evaluate", "predict", "summary", "verify"))


@pytest.mark.parametrize("content", [b"", b"5", b"[]", b"null", DEEP.encode(), b"\xff\x00\xfe"])
def test_scores_that_are_none(dragonet, run, content):
    (run[0] / "scores.json").write_bytes(content)
    one_sentence(dragonet("verify", run[0]), "scores.json needs the record of a run, but got")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "x",
        "5",
        "[]",
        DEEP,
        '{"format": 1}',
        '{"format": 1, "tree": 5}',
        '{"format": 2}',
        '{"format": 1, "tree": {"array": "a"}}',
        '{"format": 1, "tree": {"value": 5}}',
        '{"format": 1, "tree": {"dict": []}}',
    ],
)
def test_a_checkpoint_that_is_none(dragonet, trained, tmp_path, content):
    (tmp_path / "checkpoints").mkdir()
    shutil.copy(trained[0] / "config.json", tmp_path)
    path = tmp_path / "checkpoints" / "latest.checkpoint"
    path.write_text(content, encoding="utf-8")
    if len(content) > 1:
        with path.open("wb") as file:
            np.savez(file, tree=np.frombuffer(content.encode(), np.uint8))
    one_sentence(dragonet("resume", tmp_path), "checkpoint")


def test_a_history_that_is_a_folder(dragonet, trained, tmp_path):
    shutil.copy(trained[0] / "config.json", tmp_path)
    (tmp_path / "history.csv").mkdir()
    one_sentence(dragonet("resume", tmp_path))


def damaged(folder):
    """Files that are not what their names say, or not whole."""
    np.save(folder / "good.npy", np.zeros((2, 8, 8)))
    np.savez(folder / "good.npz", x=np.zeros((2, 8, 8)), y=np.zeros(2))
    contents = {
        "npy": (folder / "good.npy").read_bytes(),
        "npz": (folder / "good.npz").read_bytes(),
        "png": b"\x89PNG\r\n\x1a\n" * 9,
        "parquet": b"PAR1" * 20,
        "xlsx": b"PK\x03\x04" * 20,
        "jpg": b"\xff\xd8\xff" * 20,
    }
    for ending, content in contents.items():
        for name, part in (
            ("empty", b""),
            ("short", content[: len(content) // 2]),
            ("word", b"x"),
            ("mixed", content[:40] + b"\xff" * 40 + content[90:]),
        ):
            path = folder / f"{name}.{ending}"
            path.write_bytes(part)
            yield path
    with (folder / "huge.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**12, 8, 8)})
    with zipfile.ZipFile(folder / "huge.npz", "w") as members:
        members.write(folder / "huge.npy", "x.npy")
    with zipfile.ZipFile(folder / "none.npz", "w") as members:
        members.writestr("x.npy", "(" * 100_000)
    head = b"{'descr':" + b"(" * 60_000
    (folder / "deep.npy").write_bytes(b"\x93NUMPY\x02\x00" + len(head).to_bytes(4, "little") + head)
    (folder / "folder.csv").mkdir()
    yield from (folder / name for name in ("huge.npy", "huge.npz", "none.npz", "deep.npy", "folder.csv", "nothing.csv"))


def test_every_verb_with_every_damaged_file(dragonet, trained, study, tmp_path):
    for path in damaged(tmp_path):
        one_sentence(dragonet("train", path, "--target", "y", "--out", tmp_path / "out"))
        assert not (tmp_path / "out").exists()
        for folder in (trained[0], study / "run"):
            one_sentence(dragonet("predict", folder, path))
        for verb in ("evaluate", "resume", "summary", "verify"):
            one_sentence(dragonet(verb, path))
        if not path.is_dir():
            one_sentence(dragonet("tensorboard", path))


def test_a_header_that_promises_too_much_is_named(dragonet, tmp_path):
    list(damaged(tmp_path))
    for name in ("huge.npy", "huge.npz"):
        one_sentence(
            dragonet("train", tmp_path / name, "--y", "y"), "a header of an array of shape (1000000000000, 8, 8), "
        )


def test_an_extra_that_is_missing_is_a_sentence(dragonet, tmp_path, monkeypatch):
    from dragonet.data.files import anndata_files, excel

    (tmp_path / "t.h5ad").write_bytes(b"x")
    (tmp_path / "t.xlsx").write_bytes(b"x")
    for module, path, extra in ((anndata_files, "t.h5ad", "anndata"), (excel, "t.xlsx", "excel")):
        monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
        one_sentence(dragonet("train", tmp_path / path, "--target", "y"), f"pip install 'dragonet[{extra}]'")


@pytest.mark.parametrize(
    ("failure", "code", "sentence"),
    [
        (ValueError("A needs b."), 2, "dragonet: A needs b.\n"),
        (ValueError("two\n  lines."), 2, "dragonet: two lines.\n"),
        (ImportError("Write: pip install x."), 2, "dragonet: Write: pip install x.\n"),
        (
            IsADirectoryError(21, "Is a directory", "a.csv"),
            2,
            "dragonet: 'a.csv' cannot be read or written: Is a directory.\n",
        ),
        (MemoryError(), 1, "dragonet: This needs more memory than there is.\n"),
        (
            MemoryError("Unable to allocate 5 TiB"),
            1,
            "dragonet: This needs more memory than there is (Unable to allocate 5 TiB).\n",
        ),
    ],
)
def test_what_an_error_says(capsys, failure, code, sentence):
    assert ended(failure) == code
    assert capsys.readouterr().err == sentence


@pytest.mark.parametrize(
    "failure", [ValueError(), KeyError("x"), RecursionError("too deep"), OSError(), AssertionError()]
)
def test_a_mistake_of_dragonets_own_names_its_place(capsys, failure):
    assert ended(failure) in (1, 2)
    said = capsys.readouterr().err
    assert said.startswith(f"dragonet: Something went wrong that is no mistake of yours: {type(failure).__name__} (")
    assert "in test_damage.py, line" in said and said.count("\n") == 1


def ended(failure):
    def verb():
        raise failure

    with pytest.raises(typer.Exit) as caught:
        runner.handle_errors(verb)()
    return caught.value.exit_code


def test_a_checkpoint_keeps_what_it_held(tmp_path):
    checkpoint.write(tmp_path / "c", {"a": np.arange(3), "b": [1, "x", None]})
    held = checkpoint.read(tmp_path / "c")
    assert held["a"].tolist() == [0, 1, 2] and held["b"] == [1, "x", None]


@pytest.mark.parametrize("failure", [KeyError("obs"), OSError(), RuntimeError(""), ValueError("a\nb")])
def test_cells_that_anndata_cannot_read(dragonet, tmp_path, monkeypatch, failure):
    def read_h5ad(path):
        raise failure

    module = types.ModuleType("anndata")
    module.read_h5ad, module.__spec__ = read_h5ad, object()
    monkeypatch.setitem(sys.modules, "anndata", module)
    (tmp_path / "t.h5ad").write_bytes(b"\x89HDF\r\n\x1a\n")
    words = "t.h5ad needs an AnnData object, but got something else ("
    one_sentence(dragonet("train", tmp_path / "t.h5ad", "--target", "y"), words)
