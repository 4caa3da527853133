"""The table of out-of-fold answers: the scores can be computed from it again."""

import numpy as np
import pandas as pd
import pytest

from dragonet import data, studies
from dragonet.studies.out_of_fold_table import table_rows


def as_table(ladder):
    header, *rows = table_rows(ladder)
    return pd.DataFrame(rows, columns=header)


def test_of_classes_it_has_the_answers_that_the_scores_are_of():
    ladder = studies.train_ladder(studies.read("dragons", target="color"), seeds=1, folds=2, epochs=2)
    table = as_table(ladder)
    assert list(table.columns[:3]) == ["row", "fold", "color"] and len(table) == 480
    names = [column for column in table.columns if column.startswith("linear: ")]
    answers = table[names].to_numpy().argmax(axis=1)
    right = np.array([names[j].removeprefix("linear: ") for j in answers]) == table["color"]
    assert right.mean() == pytest.approx(ladder.means["linear"])
    assert set(table["fold"]) == {0, 1}


def test_of_several_numbers_it_has_each():
    x = np.random.default_rng(0).normal(size=(60, 2))
    table = pd.DataFrame(x, columns=["a", "b"]).assign(u=x[:, 0], v=-x[:, 1])
    ladder = studies.train_ladder(data.read(table, target=["u", "v"]), model="linear", seeds=1, folds=3)
    answers = as_table(ladder)
    assert list(answers.columns) == ["row", "fold", "u", "v", "mean: u", "mean: v", "linear: u", "linear: v"]
    np.testing.assert_allclose(answers[["linear: u", "linear: v"]], table[["u", "v"]], atol=0.05)
