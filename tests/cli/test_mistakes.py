"""A mistake at the command line ends in one sentence on stderr, with exit code 2, and touches nothing."""

import struct
import zlib

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["train", "digitz"], "There is no data set 'digitz'. Did you mean 'digits'?"),
        (["train", "digits", "--model", "cn"], "There is no model 'cn'. Did you mean 'cnn'?"),
        (
            ["train", "dragons", "--model", "cnn"],
            "The model 'cnn' needs images, but got the table dragons. For dragons there are 'mlp' and 'logistic'.",
        ),
        (["train", "digits", "--epochs", "0"], "train needs epochs to be a whole number of at least 1, but got 0."),
        (["train", "digits", "--seed", "-1"], "train needs seed to be a whole number of at least 0, but got -1."),
        (["train", "digits", "--engine", "xlaa"], "There is no engine 'xlaa'. Did you mean 'xla'?"),
        (["train", "digits", "--device", "gpuu"], "There is no device 'gpuu'. Did you mean 'gpu'?"),
        (["train", "digits", "--device", "tpu"], "The device 'tpu' needs a TPU that JAX can use, but got a machine"),
        (
            ["evaluate", "nowhere"],
            "nowhere needs to be the folder of a run, with its config.json, but got nothing there.",
        ),
        (
            ["resume", "nowhere"],
            "nowhere needs to be the folder of a run, with its config.json, but got nothing there.",
        ),
        (["predict", "nowhere", "x.npy"], "nowhere needs to be the folder of a run"),
        (["summary", "nowhere.keras"], "nowhere.keras"),
        (["tensorboard", "nowhere"], "the folder that callbacks.TensorBoard(log_dir) wrote to, but got nowhere, where"),
    ],
)
def test_sentence(dragonet, words, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _refused(dragonet(*words), sentence)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words",
    [["trian", "digits"], ["train", "digits", "--epochs", "many"], ["train"], ["train", "digits", "--batchsize", "3"]],
)
def test_what_cannot_be_read_as_a_command(dragonet, words):
    result = dragonet(*words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output and result.stderr


def test_a_folder_in_use_is_left_alone(dragonet, tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    _refused(dragonet("train", "digits", "--out", tmp_path), "A run needs a new or empty folder")
    _refused(dragonet("train", "digits", "--out", tmp_path / "mine.txt"), "A run needs a new or empty folder")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("{", "needs the record of a run"),
        ("[]", "needs the record of a run"),
        ('{"format": 1}', "needs the record of a run"),
        ('{"format": 99}', "This version of dragonet needs a run of format 1, but got format 99. Update dragonet."),
    ],
)
def test_a_record_that_is_none(dragonet, tmp_path, config, sentence):
    (tmp_path / "config.json").write_text(config, encoding="utf-8")
    _refused(dragonet("resume", tmp_path), sentence)


def test_a_run_that_was_not_trained(dragonet, trained, tmp_path):
    (tmp_path / "config.json").write_bytes((trained[0] / "config.json").read_bytes())
    _refused(dragonet("evaluate", tmp_path), "Go on with it: dragonet resume")


def test_data_that_changed(dragonet, trained, tmp_path):
    text = (trained[0] / "config.json").read_text(encoding="utf-8")
    (tmp_path / "config.json").write_text(text.replace('"sha256": "', '"sha256": "0'), encoding="utf-8")
    _refused(dragonet("resume", tmp_path), "A run needs the data that it began with, but got other numbers in digits.")


def _png_bomb():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


FILES = {
    "rows.npy": (np.zeros((3, 5)), "rows.npy needs the shape (n, 8, 8), but got (3, 5)."),
    "none.npy": (np.zeros((0, 8, 8)), "none.npy needs at least one row, but got none."),
    "words.npy": (np.array(["a"]), "words.npy needs numbers"),
    "nan.npy": (np.full((1, 8, 8), np.nan), "nan.npy needs a number everywhere"),
    "text.npy": (b"hello", "text.npy needs NumPy's .npy format, without objects"),
    "text.npz": (b"hello", "text.npz needs NumPy's .npz format, without objects"),
    "few.csv": (b"1,2,3\n", "few.csv needs 64 columns, but got 3."),
    "word.csv": (b"0," * 63 + b"0\n" + b"0," * 63 + b"x\n", "word.csv needs a number in each cell, but got 'x'"),
    "empty.csv": (b"", "empty.csv needs at least one row"),
    "latin.csv": ("é".encode("latin-1"), "latin.csv needs a table in UTF-8"),
    "text.png": (b"hello", "text.png needs an image that can be read"),
    "bomb.png": (_png_bomb(), "bomb.png needs an image of at most 50,000,000 pixels"),
    "x.xlsx": (b"", "predict needs a file that ends in"),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_cannot_be_predicted_from(dragonet, trained, tmp_path, name):
    held, sentence = FILES[name]
    np.save(tmp_path / name, held) if isinstance(held, np.ndarray) else (tmp_path / name).write_bytes(held)
    _refused(dragonet("predict", trained[0], tmp_path / name), sentence)


def test_a_file_that_is_not_there(dragonet, trained, tmp_path):
    _refused(dragonet("predict", trained[0], tmp_path / "no.npy"), "no.npy, which is not there.")


def test_objects_are_not_unpickled(dragonet, trained, tmp_path):
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    np.savez(tmp_path / "objects.npz", x=np.array([{}]))
    for name in ("objects.npy", "objects.npz"):
        _refused(dragonet("predict", trained[0], tmp_path / name), "without objects")


def test_a_column_that_is_missing(dragonet, dragons, tmp_path):
    (tmp_path / "t.csv").write_text("bodylength,numberToes\n150,9\n", encoding="utf-8")
    _refused(
        dragonet("predict", dragons, tmp_path / "t.csv"),
        "t.csv needs the columns numberToes and bodyLength, but got none called bodyLength. Did you mean 'bodylength'?",
    )


def test_answers_do_not_overwrite(dragonet, trained, tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((1, 8, 8)))
    (tmp_path / "mine.csv").write_text("mine", encoding="utf-8")
    result = dragonet("predict", trained[0], tmp_path / "x.npy", "--out", tmp_path / "mine.csv")
    _refused(result, "which is there already")
    assert (tmp_path / "mine.csv").read_text(encoding="utf-8") == "mine"


def test_an_image_for_a_table(dragonet, dragons, tmp_path):
    (tmp_path / "x.png").write_bytes(b"")
    _refused(dragonet("predict", dragons, tmp_path / "x.png"), "predict needs a table for this model")


def _refused(result, sentence):
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("dragonet: ")
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1 and "Traceback" not in result.output
