"""A candidate that is added in one file is in table, verdict, report and predictions; nothing outside knows a candidate by name."""

import ast
import contextlib
import html
import json
import pickle
import re
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from helpers.nearest_neighbours import NearestNeighbours, registered
from typer.testing import CliRunner

import dragonet
from dragonet import data, report, runs
from dragonet.cli.app import app
from dragonet.runs.stop import Stop
from dragonet.runs.units import Unit
from dragonet.studies import Question, Study, candidates, train_ladder
from dragonet.studies.candidates.fitted import FittedModel
from dragonet.studies.plan import Options, Plan
from dragonet.studies.split_training import UnitResult, train_split

N = 240
X = np.random.default_rng(3).uniform(-2, 2, size=(N, 2))
CROSS = np.where(X[:, 0] * X[:, 1] > 0, "black", "white")
SADDLE = 100 + 30 * X[:, 0] * X[:, 1]
TABLE = pd.DataFrame({"east": X[:, 0], "north": X[:, 1], "site": np.arange(N) % 3})
TABLES = {"classes": TABLE.assign(answer=CROSS), "numbers": TABLE.assign(answer=SADDLE)}
SETTINGS = {"target": ("answer",), "columns": {"site": "category"}, "seeds": 1, "epochs": 2}
ROWS = TABLE.head(7)


def run(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module", autouse=True)
def neighbours():
    """The candidate, in place of the boosted trees while the tests of this file run: they would be as good as it is."""
    trees = candidates.find("trees")
    candidates.unregister("trees")
    with registered() as candidate:
        yield candidate
    candidates.register(trees, after="logistic")


@contextlib.contextmanager
def without_neighbours():
    """Within the block there are only the candidates of the package."""
    candidate = candidates.find("neighbours")
    candidates.unregister("neighbours")
    try:
        yield
    finally:
        candidates.register(candidate, after="logistic")


@pytest.fixture(scope="module", params=["classes", "numbers"])
def trained(request, tmp_path_factory):
    """(task, a study with the nearest-neighbour candidate, its report)."""
    folder = tmp_path_factory.mktemp(request.param)
    TABLES[request.param].to_csv(folder / "own.csv", index=False)
    study = Study.create(Question(str(folder / "own.csv"), **SETTINGS), folder / "run")
    study.train(say=lambda line: None, verbose=0)
    return request.param, study, html.unescape(report.write(study).read_text(encoding="utf-8"))


def test_it_is_in_the_table_between_its_neighbours(trained):
    task, study, _ = trained
    base = "majority" if task == "classes" else "mean"
    assert study.ladder.rungs == (base, "linear", "neighbours", "mlp")
    assert list(study.ladder.table.index) == list(study.ladder.rungs)
    assert [line.split()[0] for line in study.ladder.lines()[2:6]] == list(study.ladder.rungs)
    assert study.ladder.scores[2].mean() > study.ladder.scores[1].mean() + 0.2


def test_the_verdict_compares_each_with_the_best_of_the_plainer_ones(trained):
    task, study, _ = trained
    verdict, score = study.ladder.verdict, "accuracy" if task == "classes" else "R²"
    assert verdict.startswith("The nearest-neighbour model is better than the linear model, by ")
    worse, unknown = (
        "The network (mlp) is worse than the nearest-neighbour model",
        "whether the network (mlp) is better than the nearest-neighbour model",
    )
    assert worse in verdict or unknown in verdict
    assert f"he nearest-neighbour model reaches an {score} of {study.ladder.scores[2].mean():.3f} [" in verdict


def test_it_is_kept_and_the_report_shows_it(trained):
    _, study, text = trained
    assert study.ladder.kept == "neighbours" and study.ladder.keeping in text.replace("\u00a0", " ")
    assert '<th scope="col" class="n">neighbours</th>' in text and "Its neighbours: 7." in text
    assert (
        "Take the nearest-neighbour model: ask it for rows like those that it knows." in text
        or "would be better takes more rows" in text
    )
    assert "The nearest-neighbour model is better than the linear model by" in text.replace("\u00a0", " ")
    assert "Which columns it uses" in text and 'ladder.model.save("model.candidate")' in text
    assert (study.folder / "models" / "neighbours.candidate").is_file() and not (study.folder / "model.keras").exists()


def test_predictions_are_those_of_the_definition(trained):
    _, study, _ = trained
    answers = runs.Run.open(study.folder).model().predict(ROWS)
    train, encoder = np.arange(N), study.ladder.model.encoder
    x, new = (encoder.encode(rows).astype(np.float64) for rows in (study.rows.x.iloc[train], ROWS))
    distances = np.linalg.norm((new[:, None] - x[None]) / x.std(axis=0), axis=2)
    nearest = train[np.argsort(distances, axis=1, kind="stable")[:, :7]]
    y = study.rows.y.astype(float)
    want = y[nearest].mean(axis=1)
    np.testing.assert_allclose(answers[:, -1], want, rtol=1e-6)
    np.testing.assert_array_equal(answers, study.ladder.model.predict(ROWS))


def test_the_command_predicts_evaluates_shows_and_verifies(trained, tmp_path):
    task, study, _ = trained
    ROWS.to_csv(tmp_path / "new.csv", index=False)
    run("predict", study.folder, tmp_path / "new.csv", "-o", tmp_path / "out.csv")
    out, answers = pd.read_csv(tmp_path / "out.csv"), study.ladder.model.predict(ROWS)
    if task == "classes":
        assert list(out.answer) == [("black", "white")[place] for place in answers.argmax(axis=1)]
    np.testing.assert_allclose(out["white" if task == "classes" else "answer"], answers[:, -1], rtol=1e-6)
    score = "accuracy  " if task == "classes" else "R²  "
    assert f"{study.ladder.scores[2].mean():.4f}, 95 % interval" in next(
        line for line in run("evaluate", study.folder).splitlines() if line.startswith(score)
    )
    assert run("summary", study.folder) == "the nearest-neighbour model (neighbours), rows of shape (5,)\n"
    assert run("verify", study.folder).splitlines()[-1] == "IDENTICAL: the same numbers came out, bit for bit."


def test_it_can_be_asked_for_alone(tmp_path):
    TABLES["classes"].to_csv(tmp_path / "own.csv", index=False)
    words = ("train", tmp_path / "own.csv", "--target", "answer", "--model")
    shown = run(*words, "neighbours", "--out", tmp_path / "run")
    assert "Kept as the model: neighbours, trained on all 240 rows." in shown
    refused = CliRunner().invoke(app, [*map(str, words), "neighbors"])
    assert "Did you mean 'neighbours'?" in refused.stderr


def test_data_that_do_not_fit_it_have_a_ladder_without_it():
    series = data.read((np.random.default_rng(0).normal(size=(60, 2, 8)), np.arange(60) % 2))
    assert Plan.of(series, Options()).names == ("majority", "linear", "cnn")
    with pytest.raises(ValueError, match="The model 'neighbours' needs a table or arrays, but got the rows array"):
        train_ladder(series, model="neighbours")


def test_arrays_too_many_columns_and_a_plane(tmp_path):
    wide = np.random.default_rng(0).normal(size=(60, 70))
    ladder = train_ladder(data.read((wide, (wide[:, 0] > 0).astype(int))), model="neighbours")
    text = ladder.report(tmp_path / "wide.html").read_text(encoding="utf-8")
    assert "There are 70 columns, too many to shuffle each of them." in text
    plane = dragonet.study((X, CROSS), model="neighbours", seeds=1)
    text = plane.report(tmp_path / "plane.html").read_text(encoding="utf-8")
    assert "The model in the plane of its two columns" in text and "Which columns it uses" in text


# --- its file ---------------------------------------------------------------------------------------------------------


def test_the_file_of_a_model_names_what_is_missing(trained, tmp_path):
    _, study, _ = trained
    path = study.folder / "model.candidate"
    with (
        without_neighbours(),
        pytest.raises(ValueError, match=r"needs the candidate 'neighbours', which made its model.*register"),
    ):
        FittedModel.load(path)
    (tmp_path / "cut.candidate").write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ValueError, match="The file of a candidate's model"):
        FittedModel.load(tmp_path / "cut.candidate")


