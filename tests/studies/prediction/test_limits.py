"""Limits: nine of ten new rows are within, for each class and each number; few groups give a lower level; damaged records."""

import numpy as np
import pytest

from dragonet.comparison.uncertainty.folds import repeated_folds
from dragonet.studies.judging.out_of_fold import OutOfFold
from dragonet.studies.prediction.limits import Limits


def of_numbers(seed, n=200, groups=None):
    """Out-of-fold answers of a linear model to y = x + noise, and what draws new rows with the model of all rows."""
    rng = np.random.default_rng(seed)

    def draw(n):
        x = rng.normal(size=n)
        return x, x + rng.standard_t(4, n)

    x, y = draw(n)
    folds = repeated_folds(n, groups=groups, seed=seed)
    outputs = np.zeros((2, n, 1))
    for repeat, train, test in folds.splits():
        outputs[repeat, test, 0] = np.polyval(np.polyfit(x[train], y[train], 1), x[test])
    line = np.polyfit(x, y, 1)
    return OutOfFold("numbers", y[:, None], folds, outputs, outputs, False), draw, line


def test_intervals_hold_nine_of_ten_new_numbers():
    shares = []
    for seed in range(100):
        answers, draw, line = of_numbers(seed)
        x, y = draw(500)
        columns = Limits.of(answers).columns(np.polyval(line, x)[:, None], ("y",))
        shares.append(np.mean((np.array(columns["low"]) <= y) & (y <= np.array(columns["high"]))))
    assert 0.88 <= np.mean(shares) <= 0.92


def of_classes(seed, n=300):
    """Out-of-fold answers with the true probabilities of a common and a rare class."""
    rng = np.random.default_rng(seed)

    def draw(n):
        z = rng.normal(size=n)
        p = 1 / (1 + np.exp(-(2 * z - 1.5)))
        return np.stack([1 - p, p], axis=1), (rng.random(n) < p).astype(np.int32)

    p, y = draw(n)
    outputs = np.repeat(p[None], 2, axis=0)
    return OutOfFold("classes", y, repeated_folds(n, classes=y, seed=seed), outputs, outputs, False), draw


def test_sets_hold_nine_of_ten_of_each_class():
    shares = {0: [], 1: []}
    for seed in range(100):
        answers, draw = of_classes(seed)
        p, y = draw(1000)
        sets = Limits.of(answers).columns(p, ("no", "yes"))["set"]
        for c, name in enumerate(("no", "yes")):
            shares[c].append(np.mean([name in row.split(" | ") for row in np.array(sets)[y == c].tolist()]))
    assert all(0.88 <= np.mean(of_class) <= 0.92 for of_class in shares.values())


def test_few_groups_give_the_level_that_they_allow():
    answers, *_ = of_numbers(0, groups=np.arange(200) % 6)
    limits = Limits.of(answers)
    assert limits.level == 0.85 and limits.groups == 6
    assert limits.describe(answers, ("y",)).endswith("So few groups allow no higher level.")
    two, *_ = of_numbers(0, groups=np.arange(200) % 2)
    assert Limits.of(two) is None


def test_what_a_report_says():
    answers, _ = of_classes(0)
    sentence = Limits.of(answers).describe(answers, ("no", "yes"))
    assert "with a probability of 90%, for each class: 1." in sentence and "of 2 classes in the mean" in sentence


def test_a_set_may_be_empty_and_names_of_several_numbers_are_told_apart():
    limits = Limits("classes", 0.9, (0.2, 0.2), 50)
    assert limits.columns(np.array([[0.5, 0.5], [0.9, 0.1]]), ("a", "b")) == {"set": ["", "a"]}
    columns = Limits("numbers", 0.9, (1.0, 2.0), 50).columns(np.array([[1.0, 10.0]]), ("u", "v"))
    assert columns == {"low of u": [0.0], "high of u": [2.0], "low of v": [8.0], "high of v": [12.0]}


@pytest.mark.parametrize(
    "record", [5, {}, {"task": "poetry"}, {"task": "classes", "level": "x", "quantiles": [], "groups": 1}]
)
def test_damaged_records_are_refused(record):
    limits = Limits("classes", 0.9, (0.2, 0.3), 50)
    assert Limits.from_json(limits.to_json()) == limits
    with pytest.raises(
        ValueError, match=r"scores.json of a run needs the limits of its answers, but got .*Train anew\."
    ):
        Limits.from_json(record)
