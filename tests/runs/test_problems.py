"""Problems: what is learned from, watched and tested with, and the fingerprint of it all."""

import dataclasses

import numpy as np
import pytest

from dragonet.runs import problems


@pytest.mark.parametrize(
    ("name", "rows", "watched", "tested"),
    [("mnist", 60_000, 6_000, 10_000), ("digits", 1_437, 144, 360), ("dragons", 288, 29, 192)],
)
def test_sizes(name, rows, watched, tested):
    problem = problems.load(name, seed=0)
    assert (len(problem.x_train), problem.watched, len(problem.x_test)) == (rows, watched, tested)
    assert set(np.unique(problem.y_test)) == set(range(len(problem.classes)))


def test_the_seed_draws_the_dragons_but_not_the_digits():
    assert problems.load("dragons", 0).sha256() != problems.load("dragons", 1).sha256()
    assert problems.load("digits", 0).sha256() == problems.load("digits", 1).sha256()


def test_the_fingerprint_sees_one_pixel_and_not_the_order_of_bytes():
    problem = problems.load("dragons", 0)
    swapped = dataclasses.replace(problem, x_test=problem.x_test.astype(problem.x_test.dtype.newbyteorder(">")))
    assert swapped.sha256() == problem.sha256()
    x = problem.x_test.copy()
    x[-1, -1] += 1
    assert dataclasses.replace(problem, x_test=x).sha256() != problem.sha256()


def test_the_watched_rows_are_those_that_fit_holds_back():
    from dragonet.training.data.adapter import split_at

    for name in ("digits", "dragons"):
        problem = problems.load(name, seed=0)
        n = len(problem.x_train)
        assert n - problem.watched == split_at(n, problems.VALIDATION)


def test_an_unknown_name():
    with pytest.raises(ValueError, match=r"There is no data set 'mnst'. Did you mean 'mnist'\?"):
        problems.load("mnst", 0)
