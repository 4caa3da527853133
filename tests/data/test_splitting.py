"""split: scikit-learn's rows, the same ones of every array, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from dragonet.data import split


@pytest.mark.parametrize("n, test_size, seed", [(480, 0.4, 0), (1797, 0.2, 42), (10, 3, 7), (30, 0.1, 1)])
def test_rows_are_those_of_scikit_learn(n, test_size, seed):
    rows = np.arange(n)
    for ours, theirs in zip(
        split(rows, test_size=test_size, seed=seed),
        train_test_split(rows, test_size=test_size, random_state=seed),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("seed", [0, 5])
def test_stratified_rows_are_those_of_scikit_learn(seed):
    rows, y = np.arange(90), np.repeat(["a", "b", "c"], [60, 20, 10])
    ours = split(rows, test_size=0.3, seed=seed, stratify=y)
    theirs = train_test_split(rows, test_size=0.3, random_state=seed, stratify=y)
    for our_part, their_part in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(our_part, their_part)
    assert np.unique(y[ours[1]], return_counts=True)[1].tolist() == [18, 6, 3]


def test_every_array_keeps_its_rows_together_and_its_kind():
    table = pd.DataFrame({"a": range(10)}, index=[f"row{i}" for i in range(10)])
    table_train, table_test, x_train, x_test, list_train, list_test = split(table, np.arange(10), list(range(10)))
    assert table_train["a"].tolist() == x_train.tolist() == list_train.tolist()
    assert table_test["a"].tolist() == x_test.tolist() == list_test.tolist()
    assert table_test.index.tolist() == [f"row{i}" for i in x_test]
    assert sorted([*x_train, *x_test]) == list(range(10))


def global_state():
    return [np.asarray(part).tolist() for part in np.random.get_state()]  # noqa: NPY002 the one to be left alone


def test_same_seed_same_rows_another_seed_others_and_no_global_state():
    before = global_state()
    first, again, other = (split(np.arange(100), seed=seed)[1].tolist() for seed in (1, 1, 2))
    assert first == again != other
    assert global_state() == before


@pytest.mark.parametrize("test_size", [0, 0.0, 1.0, 10, 1.5, -1])
def test_an_empty_part_is_refused_with_the_size(test_size):
    with pytest.raises(ValueError, match=r"split needs a test_size that puts some of the 10 rows .* but got"):
        split(np.arange(10), test_size=test_size)


def test_a_share_is_a_finite_number():
    with pytest.raises(ValueError, match="split needs test_size to be a finite number, but got nan"):
        split(np.arange(10), test_size=float("nan"))


@pytest.mark.parametrize(
    "arguments, options, message",
    [
        ((np.ones((3, 2)), np.ones(4)), {}, r"equally many rows, but got the shapes \(3, 2\) and \(4,\)"),
        ((np.float64(3),), {}, r"equally many rows, but got the shapes \(\)"),
        ((np.ones(4),), {"seed": -1}, "seed to be a whole number of at least 0, but got -1"),
        ((np.ones(4),), {"stratify": True}, r"one label a row, \(4,\), .* Write stratify=y\."),
        ((np.ones(4),), {"stratify": ["a", "a", "a", "b"]}, "at least 2 rows of each class .* but got 1 of 'b'"),
        ((np.ones(6),), {"stratify": [0, 0, 1, 1, 2, 2], "test_size": 2}, "room for each of 3 classes .* 4 and 2 rows"),
    ],
)
def test_mistakes_get_a_sentence(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        split(*arguments, **options)


def test_nothing_to_split_is_refused():
    with pytest.raises(TypeError, match=r"at least one array, but got none\. Write split\(x, y\)\."):
        split()