# --- no result is trained twice ---------------------------------------------------------------------------------------


def not_again(*_, **__):
    raise AssertionError("this was trained already")


def test_a_candidate_that_is_added_is_trained_alone(tmp_path, monkeypatch, neighbours):
    asked = {"target": "answer", "seeds": 2, "epochs": 2, "folder": tmp_path}
    with without_neighbours():
        before = dragonet.study(TABLES["classes"], **asked)
    for name in ("majority", "linear", "mlp"):
        monkeypatch.setattr(type(candidates.find(name)), "fit", not_again)
    monkeypatch.setattr(neighbours, "fits", 0)
    after = dragonet.study(TABLES["classes"], **asked)
    assert neighbours.fits == 11 and after.rungs == ("majority", "linear", "neighbours", "mlp")
    np.testing.assert_array_equal(after.scores[[0, 1, 3]], before.scores)
    with without_neighbours(), registered(k=5) as others:  # another configuration is another unit of work
        dragonet.study(TABLES["classes"], **asked)
        assert others.fits == 11


def test_a_study_that_was_stopped_goes_on_where_it_was(trained, tmp_path, monkeypatch):
    _, study, text = trained
    stopped = study.again(tmp_path / "run")
    fit, calls = NearestNeighbours.fit, []

    def until_the_second(self, split, seed, settings):
        calls.append(seed)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return fit(self, split, seed, settings)

    monkeypatch.setattr(NearestNeighbours, "fit", until_the_second)
    with pytest.raises(KeyboardInterrupt):
        stopped.train(say=lambda line: None, verbose=0)
    kept = {path.name: path.stat().st_mtime_ns for path in (stopped.folder / "units").iterdir()}
    assert 0 < len(kept) < 24 and not stopped.finished
    monkeypatch.undo()
    assert str(stopped.folder) in run("resume", stopped.folder)
    after = {path.name: path.stat().st_mtime_ns for path in (stopped.folder / "units").iterdir()}
    assert len(after) == 24 and kept.items() <= after.items()
    one, other = (json.loads((each.folder / "scores.json").read_text(encoding="utf-8")) for each in (study, stopped))
    assert one.pop("run") != other.pop("run") and one == other
    again = html.unescape((stopped.folder / "report.html").read_text(encoding="utf-8"))
    assert sections(again) == sections(text)


