"""The command on a user's own data: the ladder, the folder it leaves, predict on raw rows, verify; and hostile tables."""

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from helpers.hostile_tables import hostile_tables

ASKED = (
    "--target",
    "diagnosis",
    "--groups",
    "patient",
    "--drop",
    "pressure",
    "--drop",
    "day",
    "--column",
    "zip=category",
)
FILES = {
    "config.json",
    "scores.json",
    "history.csv",
    "model.keras",
    "out_of_fold.csv",
    "report.html",
    "training_rows.zip",
}


def survey(n=120, seed=0):
    draw = np.random.default_rng(seed)
    age, dose = draw.integers(18, 90, n), draw.normal(size=n)
    return pd.DataFrame(
        {
            "id": range(1000, 1000 + n),
            "age": age,
            "dose": dose,
            "zip": draw.integers(0, 4, n) + 27700,
            "site": draw.choice(["north", "south"], n),
            "patient": np.repeat(np.arange(n // 4), 4),
            "day": pd.date_range("2024-01-01", periods=n).astype(str),
            "diagnosis": np.where(dose + age / 90 > 0.6, "ill", "well"),
            "pressure": 80 + 10 * dose + 0.2 * age,
            "cough": draw.choice(["yes", "no"], n),
        }
    )


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "survey.csv"
    survey().to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def study(dragonet, table, tmp_path_factory):
    """(folder, what the terminal showed) of a small ladder."""
    folder = tmp_path_factory.mktemp("runs") / "survey"
    result = dragonet("train", table, *ASKED, "--seeds", 1, "--folds", 2, "--epochs", 15, "--out", folder)
    assert result.exit_code == 0, result.output
    return folder, result.stdout


def test_it_says_what_was_read_and_what_came_out(study):
    folder, shown = study
    assert "survey.csv: 120 rows, 5 columns to learn from" in shown
    assert "zip: category" in shown and "pressure: number (left out)" in shown and "patient: number (groups)" in shown
    for word in ("majority", "linear", "mlp", "(2 folds)", "Kept as the model: ", "had not learned from"):
        assert word in shown
    assert str(folder) in shown.splitlines()[-1] and "report.html" in shown.splitlines()[-1]


def test_the_folder_holds_all_that_is_needed_to_do_it_again(study, table):
    folder, _ = study
    assert {path.name for path in folder.iterdir() if path.is_file()} == FILES
    assert {path.name for path in (folder / "models").iterdir()} == {
        "majority.keras",
        "linear.keras",
        "trees.candidate",
        "mlp.keras",
    }
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert config["question"]["columns"] == {"zip": "category"} and config["question"]["groups"] == "patient"
    assert len(config["data"]["sha256"]) == 64 and config["path"] == str(table.resolve())
    assert {"dragonet", "scikit-learn", "numpy", "jax"} <= config["versions"].keys()
    assert (
        "--groups patient --drop pressure --drop day --column zip=category --seeds 1 --folds 2 --epochs 15"
        in config["command"]
    )
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    assert np.array(scores["scores"]).shape == (len(scores["rungs"]), 1) and scores["kept"] in scores["rungs"]
    with (folder / "history.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) <= 15 and rows[0].keys() == {"epoch", "accuracy", "loss", "val_accuracy", "val_loss"}


def test_predict_takes_raw_rows_in_any_order(dragonet, study, tmp_path):
    rows = survey(seed=1).drop(columns=["diagnosis", "patient", "pressure", "day", "id"]).head(6)
    rows.to_csv(tmp_path / "new.csv", index=False)
    rows[list(rows.columns)[::-1]].assign(other=1).to_csv(tmp_path / "turned.csv", index=False)
    outs = []
    for name in ("new", "turned"):
        result = dragonet("predict", study[0], tmp_path / f"{name}.csv", "-o", tmp_path / f"{name}-out.csv")
        assert result.exit_code == 0, result.output
        outs.append((tmp_path / f"{name}-out.csv").read_text(encoding="utf-8"))
    assert outs[0] == outs[1]
    table = pd.read_csv(tmp_path / "new-out.csv")
    assert list(table.columns) == ["answer", "ill", "well", "set", "unlike"] and len(table) == 6
    np.testing.assert_allclose(table.ill + table.well, 1, atol=1e-5)
    assert (table.answer == np.where(table.ill > table.well, "ill", "well")).all()


def test_predict_says_what_it_does_with_strange_rows(dragonet, study, tmp_path):
    rows = survey(seed=1).head(4)[["age", "dose", "site", "zip"]]
    rows.loc[0, "site"] = "moon"
    rows.to_csv(tmp_path / "new.csv", index=False)
    result = dragonet("predict", study[0], tmp_path / "new.csv")
    assert result.exit_code == 0
    assert "'moon'" in result.stdout and "There is no column 'cough'" in result.stdout
    for name, text, words in (
        (
            "other",
            "a,b\n1,2\n3,4\n",
            "predict needs the columns 'age', 'dose', 'zip', 'site' and 'cough', but got 'a' and 'b' "
            "in other.csv. Is the header missing?",
        ),
        ("capitals", "AGE,Dose\n30,1\n", "Did you mean 'AGE' for 'age'? Did you mean 'Dose' for 'dose'?"),
        ("empty", "age,dose\n", "empty.csv needs at least one row, but got a header only."),
    ):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        refused = dragonet("predict", study[0], tmp_path / f"{name}.csv")
        assert refused.exit_code == 2 and words in " ".join(refused.stderr.split())
    gone = dragonet("predict", study[0], tmp_path / "gone.csv")
    assert gone.exit_code == 2 and "gone.csv', which is not" in gone.stderr


def test_predict_names_numbers_far_from_those_of_the_training_rows(dragonet, study, tmp_path):
    rows = survey(seed=1).head(5)[["age", "dose", "site", "zip", "cough"]]
    plain = dragonet("predict", study[0], _written(tmp_path / "new.csv", rows))
    assert plain.exit_code == 0 and "far from those" not in plain.stdout
    rows.loc[4, "age"] = 400  # 17 standard deviations: as far as the last values of a skewed column
    rows.loc[2, "age"] = 3000
    rows["dose"] += 1000
    result = dragonet("predict", study[0], _written(tmp_path / "far.csv", rows))
    assert result.exit_code == 0
    assert "1 of 5 rows has 'age' far from those of the training rows (3000 in row 4; their median is " in result.stdout
    assert "5 of 5 rows have 'dose' far from those of the training rows (" in result.stdout


def test_predict_names_every_imputation_with_its_count_and_a_row(dragonet, study, tmp_path):
    rows = survey(seed=1).head(5)[["age", "dose", "site", "zip", "cough"]].astype(object)
    rows.loc[[1, 3], "age"], rows.loc[2, "dose"], rows.loc[4, "site"], rows.loc[0, "zip"] = None, "much", None, None
    lines = rows.to_csv(index=False).splitlines()
    lines[3:3] = ["", ""]  # two blank lines below row 3
    (tmp_path / "new.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = dragonet("predict", study[0], tmp_path / "new.csv", "-o", tmp_path / "out.csv")
    assert result.exit_code == 0, result.output
    for sentence in (
        "2 of 5 rows have no 'age' (the first is row 3), but all training rows had one: ",
        "'dose' has 1 cell that is no number",
        "1 of 5 rows has no 'dose' (the first is row 6), but",
        "1 of 5 rows has no 'site' (the first is row 8), but",
        "1 of 5 rows has no 'zip' (the first is row 2), but",
        "Rows are numbered as in the file",
        "row 8: ",
    ):
        assert sentence in result.stdout, (sentence, result.stdout)
    assert "row 4: " not in result.stdout
    assert pd.read_csv(tmp_path / "out.csv")["row"].tolist() == [2, 3, 6, 7, 8]


def test_predict_refuses_a_column_that_matters_unless_it_may_be_filled(dragonet, study, tmp_path):
    rows = survey(seed=1).head(6)[["age", "dose", "site", "zip", "cough"]]
    rows.rename(columns={"dose": "Dose_mg"}).to_csv(tmp_path / "renamed.csv", index=False)
    refused = dragonet("predict", study[0], tmp_path / "renamed.csv")
    assert refused.exit_code == 2
    assert (
        "needs the column 'dose', on which the answers depend, but got none called 'dose' in renamed.csv."
        in refused.stderr
    )
    assert "Did you mean 'Dose_mg'?" in refused.stderr and "--fill" in refused.stderr
    filled = dragonet("predict", study[0], tmp_path / "renamed.csv", "--fill")
    assert filled.exit_code == 0
    assert "There is no column 'dose': taken as missing in all rows. Did you mean 'Dose_mg'?" in filled.stdout
    assert "6 of 6 rows have no 'dose' (the first is row 2), but all training rows had one: " in filled.stdout
    rows.assign(dose=None).to_csv(tmp_path / "empty.csv", index=False)
    empty = dragonet("predict", study[0], tmp_path / "empty.csv")
    assert empty.exit_code == 2 and "no value in 'dose' in empty.csv" in empty.stderr
    unimportant = dragonet("predict", study[0], _written(tmp_path / "fewer.csv", rows.drop(columns="cough")))
    assert unimportant.exit_code == 0 and "There is no column 'cough'" in unimportant.stdout


def _written(path, table):
    table.to_csv(path, index=False)
    return path


def test_predict_keeps_identifiers_and_with_keep_all_columns(dragonet, study, tmp_path):
    rows = survey(seed=1).head(6)
    rows["name"], rows["note"], rows["answer"] = ["Ann", "Bob", "Cem", "Dee", "Eve", "Fox"], "a note", "mine"
    _written(tmp_path / "new.csv", rows)
    for words, columns in (
        ((), ["id", "patient", "name", "answer", "ill", "well", "set", "unlike"]),
        (("--keep",), [*rows.columns, "answer (predicted)", "ill", "well", "set", "unlike"]),
    ):
        out = tmp_path / f"out{len(words)}.csv"
        result = dragonet("predict", study[0], tmp_path / "new.csv", "-o", out, *words)
        assert result.exit_code == 0, result.output
        table = pd.read_csv(out)
        assert list(table.columns) == columns
        assert table["id"].tolist() == rows["id"].tolist() and table["name"].tolist() == rows["name"].tolist()
    pd.testing.assert_frame_equal(table[list(rows.columns)], rows.reset_index(drop=True))
    assert set(table["answer (predicted)"]) <= {"ill", "well"}


def test_predict_knows_the_columns_of_arrays_by_name(dragonet, tmp_path):
    draw = np.random.default_rng(3)
    x = draw.normal(size=(90, 3))
    names = np.array(["BRCA1", "TP53", "MYC"])
    np.savez(
        tmp_path / "own.npz",
        x=x,
        y=np.where(x[:, 1] + 0.2 * draw.normal(size=90) > 0, "up", "down"),
        feature_names=names,
    )
    result = dragonet("train", tmp_path / "own.npz", "--seeds", 1, "--model", "logistic", "--out", tmp_path / "run")
    assert result.exit_code == 0 and "columns: BRCA1, TP53, MYC" in result.stdout, result.output
    np.savez(tmp_path / "same.npz", x=x[:6])
    np.savez(tmp_path / "turned.npz", x=x[:6, ::-1], columns=names[::-1])
    pd.DataFrame(x[:6, [2, 0, 1]], columns=names[[2, 0, 1]]).assign(sample=list("abcdef")).to_csv(
        tmp_path / "t.csv", index=False
    )
    outs = [
        dragonet("predict", tmp_path / "run", tmp_path / name, "-o", tmp_path / f"{name}.out.csv")
        for name in ("same.npz", "turned.npz", "t.csv")
    ]
    assert all(out.exit_code == 0 for out in outs), outs[-1].output
    tables = [pd.read_csv(tmp_path / f"{name}.out.csv") for name in ("same.npz", "turned.npz", "t.csv")]
    for table in tables[1:]:
        np.testing.assert_allclose(table["up"], tables[0]["up"], rtol=1e-5)
    assert tables[2]["sample"].tolist() == list("abcdef")
    np.savez(tmp_path / "other.npz", x=x[:6], columns=["BRCA1", "TP63", "MYC"])
    refused = dragonet("predict", tmp_path / "run", tmp_path / "other.npz")
    assert refused.exit_code == 2 and "none called 'TP53'. Did you mean 'TP63'?" in refused.stderr


def test_evaluate_shows_the_cross_validated_scores(dragonet, study):
    folder, _ = study
    shown = dragonet("evaluate", folder).stdout
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    place = scores["rungs"].index(scores["kept"])
    low, high = scores["intervals"][place]
    mean = np.mean(scores["scores"][place])
    assert f"accuracy           {mean:.4f}, 95 % interval {low:.4f} to {high:.4f}" in shown


def test_verify_trains_again_and_compares_weights_and_scores(dragonet, study, tmp_path):
    folder, _ = study
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    result = dragonet("verify", folder)
    assert (
        result.exit_code == 0 and result.stdout.splitlines()[-1] == "IDENTICAL: the same numbers came out, bit for bit."
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    for path in folder.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    scores = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    scores["scores"][2][0] += 0.01
    (tmp_path / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
    result = dragonet("verify", tmp_path)
    assert result.exit_code == 1 and "but other scores of the ladder" in result.stdout


def test_report_and_scores_name_the_run_that_made_them(study):
    folder, _ = study
    run = json.loads((folder / "config.json").read_text(encoding="utf-8"))["id"]
    assert json.loads((folder / "scores.json").read_text(encoding="utf-8"))["run"] == run
    assert f">{run}<" in (folder / "report.html").read_text(encoding="utf-8")


def test_resume_goes_on_with_a_study_that_was_killed_and_leaves_a_finished_one(dragonet, study, table, tmp_path):
    folder, _ = study
    assert "was trained to its end already" in dragonet("resume", folder).stdout
    script = (  # the second network ends the process, as a power cut would
        "import os\nfrom dragonet.cli import main\nfrom dragonet.studies.candidates.network import Network\n"
        "fit = Network.fit\n"
        "calls = []\n"
        "def until_the_second(self, split, seed, how):\n"
        "    calls.append(seed)\n"
        "    return fit(self, split, seed, how) if len(calls) < 2 else os._exit(9)\n"
        "Network.fit = until_the_second\n"
        "main()"
    )
    run = tmp_path / "run"
    words = ["train", table, *ASKED, "--seeds", 1, "--folds", 2, "--epochs", 15, "--out", run]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    killed = subprocess.run([sys.executable, "-c", script, *map(str, words)], capture_output=True, env=environment)
    assert killed.returncode == 9 and not (run / "scores.json").exists()
    kept = {path.name: path.read_bytes() for path in (run / "units").glob("*.npz")}
    assert kept
    assert dragonet("resume", run).exit_code == 0
    after = {path.name: path.read_bytes() for path in (run / "units").glob("*.npz")}
    scores = json.loads((run / "scores.json").read_text(encoding="utf-8"))
    assert len(after) == 3 * len(scores["rungs"]) and kept.items() <= after.items()
    one, other = (json.loads((each / "scores.json").read_text(encoding="utf-8")) for each in (folder, run))
    assert one.pop("run") != other.pop("run") and one == other
    assert (run / "report.html").is_file()


def test_a_table_that_has_changed_is_not_gone_on_with(dragonet, study, table, tmp_path):
    config = json.loads((study[0] / "config.json").read_text(encoding="utf-8"))
    config["path"] = str(tmp_path / "survey.csv")
    (tmp_path / "survey.csv").write_text(table.read_text(encoding="utf-8").replace("north", "east"), encoding="utf-8")
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.json").write_text(json.dumps(config), encoding="utf-8")
    result = dragonet("resume", run)
    assert result.exit_code == 2 and "needs the data that it began with, but got other ones" in result.stderr
    assert [path.name for path in run.iterdir()] == ["config.json"]


def test_ctrl_c_says_how_to_go_on(dragonet, table, tmp_path, monkeypatch):
    from dragonet.studies.candidates.constant import Constant

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Constant, "fit", interrupted)
    result = dragonet("train", table, "--target", "diagnosis", "--seeds", 1, "--out", tmp_path / "run")
    assert result.exit_code == 130 and f"To go on: dragonet resume {tmp_path / 'run'}" in result.stderr


def test_numbers_and_several_targets(dragonet, table, tmp_path):
    result = dragonet(
        "train",
        table,
        "--target",
        "pressure",
        "--target",
        "dose",
        "--drop",
        "day",
        "--drop",
        "patient",
        "--seeds",
        2,
        "--model",
        "logistic",
        "--out",
        tmp_path / "run",
    )
    assert result.exit_code == 0, result.output
    assert "R² on 120 rows" in result.stdout
    shown = dragonet("predict", tmp_path / "run", table, "-o", tmp_path / "out.csv").stdout
    assert "row  2: pressure " in shown and "and 100 rows more" in shown
    limits = [f"{end} of {name}" for name in ("pressure", "dose") for end in ("low", "high")]
    assert list(pd.read_csv(tmp_path / "out.csv").columns) == ["id", "patient", "pressure", "dose", *limits, "unlike"]


def test_one_network_on_own_data(dragonet, table, tmp_path):
    result = dragonet("train", table, *ASKED, "--model", "logistic", "--balance", "--out", tmp_path / "run")
    assert result.exit_code == 0, result.output
    for words in ("(2 × 5 folds)", "Kept as the model: logistic", "balanced accuracy"):
        assert words in result.stdout
    assert not (tmp_path / "run" / "history.csv").exists()


def test_folders_are_numbered_and_nothing_is_overwritten(dragonet, table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for n in (1, 2):
        result = dragonet("train", table, *ASKED, "--model", "logistic")
        assert result.exit_code == 0, result.output
        assert (tmp_path / "runs" / f"survey-diagnosis-{n}" / "report.html").is_file()
    refused = dragonet("train", table, "--target", "diagnosis", "--out", tmp_path / "runs" / "survey-diagnosis-1")
    assert refused.exit_code == 2 and "A run needs a new or empty folder" in refused.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--target", "diagnos"], "no column 'diagnos' to predict. Did you mean 'diagnosis'?"),
        ([], "read needs target, the column to predict, but got none."),
        (
            ["--target", "diagnosis", "--column", "zip"],
            "--column needs NAME=KIND, such as zip=category, but got 'zip'.",
        ),
        (["--target", "diagnosis", "--column", "zip=categroy"], "Did you mean 'category'?"),
        (["--target", "diagnosis", "--seeds", "0"], "train needs seeds to be a whole number of at least 1, but got 0."),
        (["--target", "diagnosis", "--folds", "1"], "train needs folds to be a whole number of at least 2, but got 1."),
        (["--target", "diagnosis", "--model", "cnn"], "The model 'cnn' needs images or series"),
        (["--target", "diagnosis", "--engine", "xlaa"], "There is no engine 'xlaa'. Did you mean 'xla'?"),
        (["--target", "pressure", "--balance"], "balance needs classes to predict"),
        (["--target", "diagnosis", "--device", "gpu"], "Leave --device out."),
        (["--target", "diagnosis", "--groups", "patient", "--time", "day"], "groups or time"),
    ],
)
def test_mistakes_end_in_a_sentence_and_leave_no_folder(dragonet, table, tmp_path, words, sentence):
    result = dragonet("train", table, *words, "--out", tmp_path / "run")
    assert result.exit_code == 2 and sentence in result.stderr, result.output
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["digits", "--target", "digit"], "--target is for your own data, not for the packaged digits."),
        (["mnist", "--seeds", "3"], "--seeds is for your own data, not for the packaged mnist."),
        (["dragons", "--balance"], "For the ladder write: dragonet train dragons --target color."),
        (["dragons", "--target", "colour"], "There is no target of the dragons 'colour'. Did you mean 'color'?"),
        (["nowhere.csv", "--target", "a"], "'nowhere.csv', which is not"),
    ],
)
def test_packaged_data_and_what_is_not_there(dragonet, words, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = dragonet("train", *words)
    assert result.exit_code == 2 and sentence in result.stderr, result.output
    assert not any(tmp_path.iterdir())


# --- hostile tables ---------------------------------------------------------------------------------------------------

SOME = (
    "empty.csv",
    "one_row.csv",
    "byte_order_mark.csv",
    "semicolons_and_decimal_commas.csv",
    "huge_and_tiny.csv",
    "copy_of_the_target.csv",
    "binary.csv",
)


def ends_as_it_should(dragonet, one, folder):
    before = one.path.read_bytes()
    result = dragonet(
        "train", one.path, "--target", one.target, "--seeds", 1, "--epochs", 2, "--out", folder / one.path.stem
    )
    if one.end == "trains":
        assert result.exit_code == 0, (one.path.name, result.output)
        assert one.says in result.output and (folder / one.path.stem / "report.html").is_file()
    else:
        assert result.exit_code == 2 and one.end in result.stderr, (one.path.name, result.output)
        assert not (folder / one.path.stem).exists()
    assert one.path.read_bytes() == before


def test_some_hostile_tables_train_or_end_in_a_sentence(dragonet, tmp_path):
    (tmp_path / "tables").mkdir()
    held = {one.path.name: one for one in hostile_tables(tmp_path / "tables")}
    for name in SOME:
        ends_as_it_should(dragonet, held[name], tmp_path)


@pytest.mark.tutorial
def test_all_hostile_tables_train_or_end_in_a_sentence(dragonet, tmp_path):
    (tmp_path / "tables").mkdir()
    for one in hostile_tables(tmp_path / "tables"):
        ends_as_it_should(dragonet, one, tmp_path)


@pytest.mark.tutorial
def test_the_raw_dragons_say_what_holds_there(dragonet, tmp_path):
    from dragonet.datasets import dragons

    result = dragonet("train", dragons._FILE, "--target", "color", "--out", tmp_path / "run")
    assert result.exit_code == 0 and "The network (mlp) is no better than the linear model" in result.stdout
    assert "where always answering the commonest class gives 0.333" in result.stdout
