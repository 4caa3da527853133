"""Spearman's correlation of out-of-fold predictions: scipy's value in one fold, and no shift between folds."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from dragonet.comparison.uncertainty.rank_correlation import spearman

RNG = np.random.default_rng(0)


def test_in_one_fold_it_is_scipys():
    y, answers = RNG.normal(size=(50, 2)), np.round(RNG.normal(size=(50, 2)), 1)
    want = np.mean([spearmanr(y[:, j], answers[:, j]).statistic for j in range(2)])
    result = spearman(y, answers, np.zeros(50, int), np.arange(50))
    assert result.value == pytest.approx(want)


def test_its_moves_sum_to_the_variance_of_independent_ranks():
    variances = []
    for seed in range(30):
        y, answers = np.random.default_rng(seed).normal(size=(2, 80))
        variances.append((spearman(y, answers, np.zeros(80, int), np.arange(80)).moves ** 2).sum())
    assert np.mean(variances) == pytest.approx(1 / 79, rel=0.15)  # of Spearman's ρ without any relation


def test_a_shift_between_the_models_of_two_folds_does_not_count():
    y, fold = RNG.normal(size=60), np.arange(60) % 2
    answers = y + RNG.normal(size=60)
    plain, shifted = (spearman(y, a, fold, np.arange(60)).value for a in (answers, answers + 100 * fold))
    assert plain == pytest.approx(shifted)


def test_constant_predictions_have_none_and_no_error():
    result = spearman(RNG.normal(size=20), np.arange(20) % 2 * 1.0, np.arange(20) % 2, np.arange(20))
    assert result.value == 0 and result.is_exact and not result.moves.any()