def sections(text):
    """The words of a report, without the seconds and the id of the run."""
    text = re.sub(r'src="[^"]*"', "", text)
    text = re.sub(r'<tr><th scope="row">seconds</th>.*?</tr>', "", text)
    return re.sub(r'<tr><th scope="row">run</th>.*?</tr>', "", text)


def test_what_travels_between_processes_is_the_same():
    plan = Plan.of(data.read(TABLES["numbers"], target="answer"), Options(seeds=1, epochs=2))
    of_split, *_ = plan.units(are_kept=False)
    here = list(train_split(plan, 0, None, Stop(), of_split))
    for candidate, result, shipped in zip(plan.candidates, here, pickle.loads(pickle.dumps(here)), strict=True):
        one, other = (UnitResult.from_result(each, candidate) for each in (result, shipped))
        assert one.train_score == other.train_score and one.trained.chosen == other.trained.chosen
        np.testing.assert_array_equal(one.outputs, other.outputs)
        np.testing.assert_array_equal(one.trained.model.predict(ROWS), other.trained.model.predict(ROWS))
        if one.trained.history is not None:
            assert one.trained.history.history == other.trained.history.history
            assert str(one.trained.history.diagnose()) == str(other.trained.history.diagnose())


@pytest.mark.tutorial  # each process imports JAX
def test_processes_train_a_ladder_with_the_same_bits():
    with joblib.parallel_config(backend="loky"):
        by_processes = dragonet.study("dragons", "color", seeds=2, epochs=2, jobs=2)
    here = dragonet.study("dragons", "color", seeds=2, epochs=2)
    assert (by_processes.scores == here.scores).all() and by_processes.verdict == here.verdict
    for name, model in here.models.items():
        assert all(map(np.array_equal, model.get_weights(), by_processes.models[name].get_weights()))


# --- names ------------------------------------------------------------------------------------------------------------

ROOMS = ("studies", "report", "runs", "cli", "comparison")
# About the tutorials' networks, which are no candidates, and the score that theirs is compared with.
RECIPES = {"runs/recipe.py", "runs/architectures.py", "runs/doctor.py", "runs/scores.py"}


def test_no_file_but_its_own_knows_a_candidate_by_name():
    root = Path(dragonet.__file__).parent
    with without_neighbours():
        names = {candidate.name for candidate in candidates.registered()} - {"mean"}  # which is a column of tables, too
    for path in sorted(path for room in ROOMS for path in (root / room).rglob("*.py")):
        where = path.relative_to(root).as_posix()
        if where.startswith("studies/candidates/") or where in RECIPES:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        assert not words & names, (where, words & names)
    text = (root / "report" / "templates" / "report.html").read_text(encoding="utf-8")
    assert not any(f'"{name}"' in text or f"'{name}'" in text for name in names)


def test_units_of_a_study_are_named_by_all_that_decides_them():
    rows = data.read(TABLES["classes"], target="answer")
    usual = Plan.of(rows, Options(seeds=1))
    keys = {unit.key for unit in usual.units(are_kept=True)[0]}
    assert len(keys) == 4
    others = [
        Plan.of(rows, Options(seeds=1, seed=1)),
        Plan.of(rows, Options(seeds=1, epochs=9)),
        Plan.of(rows, Options(seeds=1, engine="xla")),
        Plan.of(rows, Options(seeds=1, balance=True)),
        Plan.of(rows.without(["east"]), Options(seeds=1)),
        Plan.of(data.read(TABLES["classes"], target="answer", columns={"site": "category"}), Options(seeds=1)),
        Plan.of(data.read(TABLES["classes"].assign(east=X[:, 0] + 1e-9), target="answer"), Options(seeds=1)),
    ]
    for plan in others:
        assert not keys & {unit.key for unit in plan.units(are_kept=True)[0]}
    assert keys == {unit.key for unit in Plan.of(rows, Options(seeds=3)).units(are_kept=True)[0]}
    assert isinstance(usual.units(are_kept=False)[0][0], Unit)
