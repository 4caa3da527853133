"""Is there anything to learn: no verdict says chance where rows are clearly put in order, and noise is not called a finding."""

import numpy as np
import pandas as pd
import pytest

from dragonet import data
from dragonet.comparison.uncertainty.folds import repeated_folds
from dragonet.report.advice import advice
from dragonet.studies import train_ladder
from dragonet.studies.judging.learnable import learnable
from dragonet.studies.judging.out_of_fold import OutOfFold

N = 1500
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3))
RARE = RNG.random(N) < 1 / (1 + np.exp(3.2 - 1.3 * X[:, 0]))  # some 6 % yes


def climb(y, **more):
    table = pd.DataFrame(X, columns=list("abc")).assign(**(y if isinstance(y, dict) else {"y": y}))
    return train_ladder(
        data.read(table, target=list(y) if isinstance(y, dict) else "y"), epochs=4, **{"seeds": 1, **more}
    )


def test_uneven_classes_are_judged_by_their_order():
    ladder = climb(np.where(RARE, "yes", "no"), model="logistic")
    assert ladder.measure.name == "ROC AUC" and 0.65 < ladder.scores[1].mean() < 0.9
    assert "Not distinguishable" not in ladder.verdict and ladder.choice.is_ahead
    assert "ROC AUC decides, because 9" in ladder.verdict and "of the rows are 'no'" in ladder.verdict


def test_uneven_noise_is_still_chance():
    ladder = climb(np.random.default_rng(7).choice(["yes", "no"], N, p=[0.06, 0.94]))
    assert ladder.verdict.startswith("Not distinguishable from chance") and ladder.kept == "majority"


def test_a_rare_class_among_several():
    y = np.where(RARE, "rare", np.random.default_rng(3).choice(["one", "other"], N))
    ladder = climb(y, model="logistic")
    assert ladder.choice.by_order and "ranks rows better than chance" in ladder.verdict
    assert "Use the probabilities" in " ".join(advice(ladder, None))


def test_uneven_labels():
    ladder = climb({"p": RARE.astype(int), "q": np.roll(RARE, 1).astype(int)}, model="logistic")
    assert ladder.choice.by_order and "ranks rows better than chance" in ladder.verdict
    assert "Use the probabilities" in advice(ladder, None)[0]


def test_numbers_with_extreme_values():
    y = 0.5 * X[:, 0] + np.random.default_rng(1).standard_t(1.5, N)
    ladder = climb(y)
    assert ladder.intervals[1, 0] < 0.02 and "its Spearman's ρ is " in ladder.verdict
    assert not ladder.verdict.startswith("Not")
    assert "put rows in order" in advice(ladder, None)[0]


def test_where_the_deciding_score_tells_order_does_not_decide():
    ladder = climb(np.where(X[:, 0] > 0, "yes", "no"), model="logistic")
    assert not ladder.choice.by_order and "ROC AUC" not in ladder.verdict
    assert ladder.to_json()["learnable"]["orders"] == [True]


def test_a_weak_but_certain_relation_of_numbers_is_not_chance():
    """A table of 200 rows with an R² of .2: an F-test gives p below 1e-8."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 3))
    table = pd.DataFrame(x, columns=list("abc")).assign(y=0.5 * x[:, 0] + rng.normal(size=200))
    ladder = train_ladder(data.read(table, target="y"), model="linear")
    assert ladder.choice.is_ahead and "Not distinguishable" not in ladder.verdict


# --- the tests themselves ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers():
    """(task, signal) -> the out-of-fold answers of a baseline and of one that answers with so much signal."""

    def make(task, signal, n=400, seed=0):
        rng = np.random.default_rng(seed)
        folds = repeated_folds(n, seed=seed)
        truth = rng.normal(size=n)
        keys = signal * truth + rng.normal(size=(2, n))
        if task == "numbers":
            y, outputs, constant = truth[:, None], 0.5 * keys[..., None], np.zeros((2, n, 1))
            sorts = outputs, constant
        else:
            y = (truth > 0).astype(np.int32)
            p = 1 / (1 + np.exp(-keys))
            outputs, constant = np.stack([1 - p, p], axis=2), np.full((2, n, 2), 0.5)
            sorts = np.stack([-keys, keys], axis=2), np.zeros((2, n, 2))
        return [
            OutOfFold(task, y, folds, constant, sorts[1], False),
            OutOfFold(task, y, folds, outputs, sorts[0], False),
        ]

    return make


@pytest.mark.parametrize("task", ["classes", "numbers"])
def test_signal_is_told_and_noise_is_not(answers, task):
    assert learnable(("base", "one"), answers(task, 1.0), None).tells == (True,)
    alarms = [learnable(("base", "one"), answers(task, 0.0, seed=seed), None).is_clear for seed in range(60)]
    assert sum(alarms) <= 6


def test_its_numbers_are_json(answers):
    evidence = learnable(("base", "one"), answers("classes", 1.0), None)
    assert evidence.to_json()["orders"] == [True] and evidence.best == "one" and evidence.ranks
    assert evidence.values[0] > 0.7 and evidence.intervals[0, 0] < evidence.values[0] < evidence.intervals[0, 1]
