"""dragonet.study: the ladder of a path, a table and arrays in one call, its report, and its question."""

import html
import inspect

import numpy as np
import pandas as pd
import pytest

import dragonet
from dragonet import data, studies
from dragonet.studies import Question, train_ladder
from dragonet.studies.plan import Options

X = np.random.default_rng(2).normal(size=(120, 2))
TABLE = pd.DataFrame(X, columns=["dose", "age"]).assign(
    answer=np.where(X[:, 0] > 0, "ill", "well"), who=np.arange(120) // 4, spare=1.5
)
LADDER = {"seeds": 1, "folds": 2, "epochs": 3}


@pytest.fixture(scope="module")
def expected():
    """The ladder that the two steps, reading and training, make."""
    return train_ladder(data.read(TABLE, target="answer", groups="who", drop=["spare"]), **LADDER)


def test_a_table_a_file_and_arrays_are_taken(expected, tmp_path):
    path = tmp_path / "own.csv"
    TABLE.to_csv(path, index=False)
    for source in (TABLE, path, str(path)):
        ladder = dragonet.study(source, "answer", groups="who", drop=["spare"], **LADDER)
        np.testing.assert_array_equal(ladder.scores, expected.scores)
        assert ladder.verdict == expected.verdict
    assert ladder.question == Question(
        str(path), ("answer",), groups="who", drop=("spare",), seeds=1, folds=2, epochs=3
    )
    arrays = dragonet.study((X, TABLE["answer"].to_numpy()), **LADDER)
    assert arrays.rungs == ("majority", "linear", "trees", "mlp") and arrays.question is None
    assert dragonet.study(X, y=TABLE["answer"].to_numpy(), **LADDER).scores.tolist() == arrays.scores.tolist()


def test_the_report_of_data_in_memory_shows_the_call(expected, tmp_path):
    ladder = dragonet.study(TABLE[["dose", "age", "answer"]], "answer", seed=4, **LADDER)
    text = html.unescape(ladder.report(tmp_path / "report.html").read_text(encoding="utf-8"))
    assert ladder.verdict in text.replace("\u00a0", " ") and "In Python; the same versions" in text
    assert "ladder = dragonet.study(data, target='answer', seeds=1, seed=4, folds=2, epochs=3)" in text
    assert "dragonet train" not in text and '<th scope="row">run</th>' not in text


def test_the_report_of_a_file_shows_the_command(tmp_path):
    path = tmp_path / "own.csv"
    TABLE[["dose", "age", "answer"]].to_csv(path, index=False)
    ladder = dragonet.study(path, "answer", missing={"age": -9}, **LADDER)
    text = html.unescape(ladder.report(tmp_path / "report.html").read_text(encoding="utf-8"))
    assert f"dragonet train {path} --target answer --missing age=-9 --seeds 1 --folds 2 --epochs 3" in text


def test_it_takes_all_settings_of_a_ladder():
    names = set(inspect.signature(dragonet.study).parameters)
    assert set(Options.__dataclass_fields__) | {"folder", "jobs", "verbose"} <= names
    assert set(inspect.signature(train_ladder).parameters) - {"rows"} <= names
    assert {"target", "groups", "time", "x", "y", "drop", "columns", "missing"} <= names


def test_it_answers_mistakes_in_a_sentence():
    with pytest.raises(ValueError, match=r"There is no model 'mpl'\. Did you mean 'mlp'\?"):
        dragonet.study(TABLE, "answer", model="mpl")
    with pytest.raises(ValueError, match=r"train needs seeds to be a whole number of at least 1, but got 0\."):
        dragonet.study(TABLE, "answer", seeds=0)
    with pytest.raises(TypeError, match=r"study has no argument 'targets'\. Did you mean 'target'"):
        dragonet.study(TABLE, targets="answer")
    assert studies.Question("own.csv").options == Options()
