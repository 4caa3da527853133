"""decode_over_time: against scikit-learn, signals from a known time on, noise, groups, and what it refuses."""

import types

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.covariance import empirical_covariance, ledoit_wolf_shrinkage
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dragonet import inspect
from dragonet.inspect.neural_decoding import epochs
from dragonet.inspect.neural_decoding.discriminant import discriminate

ONSET = 12


def trials_with_onset(n=80, channels=6, times=20, shift=1.5, classes=2, seed=0):
    """Noise, whose first channel depends on the class from time ONSET on."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    x = rng.normal(size=(n, channels, times))
    x[:, 0, ONSET:] += shift * y[:, None]
    return x, y


class ShrunkCovariance:
    """A covariance estimator for scikit-learn with a fixed shrinkage γ."""

    def __init__(self, gamma):
        self.gamma = gamma

    def fit(self, x):
        self.covariance_ = (1 - self.gamma) * empirical_covariance(x) + self.gamma * np.eye(x.shape[1])
        return self


class SklearnDiscriminant(ClassifierMixin, BaseEstimator):
    """The same discriminant, composed of scikit-learn's classes."""

    def fit(self, x, y):
        self.classes_ = np.unique(y)
        z = StandardScaler().fit_transform(x)
        gamma = max(ledoit_wolf_shrinkage(z), 1e-6)
        lda = LinearDiscriminantAnalysis(solver="lsqr", covariance_estimator=ShrunkCovariance(gamma))
        self.model_ = make_pipeline(StandardScaler(), lda).fit(x, y)
        return self

    def predict(self, x):
        return self.model_.predict(x)


@pytest.mark.parametrize("features, classes", [(1, 2), (5, 2), (64, 3), (150, 3)])
def test_the_discriminant_equals_scikit_learns_for_every_labeling(features, classes):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(90, features)) @ rng.normal(size=(features, features)) + 5
    labels = np.stack([rng.permutation(np.arange(60) % classes) for _ in range(4)])
    x[:60, 0] += labels[0]
    predicted = discriminate(x[:60], x[60:], labels, classes)
    expected = [SklearnDiscriminant().fit(x[:60], order).predict(x[60:]) for order in labels]
    assert (predicted == np.stack(expected)).all() and len(np.unique(predicted)) == classes


def test_constant_features_and_a_label_that_is_missing_do_not_matter():
    x = np.zeros((20, 3))
    x[:, 1] = 0.1
    assert (discriminate(x, x, np.arange(20)[None] % 2, 2) == 0).all()  # no information about the class
    assert (discriminate(np.repeat(x, 20, axis=1), np.ones((4, 60)), np.arange(20)[None] % 2, 2) == 0).all()
    x[:, 2] = np.arange(20) % 2
    assert (discriminate(x, x, np.arange(20)[None] % 2, 2) == np.arange(20) % 2).all()
    assert (discriminate(x, x, 2 * (np.arange(20)[None] % 2), 3) != 1).all()


@pytest.mark.parametrize("model", [None, LogisticRegression()])
def test_the_accuracy_at_one_time_equals_cross_val_score(model):
    x, y = trials_with_onset()
    result = inspect.decode_over_time(x[:, :, 11:13], y, model=model, permutations=19, seed=3)
    folds = StratifiedKFold(5, shuffle=True, random_state=3)
    for t in (0, 1):
        expected = cross_val_score(
            model or SklearnDiscriminant(), x[:, :, 11 + t], y, cv=folds, scoring="balanced_accuracy"
        ).mean()
        assert result.accuracy[t] == pytest.approx(expected, abs=1e-12)


def test_a_signal_is_found_from_its_onset_on():
    x, y = trials_with_onset(n=120, times=40)
    times = np.arange(40) / 100 - 0.05
    result = inspect.decode_over_time(x, np.array(["left", "right"])[y], times=times)
    assert abs(result.first - times[ONSET]) <= 0.01
    assert not result.above[:ONSET].any() and result.above[ONSET:].mean() > 0.9
    assert (result.p <= 0.05).tolist() == result.above.tolist()
    assert result.classes == ("left", "right") and result.null.shape == (100, 40)
    text = str(result)
    assert text.startswith(f"From {result.first:.4g} s on the response can be predicted (accuracy 0.")
    assert f"chance below {result.threshold:.2f} at 95 %, corrected for 40 time points)" in text


