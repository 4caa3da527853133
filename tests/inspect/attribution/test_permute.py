"""permutation_importance: by hand, against scikit-learn, seeded, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import permutation_importance as sklearns
from sklearn.linear_model import LogisticRegression

import dragonet
from dragonet import inspect, layers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4))
Y = (2 * X[:, 0] + X[:, 2] > 0).astype(int)


@pytest.fixture(scope="module")
def theirs():
    return LogisticRegression().fit(X, Y)


@pytest.fixture(scope="module")
def ours(theirs):
    """The same logistic regression."""
    model = dragonet.Sequential([layers.Input((4,)), layers.Dense(1, activation="sigmoid")])
    model.set_weights([theirs.coef_.T, theirs.intercept_])
    model.compile("sgd", "binary_crossentropy")
    return model


def test_it_agrees_with_scikit_learn_within_its_spread(ours, theirs):
    found = inspect.permutation_importance(ours, X, Y, repeats=50)
    reference = sklearns(theirs, X, Y, n_repeats=50, random_state=1)
    error = np.hypot(found.sd, reference.importances_std) / np.sqrt(50)
    assert (np.abs(found.mean - reference.importances_mean) <= 4 * error + 1e-9).all()
    np.testing.assert_allclose(found.sd, reference.importances_std, rtol=0.4, atol=2e-3)
    assert found.base == theirs.score(X, Y) and found.drops.shape == (4, 50)


def test_the_rise_of_the_loss(ours):
    found = inspect.permutation_importance(ours, X, Y, repeats=3, score="loss")
    assert abs(found.base - ours.evaluate(X, Y, verbose=0)) < 1e-6
    shuffled = X.copy()
    shuffled[:, 0] = np.random.default_rng(0).permuted(np.repeat(X[None, :, 0], 3, axis=0), axis=1)[1]
    assert abs(found.drops[0, 1] - (ours.evaluate(shuffled, Y, verbose=0) - found.base)) < 1e-6
    assert found.score == "loss" and found.mean.argmax() == 0


def test_numbers_with_fractions_are_scored_by_the_loss():
    model = dragonet.Sequential([layers.Input((2,)), layers.Dense(1)])
    model.set_weights([np.array([[1.0], [0.0]]), np.zeros(1)])
    model.compile("sgd", "mse")
    found = inspect.permutation_importance(model, X[:, :2], X[:, 0], repeats=20)
    assert found.score == "loss" and found.base < 1e-12
    assert abs(found.mean[0] - 2 * X[:, 0].var()) < 0.1 and found.mean[1] == 0  # E (x − x')² = 2 var x


def test_same_seed_same_drops_and_the_columns_of_a_table_name_the_features(ours):
    table = pd.DataFrame(X, columns=["dose", "age", "site", "batch"])
    before = table.copy()
    first, again, other = (inspect.permutation_importance(ours, table, Y, 3, seed=seed) for seed in (0, 0, 1))
    assert (first.drops == again.drops).all() and (first.drops != other.drops).any()
    assert first.names == ("dose", "age", "site", "batch") and table.equals(before)
    assert str(first).splitlines()[1].startswith("dose ")
    assert inspect.permutation_importance(ours, X, Y, 1).names[3] == "feature 3"
    assert inspect.permutation_importance(ours, X, Y, 1).sd.tolist() == [0] * 4


def test_a_model_that_encodes_raw_tables_has_its_columns_shuffled_raw():
    class Encodes:
        encoder = "one that makes several numbers of a word"

        def predict(self, table):
            return (table["color"] == "red").to_numpy(float)[:, None]

    table = pd.DataFrame({"mass": X[:, 0], "color": np.where(Y == 1, "red", "blue")}, index=np.arange(300)[::-1])
    found = inspect.permutation_importance(Encodes(), table, Y, 5)
    assert found.names == ("mass", "color") and found.base == 1
    assert (found.drops[0] == 0).all() and (np.abs(found.drops[1] - 0.5) < 0.15).all()


def test_words_and_one_hot_rows_as_labels():
    class Words:
        classes_ = np.array(["low", "high"])

        def predict(self, x):
            return np.eye(2)[(x[:, 0] > 0).astype(int)]

    x = X[:, :2]
    words = Words.classes_[(x[:, 0] > 0).astype(int)]
    found = inspect.permutation_importance(Words(), x, words)
    assert found.base == 1 and found.mean[0] > 0.3 and found.mean[1] == 0
    one_hot = inspect.permutation_importance(Words(), x, np.eye(2)[(x[:, 0] > 0).astype(int)])
    assert (one_hot.drops == found.drops).all()


def test_features_that_tell_the_same_hide_each_other():
    class Either:
        def predict(self, x):
            return np.where(np.abs(x[:, :1]) > np.abs(x[:, 1:]), x[:, :1], x[:, 1:]) > 0

    x = np.sign(X[:, :1]) * np.array([[1.0, 1.0]]) * (1 + RNG.random((300, 2)))
    alone = inspect.permutation_importance(Either(), x[:, :2], (X[:, 0] > 0).astype(int)).mean
    assert (alone < 0.35).all()  # while 0.5 is lost without both


@pytest.mark.parametrize(
    "x, y, options, message",
    [
        (np.ones((5, 8, 8)), Y[:5], {}, r"a table x of shape \(n, features\), but got .*use inspect\.occlusion"),
        (X, Y[:5], {}, "a y for each, but got 300 rows of x and 5 of y"),
        (X, Y, {"names": ["a"]}, "a name for each of 4 features, but got 1 names"),
        (X, Y, {"repeats": 0}, "repeats to be a whole number of at least 1"),
        (X, Y, {"score": "auc"}, "score to be one of 'accuracy', 'loss', but got 'auc'"),
    ],
)
def test_mistakes_get_a_sentence(ours, x, y, options, message):
    with pytest.raises(ValueError, match=message):
        inspect.permutation_importance(ours, x, y, **options)


def test_predicted_numbers_with_whole_targets_are_told_of_the_loss():
    class Numbers:
        def predict(self, x):
            return 10 * x[:, :1]

    with pytest.raises(ValueError, match="For a model that predicts numbers write score='loss'"):
        inspect.permutation_importance(Numbers(), X, Y)
    with pytest.raises(TypeError, match=r"a model with evaluate\(x, y\) for score='loss'"):
        inspect.permutation_importance(Numbers(), X, Y, score="loss")
