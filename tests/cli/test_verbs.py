"""The verbs, one after another: what they print and what they leave in the run's folder."""

import csv
import json
import re
import socket
import types
import urllib.request
import warnings

import numpy as np
import pytest
from PIL import Image

from dragonet import datasets
from dragonet.datasets import digits
from dragonet.inspect import Rate

(X, Y) = digits.load_data()[1]


def test_train_shows_summary_scores_with_their_interval_and_the_folder(trained):
    folder, shown = trained
    assert "1,293 rows to learn from, 144 to watch, 360 to test with" in shown
    assert "Total params: 650" in shown
    value, low, high, right = re.search(
        r"test accuracy +(\S+) \[(\S+), (\S+)\] \((\d+) of 360, 95% interval\)", shown
    ).groups()
    rate = Rate(int(right), 360)
    assert [value, low, high] == [f"{number:.4f}" for number in (rate.value, *rate.interval)]
    assert re.search(r"majority class +0\.0778 .*\(28 of 360, 95% interval\), always answering 1", shown)
    assert str(folder) in shown.splitlines()[-1]


def test_the_folder_holds_all_that_is_needed_to_do_it_again(trained):
    folder, _ = trained
    assert {path.name for path in folder.iterdir()} == {
        "config.json",
        "history.csv",
        "model.keras",
        "scores.json",
        "curves.png",
        "confusing.png",
    }
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert config["recipe"] == {
        "data": "digits",
        "model": "logistic",
        "epochs": 3,
        "batch_size": 32,
        "learning_rate": 0.01,
        "seed": 0,
        "engine": "auto",
        "device": "auto",
    }
    assert config["versions"].keys() == {"dragonet", "python", "jax", "jaxlib", "llvmlite", "numpy"}
    assert len(config["data"]["sha256"]) == 64
    assert config["engine"].startswith(("native: ", "xla: "))
    assert config["machine"]["devices"]
    for name in ("curves.png", "confusing.png"):
        with Image.open(folder / name) as picture:
            assert picture.width > 500


def test_the_history_is_a_table_with_a_row_an_epoch(trained):
    with (trained[0] / "history.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert rows[0].keys() == {"epoch", "accuracy", "loss", "val_accuracy", "val_loss"}


def test_without_out_the_folders_are_numbered(dragonet, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for n in (1, 2):
        result = dragonet("train", "digits", "--model", "logistic", "--epochs", 1)
        assert result.exit_code == 0
        assert (tmp_path / "runs" / f"digits-logistic-{n}" / "scores.json").is_file()


def test_evaluate_repeats_what_the_training_showed(dragonet, trained):
    folder, shown = trained
    assert dragonet("evaluate", folder).stdout.splitlines() == shown.splitlines()[-3:]


def test_summary_of_a_run_and_of_a_file(dragonet, trained):
    folder, _ = trained
    of_run = dragonet("summary", folder)
    assert "dense (Dense)" in of_run.stdout
    assert of_run.stdout == dragonet("summary", folder / "model.keras").stdout


@pytest.mark.parametrize("ending", ["npy", "npz", "csv"])
def test_predict_reads_rows(dragonet, trained, tmp_path, ending):
    path = tmp_path / f"rows.{ending}"
    if ending == "npy":
        np.save(path, X[:3])
    elif ending == "npz":
        np.savez(path, x=X[:3], y=Y[:3])
    else:
        np.savetxt(path, X[:3].reshape(3, -1), delimiter=",", fmt="%d")
    lines = [line for line in dragonet("predict", trained[0], path).stdout.splitlines() if line.startswith("row")]
    assert [line.split()[2] for line in lines] == [str(label) for label in Y[:3]]


def test_predict_reads_an_image_and_says_what_it_did_to_it(dragonet, trained, tmp_path):
    ink = np.kron(X[0], np.ones((10, 10))) * 15
    for name, pixels in (("light.png", ink), ("dark.png", 255 - ink)):
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / name)
    light, dark = (dragonet("predict", trained[0], tmp_path / name).stdout for name in ("light.png", "dark.png"))
    assert light.startswith("light.png, 80 × 80, was made grey and 8 × 8.")
    assert "inverted" in dark
    assert light.splitlines()[1].split()[2] == dark.splitlines()[1].split()[2] == str(Y[0])


def test_predict_writes_all_rows_to_a_new_file(dragonet, trained, tmp_path):
    np.save(tmp_path / "rows.npy", X[:25])
    result = dragonet("predict", trained[0], tmp_path / "rows.npy", "--out", tmp_path / "answers.csv")
    assert "and 5 rows more" in result.stdout
    with (tmp_path / "answers.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 25
    assert sum(float(rows[0][digit]) for digit in "0123456789") == pytest.approx(1, abs=1e-5)


def test_predict_finds_a_tables_columns_by_name(dragonet, dragons, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("name,bodyLength,numberToes\nSmaug,150,12\n", encoding="utf-8")
    (tmp_path / "plain.csv").write_text("12,150\n", encoding="utf-8")
    by_name, by_place = (dragonet("predict", dragons, tmp_path / name).stdout for name in ("mine.csv", "plain.csv"))
    assert by_name.splitlines()[-1].split()[2] in ("Blue", "Red", "Yellow")
    assert by_name.splitlines()[-1].removeprefix("row 2") == by_place.splitlines()[-1].removeprefix("row 1")


def test_datasets_lists_the_catalogue(dragonet):
    shown = dragonet("datasets").stdout
    for name, entry in datasets.CATALOGUE.items():
        assert name in shown and entry.load in shown


def test_doctor_finds_all_well(dragonet):
    result = dragonet("doctor")
    assert result.exit_code == 0, result.output
    for word in ("Python", "jax", "notebooks", "devices", "self-test", "All is well."):
        assert word in result.stdout


def test_tensorboard_shows_a_folder_on_this_machine_alone_until_ctrl_c(dragonet, tmp_path, monkeypatch):
    from dragonet.cli import tensorboard

    def ctrl_c(seconds):
        (address,) = re.findall(r"http://127\.0\.0\.1:\d+/", asked[-1])
        with urllib.request.urlopen(address + "data/runs", timeout=10) as answer:
            assert json.loads(answer.read()) == []
        raise KeyboardInterrupt

    asked = []
    monkeypatch.setattr(tensorboard, "time", types.SimpleNamespace(sleep=ctrl_c))
    monkeypatch.setattr(tensorboard, "typer", types.SimpleNamespace(echo=asked.append))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with warnings.catch_warnings(action="ignore"):  # of what tensorboard brings along
        result = dragonet("tensorboard", tmp_path, "--port", port)
    assert result.exit_code == 0
    assert asked[0].startswith(f"TensorBoard shows {tmp_path} at http://127.0.0.1:{port}/") and asked[-1] == "Stopped."


def test_resume_of_a_finished_run_says_so(dragonet, trained):
    result = dragonet("resume", trained[0])
    assert result.exit_code == 0
    assert "was trained to its end already" in result.stdout


def test_version(dragonet):
    import dragonet as package

    assert dragonet("--version").stdout.strip() == f"dragonet {package.__version__}"


def test_verify_trains_again_and_compares(dragonet, trained, tmp_path):
    folder, _ = trained
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    result = dragonet("verify", folder)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "IDENTICAL: the same numbers came out, bit for bit."
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
