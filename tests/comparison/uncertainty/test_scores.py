"""Scores of cross-validated models: estimates and differences, equal models, few trainings, and a small table with a signal."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression, Ridge

from dragonet.comparison import resampling
from dragonet.comparison.uncertainty import scores
from dragonet.comparison.uncertainty.folds import Folds, expanding_folds, hold_out, repeated_folds
from dragonet.comparison.uncertainty.scores import Estimate, score_repeats

NUMBERS = (scores.R_SQUARED, scores.MAE)
CLASSES = (scores.ACCURACY, scores.BALANCED, scores.AUC, scores.LOG_LOSS)


def out_of_fold(model, x, y, folds, method="predict"):
    """Out-of-fold answers of a scikit-learn estimator, (R, n) or (R, n, classes)."""
    answers = None
    for repeat, train, test in folds.splits():
        result = getattr(model.fit(x[train], y[train]), method)(x[test])
        if answers is None:
            answers = np.zeros((folds.repeats, len(y), *result.shape[1:]))
        answers[repeat, test] = result
    return answers


def mean_of_training_rows(y, folds):
    answers = np.zeros((folds.repeats, len(y)))
    for repeat, train, test in folds.splits():
        answers[repeat, test] = y[train].mean()
    return answers


def made_up(score, seed=0, n=40, many=3):
    rng = np.random.default_rng(seed)
    folds = repeated_folds(n, seed=seed)
    if score in NUMBERS:
        y = rng.normal(size=n)
        return y, y + rng.normal(size=(2, n)), folds
    return np.arange(n) % many, rng.dirichlet(np.ones(many), size=(2, n)), folds


def small_table():
    """60 rows, five columns and y, whose F-test has p 1.5e-11."""
    table = np.loadtxt(Path(__file__).with_name("small_signal.csv"), delimiter=",", skiprows=1)
    return table[:, :5], table[:, 5]


def test_a_linear_signal_in_60_rows_is_told_from_chance():
    x, y = small_table()
    folds = repeated_folds(60)
    linear = score_repeats(scores.R_SQUARED, y, out_of_fold(Ridge(1.0), x, y, folds), folds, is_random=False)
    simplest = score_repeats(scores.R_SQUARED, y, mean_of_training_rows(y, folds), folds, is_random=False)
    difference = linear.minus(simplest)
    assert difference.p < 1e-6
    low, high = linear.estimate().interval()
    assert 0.3 < low < linear.estimate().value < high < 0.9
    assert simplest.estimate().value < 0.01


def test_noise_is_not():
    x, y = small_table()
    y = np.random.default_rng(4).permutation(y)
    folds = repeated_folds(60)
    linear = score_repeats(scores.R_SQUARED, y, out_of_fold(Ridge(1.0), x, y, folds), folds, is_random=False)
    simplest = score_repeats(scores.R_SQUARED, y, mean_of_training_rows(y, folds), folds, is_random=False)
    assert linear.minus(simplest).value < 0 or linear.minus(simplest).p > 0.05


def test_a_rare_class_is_told_from_chance_by_its_auc():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(300, 3))
    y = (rng.random(300) < 1 / (1 + np.exp(3 - 1.5 * x[:, 0]))).astype(int)
    folds = repeated_folds(300, classes=y)
    p = out_of_fold(LogisticRegression(), x, y, folds, "predict_proba")
    constant = np.full_like(p, 0.5)
    linear, simplest = (score_repeats(scores.AUC, y, a, folds, is_random=False) for a in (p, constant))
    difference = linear.minus(simplest)
    assert difference.value == pytest.approx(linear.estimate().value - 0.5)
    assert difference.variance == linear.estimate().variance
    assert difference.p < 1e-6
    assert simplest.estimate().interval() == (0.5, 0.5)


@pytest.mark.parametrize("score", NUMBERS + CLASSES, ids=lambda score: score.name)
@pytest.mark.parametrize("is_random", [False, True])
def test_two_equal_models_differ_by_0_with_p_1(score, is_random):
    y, answers, folds = made_up(score)
    a, b = (score_repeats(score, y, answers.copy(), folds, is_random=is_random) for _ in range(2))
    difference = a.minus(b)
    assert difference.value == 0
    assert difference.p == 1
    assert resampling.holm([difference.p])[0] == [False]


@settings(max_examples=60, deadline=None)
@given(score=st.sampled_from(NUMBERS + CLASSES), seed=st.integers(0, 999), is_random=st.booleans())
def test_a_difference_is_minus_the_other_way_round(score, seed, is_random):
    y, answers, folds = made_up(score, seed)
    _, others, _ = made_up(score, seed + 1)
    a = score_repeats(score, y, answers, folds, is_random=False)
    b = score_repeats(score, y, others, folds, is_random=is_random)
    forward, back = a.minus(b), b.minus(a)
    assert forward.value == pytest.approx(-back.value)
    assert forward.variance == pytest.approx(back.variance)
    assert forward.variance > 0
    assert forward.p == pytest.approx(back.p)
    estimate = a.estimate()
    low, high = estimate.interval()
    assert low <= estimate.value <= high


@pytest.mark.parametrize("score", NUMBERS + CLASSES, ids=lambda score: score.name)
def test_the_order_of_rows_does_not_matter(score):
    y, answers, folds = made_up(score)
    order = np.random.default_rng(0).permutation(len(y))
    moved = Folds(folds.of_rows[:, order], folds.group)
    a = score_repeats(score, y, answers, folds, is_random=True).estimate()
    b = score_repeats(score, y[order], answers[:, order], moved, is_random=True).estimate()
    assert (a.value, a.variance, a.freedom) == pytest.approx((b.value, b.variance, b.freedom))


def test_better_is_positive_for_losses_too():
    y = np.arange(20.0)
    folds = repeated_folds(20)
    near, far = (score_repeats(scores.MAE, y, np.stack([y + e, y + e]), folds, is_random=False) for e in (0.5, 1.0))
    assert near.minus(far).value == pytest.approx(0.5)


def test_perfect_ranks_of_few_rows_are_about_as_sure_as_a_permutation_test():
    y = np.repeat([0, 1], 5)
    folds = repeated_folds(10, classes=y)
    perfect = np.tile(np.arange(10.0), (2, 1))
    auc = score_repeats(scores.AUC, y, perfect, folds, is_random=False)
    simplest = score_repeats(scores.AUC, y, np.zeros((2, 10)), folds, is_random=False)
    exact = 2 / 252  # of all orders, the two that are perfect
    assert exact / 3 < auc.minus(simplest).p < 3 * exact


def test_all_right_is_not_certain():
    y = np.arange(12) % 2
    folds = repeated_folds(12, classes=y)
    p = np.tile(np.eye(2)[y], (2, 1, 1))
    for score in (scores.ACCURACY, scores.BALANCED, scores.AUC):
        low, high = score_repeats(score, y, p, folds, is_random=False).estimate().interval()
        assert 0.4 < low < 0.85
        assert high == 1


def test_the_made_up_rows_of_a_balanced_accuracy_count_by_class():
    y = np.arange(12) % 2
    folds = repeated_folds(12, classes=y)
    p = np.tile(np.eye(2)[y], (2, 1, 1))
    of_a_class = 7 / 8 * 1 / 8 / 8  # six right of six, with one right and one wrong more
    estimate = score_repeats(scores.BALANCED, y, p, folds, is_random=False).estimate()
    assert estimate.variance == pytest.approx(2 * of_a_class / 4)


def test_a_class_of_one_row_leaves_the_variance_finite():
    y = np.r_[np.arange(20) % 2, 2]
    folds = repeated_folds(21)
    p = np.random.default_rng(0).dirichlet(np.ones(3), size=(2, 21))
    for score in CLASSES:
        assert np.isfinite(score_repeats(score, y, p, folds, is_random=False).estimate().variance)


def test_one_repeat_has_twice_the_variance_of_rows():
    y, answers, folds = made_up(scores.R_SQUARED)
    once = Folds(folds.of_rows[:1], folds.group)
    result = score_repeats(scores.R_SQUARED, y, answers[:1], once, is_random=False)
    assert result.estimate().variance == pytest.approx(2 * (result.moves**2).sum())


def test_one_hold_out_has_the_variance_of_its_test_rows():
    folds = hold_out(200, share=0.25)
    rng = np.random.default_rng(0)
    y, answers = rng.normal(size=200), rng.normal(size=(1, 200))
    estimate = score_repeats(scores.MAE, y, answers, folds, is_random=True).estimate()
    losses = np.abs(y - answers[0])[folds.of_rows[0] == 0]
    assert estimate.value == pytest.approx(losses.mean())
    assert estimate.variance == pytest.approx(losses.var(ddof=1) / 50)
    assert estimate.freedom <= 49


def test_an_expanding_window_is_judged_by_blocks_of_time():
    folds = expanding_folds(np.arange(120))
    y = np.random.default_rng(0).normal(size=120)
    answers = np.zeros((1, 120))
    estimate = score_repeats(scores.MAE, y, answers, folds, is_random=False).estimate()
    tested = np.abs(y[20:]).reshape(20, 5).mean(axis=1)
    assert estimate.value == pytest.approx(tested.mean())
    assert estimate.variance == pytest.approx(tested.var(ddof=1) / 20)


def test_two_groups_do_not_tell_how_sure_r_squared_is():
    y = np.random.default_rng(0).normal(size=20)
    folds = repeated_folds(20, groups=np.arange(20) % 2)
    estimate = score_repeats(scores.R_SQUARED, y, np.stack([y / 2, y / 2]), folds, is_random=False).estimate()
    assert estimate.interval() == (-np.inf, 1)


def test_what_cannot_be_scored():
    y, answers, folds = made_up(scores.R_SQUARED)
    with pytest.raises(ValueError, match=r"R² needs answers of 2 repeats for 40 rows, but got shape \(1, 40\)"):
        score_repeats(scores.R_SQUARED, y, answers[:1], folds, is_random=False)
    with pytest.raises(ValueError, match="two models with the same score and folds"):
        a, b = (score_repeats(s, y, answers, folds, is_random=False) for s in NUMBERS)
        a.minus(b)
    lone = Folds(np.array([[0, -1, -1]]), np.arange(3))
    with pytest.raises(ValueError, match="MAE needs two groups to test at least, but got 1"):
        score_repeats(scores.MAE, np.ones(3), np.ones((1, 3)), lone, is_random=False)


def test_an_estimate_tells_its_interval_and_p():
    estimate = Estimate(0.2, 0.01, 30)
    assert estimate.error == pytest.approx(0.1)
    assert (estimate.p < 0.05) == (estimate.interval()[0] > 0)