def test_in_noise_nothing_is_found():
    x, y = trials_with_onset(shift=0)
    result = inspect.decode_over_time(x, y)
    assert result.first is None and not result.above.any()
    assert str(result).startswith("At no time point better than chance (best accuracy 0.")
    low, high = result.band
    assert ((low < 0.5) & (high > 0.5)).all() and (result.threshold >= high).all()


def test_the_chance_level_of_unequal_classes_is_that_of_equal_ones():
    x, _ = trials_with_onset(n=100, shift=0)
    y = np.array(["rare", *["common"] * 4] * 20)
    result = inspect.decode_over_time(x, y)
    assert abs(result.null.mean() - 0.5) < 0.01 and abs(result.accuracy.mean() - 0.5) < 0.05
    by_model = inspect.decode_over_time(x[:, :, :1], y, model=LogisticRegression(), permutations=19)
    assert abs(by_model.accuracy[0] - 0.5) < 0.1  # although always 'common' is right in 80 %


def test_more_classes_have_a_lower_chance_level():
    x, y = trials_with_onset(n=120, classes=3)
    result = inspect.decode_over_time(x, y, permutations=39)
    assert abs(result.null.mean() - 1 / 3) < 0.01 and result.first == ONSET
    assert str(result).startswith("From time point 12 on")


def test_the_last_sample_of_a_window_gives_its_time_and_a_longer_window_is_more_accurate():
    x, y = trials_with_onset(n=200, shift=0.6)
    narrow, wide = (inspect.decode_over_time(x, y, window=window, permutations=39) for window in (1, 5))
    assert wide.times.tolist() == list(range(4, 20))
    assert wide.accuracy[-1] > narrow.accuracy[-1] + 0.03 and wide.first >= ONSET
    single = inspect.decode_over_time(x[:, :, 15:].reshape(200, -1, 1), y, permutations=39)
    assert single.accuracy[0] == wide.accuracy[-1]


def test_the_same_seed_gives_the_same_result_and_x_is_not_changed():
    x, y = trials_with_onset()
    before = x.copy()
    first, same, other = (inspect.decode_over_time(x, y, permutations=19, seed=seed) for seed in (0, 0, 1))
    assert (first.null == same.null).all() and (first.accuracy == same.accuracy).all()
    assert (first.null != other.null).any() and (x == before).all()


def test_a_group_is_never_in_training_and_test_rows_at_once():
    """Each subject has a pattern of its own and one label: the subject can be learned, the label cannot."""
    rng = np.random.default_rng(0)
    subject = np.repeat(np.arange(20), 6)
    x = rng.normal(size=(120, 20, 3)) + 3 * rng.normal(size=(20, 20, 1))[subject]
    y = (subject % 2).astype(int)
    assert inspect.decode_over_time(x, y).accuracy.min() > 0.8
    result = inspect.decode_over_time(x, y, groups=[f"s{i}" for i in subject])
    assert (
        result.first is None and result.null.std() > 0.08
    )  # whole subjects exchange labels, so the chance range is wide


def test_labels_are_shuffled_within_folds_within_groups_or_among_groups():
    rng = np.random.default_rng(0)
    y, groups = np.arange(40) % 2, np.repeat(np.arange(4), 10)
    splits = list(GroupKFold(4).split(y, y, groups))
    shuffled = epochs.shuffle_labels(y, epochs.exchangeable_blocks(y, None, splits), rng)
    assert all(shuffled[test].sum() == y[test].sum() for _, test in splits) and (shuffled != y).any()
    y[:10] = 1
    shuffled = epochs.shuffle_labels(y, epochs.exchangeable_blocks(y, groups, splits), rng)
    assert all(shuffled[groups == g].sum() == y[groups == g].sum() for g in range(4)) and (shuffled[:10] == 1).all()
    y = groups // 2
    shuffled = epochs.shuffle_labels(y, epochs.exchangeable_blocks(y, groups, splits), rng)
    assert sorted(shuffled[::10].tolist()) == [0, 0, 1, 1] and (shuffled.reshape(4, 10) == shuffled[::10, None]).all()


