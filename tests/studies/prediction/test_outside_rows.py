"""Outside rows: scikit-learn's scores of the kept model, groups that widen the interval, and files that cannot be compared."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss, r2_score, roc_auc_score
from typer.testing import CliRunner

from dragonet.cli.app import app
from dragonet.studies import Question, Study


def table(n, seed, kind="classes", shift=0.0):
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, 2))
    signal = x[:, 0] + 0.5 * draw.normal(size=n)
    answer = {
        "classes": np.where(signal > 0, "ill", "well"),
        "numbers": 10 * signal,
        "labels": (signal > 0).astype(int),
    }
    rows = pd.DataFrame({"dose": x[:, 0], "age": x[:, 1] + shift, "who": np.arange(n) // 10, "answer": answer[kind]})
    return rows.assign(other=(x[:, 1] > 0).astype(int)) if kind == "labels" else rows


@pytest.fixture(scope="module", params=["classes", "numbers", "labels"])
def study(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    table(200, 0, request.param).to_csv(folder / "own.csv", index=False)
    target = ("answer", "other") if request.param == "labels" else ("answer",)
    study = Study.create(
        Question(str(folder / "own.csv"), target, groups="who", model="linear", seeds=1), folder / "run"
    )
    study.train(say=lambda line: None, verbose=0)
    return request.param, study


def outside(study, tmp_path, rows):
    rows.to_csv(tmp_path / "other.csv", index=False)
    lines = []
    return study.evaluate_outside(tmp_path / "other.csv", say=lines.append), lines


def test_its_scores_are_scikit_learns(study, tmp_path):
    kind, study = study
    rows = table(150, 1, kind)
    scores, _ = outside(study, tmp_path, rows)
    outputs = study.model().predict(rows)
    values = {name: estimate.value for name, estimate in scores.estimates.items()}
    if kind == "classes":
        y = (rows["answer"] == "well").astype(int)
        assert values["accuracy"] == pytest.approx(accuracy_score(y, outputs.argmax(axis=1)))
        assert values["ROC AUC"] == pytest.approx(roc_auc_score(y, outputs[:, 1]), abs=1e-9)
        assert values["log loss"] == pytest.approx(log_loss(y, outputs[:, 1].astype(float)), rel=1e-4)
    elif kind == "labels":
        right = (outputs > 0.5) == rows[["answer", "other"]].to_numpy()
        assert values["accuracy of all labels"] == pytest.approx(right.mean())
    else:
        assert values["R²"] == pytest.approx(r2_score(rows["answer"], outputs[:, 0]), abs=0.02)
    assert scores.rows == 150 and scores.moved == []
    for estimate in scores.estimates.values():
        low, high = estimate.interval()
        assert low < estimate.value < high
    if kind != "labels":
        share, level = scores.within
        assert abs(share - level) < 0.1


def test_the_rows_of_a_group_are_not_independent(study, tmp_path):
    kind, study = study
    repeated = pd.concat([table(30, 2, kind)] * 10).assign(who=np.tile(np.arange(30), 10))
    alone, _ = outside(study, tmp_path, repeated.assign(who=np.arange(300)))
    together, _ = outside(study, tmp_path, repeated)
    for name, estimate in together.estimates.items():
        assert estimate.value == pytest.approx(alone.estimates[name].value, abs=0.05)
        assert estimate.variance > 2 * alone.estimates[name].variance, name


def test_what_moved_and_what_is_missing_is_written(study, tmp_path):
    kind, study = study
    rows = table(150, 3, kind, shift=3.0)
    if kind != "labels":
        rows["answer"] = rows["answer"].astype(object)
        rows.loc[:4, "answer"] = None
    scores, lines = outside(study, tmp_path, rows)
    assert any("'age' is not distributed as in training" in line for line in scores.lines())
    assert scores.unlike > 0.05 and any("of the rows are unlike the training rows" in line for line in scores.lines())
    if kind != "labels":
        assert lines[-1] == "5 rows without a value in 'answer' are left out." and scores.rows == 145


def test_files_that_cannot_be_compared(study, tmp_path):
    kind, study = study
    with pytest.raises(
        ValueError, match=r"evaluate needs a table with 'answer'.*, to compare the answers with, but got"
    ):
        outside(study, tmp_path, table(20, 4).drop(columns="answer"))
    if kind == "classes":
        with pytest.raises(
            ValueError, match=r"evaluate needs the classes 'ill' and 'well', but got 'dead' in other.csv"
        ):
            outside(study, tmp_path, table(20, 4).assign(answer="dead"))
    if kind == "numbers":
        with pytest.raises(ValueError, match=r"evaluate needs numbers in answer, but got 'high' in other.csv"):
            outside(study, tmp_path, table(20, 4).assign(answer="high"))
    with pytest.raises(ValueError, match=r"evaluate needs two rows at least, but got 1 in other.csv"):
        outside(study, tmp_path, table(1, 4, kind))


def test_the_command(study, tmp_path):
    kind, study = study
    table(60, 5, kind).to_csv(tmp_path / "other.csv", index=False)
    result = CliRunner().invoke(app, ["evaluate", str(study.folder), str(tmp_path / "other.csv")])
    assert result.exit_code == 0, result.output
    assert "on 60 outside rows, with the 95 % interval for more rows like them" in result.stdout
    assert "   cross-validated 0." in result.stdout