def test_epochs_of_mne_have_times_and_labels():
    x, y = trials_with_onset()
    times = np.linspace(-0.1, 0.3, 20)
    events = np.stack([np.arange(80), np.zeros(80, int), y + 7], axis=1)
    mne_epochs = types.SimpleNamespace(get_data=lambda: x, times=times, events=events)
    result, plain = (
        inspect.decode_over_time(mne_epochs, permutations=19),
        inspect.decode_over_time(x, y, times=times, permutations=19),
    )
    assert result.classes == (7, 8) and (result.times == times).all() and (result.null == plain.null).all()


X, Y = trials_with_onset(n=20, channels=2, times=4)
PAIRS = np.repeat(np.arange(5), 4)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda d: d(X), r"a label y for each trial, but got None. Write decode_over_time\(x, y\)"),
        (
            lambda d: d(X[:, 0], Y),
            r"x of shape \(trials, channels, times\), but got shape \(20, 4\). For one channel write",
        ),
        (lambda d: d(X, Y[:3]), "a label for each trial, but got 20 trials in x and 3 labels in y"),
        (
            lambda d: d(X * np.where(Y, np.nan, 1)[:, None, None], Y),
            "numbers only, but got nan or infinity in 10 of 20 trials",
        ),
        (lambda d: d(X, Y * 0), "at least two labels, but got 0 alone"),
        (lambda d: d(X, np.arange(20) > 17), "at least 5 trials of each label for folds=5, but got 2 of True"),
        (lambda d: d(X, Y, groups=[1, 2]), "a group for each trial, but got 20 trials and 2 groups"),
        (lambda d: d(X, Y, groups=Y), "at least 5 groups for folds=5, but got 2"),
        (
            lambda d: d(X, np.arange(20) > 15, groups=np.repeat(np.arange(4), 5), folds=4),
            "each label in the training rows of every fold",
        ),
        (
            lambda d: d(X, PAIRS > 2, groups=PAIRS, folds=2),
            "more groups, .* but got labels with only 10 distinct permutations",
        ),
        (lambda d: d(X, Y, window=5), "a window of no more than the 4 samples of a trial, but got 5"),
        (lambda d: d(X, Y, permutations=18), "permutations of at least 19 at level=0.95, but got 18"),
        (lambda d: d(X, Y, level=0), "a level above 0 and below 1, but got 0"),
        (
            lambda d: d(X, Y, times=[0, 1]),
            r"an increasing time for each of the 4 samples, but got times of shape \(2,\)",
        ),
        (
            lambda d: d(X, Y, times=[3, 2, 1, 0]),
            "an increasing time for each of the 4 samples, but got times that do not increase",
        ),
    ],
)
def test_mistakes_are_refused(call, message):
    with pytest.raises(ValueError, match="decode_over_time needs " + message):
        call(inspect.decode_over_time)


def test_a_model_that_cannot_be_cloned_is_refused():
    with pytest.raises(
        TypeError, match=r"a classifier that scikit-learn can clone, but got <object.*sklearn\.NetClassifier"
    ):
        inspect.decode_over_time(X, Y, model=object())


@pytest.mark.tutorial
@pytest.mark.parametrize("kind", ["trials", "groups", "whole groups"])
def test_noise_is_significant_in_five_percent_of_sets(kind):
    """400 sets of noise with a slow component: 20 significant ones are expected, sd 4.4."""
    significant = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(60, 5, 12)).cumsum(axis=2)
        y, groups = np.arange(60) % 2, None
        if kind != "trials":
            groups = np.repeat(np.arange(15), 4)
            x += 2 * rng.normal(size=(15, 5, 1))[groups]
        if kind == "whole groups":
            y = groups % 2
        significant += inspect.decode_over_time(x, y, groups=groups, permutations=39, seed=seed).first is not None
    assert 8 <= significant <= 33, significant
