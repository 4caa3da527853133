"""permutation_importance: by hand, against scikit-learn, seeded, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import permutation_importance as sklearn_importance
from sklearn.linear_model import LogisticRegression

import dragonet
from dragonet import inspect, layers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4))
Y = (2 * X[:, 0] + X[:, 2] > 0).astype(int)


@pytest.fixture(scope="module")
def sklearn_model():
    return LogisticRegression().fit(X, Y)


@pytest.fixture(scope="module")
def model(sklearn_model):
    """The same logistic regression as a model of dragonet."""
    model = dragonet.Sequential([layers.Input((4,)), layers.Dense(1, activation="sigmoid")])
    model.set_weights([sklearn_model.coef_.T, sklearn_model.intercept_])
    model.compile("sgd", "binary_crossentropy")
    return model


def test_it_agrees_with_scikit_learn_within_the_spread(model, sklearn_model):
    result = inspect.permutation_importance(model, X, Y, repeats=50)
    reference = sklearn_importance(sklearn_model, X, Y, n_repeats=50, random_state=1)
    error = np.hypot(result.sd, reference.importances_std) / np.sqrt(50)
    assert (np.abs(result.mean - reference.importances_mean) <= 4 * error + 1e-9).all()
    np.testing.assert_allclose(result.sd, reference.importances_std, rtol=0.4, atol=2e-3)
    assert result.base == sklearn_model.score(X, Y) and result.drops.shape == (4, 50)


def test_the_rise_of_the_loss(model):
    result = inspect.permutation_importance(model, X, Y, repeats=3, score="loss")
    assert abs(result.base - model.evaluate(X, Y, verbose=0)) < 1e-6
    shuffled = X.copy()
    shuffled[:, 0] = np.random.default_rng(0).permuted(np.repeat(X[None, :, 0], 3, axis=0), axis=1)[1]
    assert abs(result.drops[0, 1] - (model.evaluate(shuffled, Y, verbose=0) - result.base)) < 1e-6
    assert result.score == "loss" and result.mean.argmax() == 0


def test_numbers_with_fractions_are_scored_by_the_loss():
    model = dragonet.Sequential([layers.Input((2,)), layers.Dense(1)])
    model.set_weights([np.array([[1.0], [0.0]]), np.zeros(1)])
    model.compile("sgd", "mse")
    result = inspect.permutation_importance(model, X[:, :2], X[:, 0], repeats=20)
    assert result.score == "loss" and result.base < 1e-12
    assert abs(result.mean[0] - 2 * X[:, 0].var()) < 0.1 and result.mean[1] == 0  # E (x − x')² = 2 var x


def test_same_seed_same_drops_and_the_columns_of_a_table_name_the_features(model):
    table = pd.DataFrame(X, columns=["dose", "age", "site", "batch"])
    before = table.copy()
    first, again, other = (inspect.permutation_importance(model, table, Y, 3, seed=seed) for seed in (0, 0, 1))
    assert (first.drops == again.drops).all() and (first.drops != other.drops).any()
    assert first.names == ("dose", "age", "site", "batch") and table.equals(before)
    assert str(first).splitlines()[1].startswith("dose ")
    assert inspect.permutation_importance(model, X, Y, 1).names[3] == "feature 3"
    assert inspect.permutation_importance(model, X, Y, 1).sd.tolist() == [0] * 4


def test_the_raw_columns_are_shuffled_for_a_model_that_encodes_tables():
    class EncodingModel:
        encoder = "an encoder that makes several numbers of one category"

        def predict(self, table):
            return (table["color"] == "red").to_numpy(float)[:, None]

    table = pd.DataFrame({"mass": X[:, 0], "color": np.where(Y == 1, "red", "blue")}, index=np.arange(300)[::-1])
    result = inspect.permutation_importance(EncodingModel(), table, Y, 5)
    assert result.names == ("mass", "color") and result.base == 1
    assert (result.drops[0] == 0).all() and (np.abs(result.drops[1] - 0.5) < 0.15).all()


def test_text_and_one_hot_rows_as_labels():
    class TextClassifier:
        classes_ = np.array(["low", "high"])

        def predict(self, x):
            return np.eye(2)[(x[:, 0] > 0).astype(int)]

    x = X[:, :2]
    words = TextClassifier.classes_[(x[:, 0] > 0).astype(int)]
    result = inspect.permutation_importance(TextClassifier(), x, words)
    assert result.base == 1 and result.mean[0] > 0.3 and result.mean[1] == 0
    one_hot = inspect.permutation_importance(TextClassifier(), x, np.eye(2)[(x[:, 0] > 0).astype(int)])
    assert (one_hot.drops == result.drops).all()


def test_redundant_features_hide_each_other():
    class StrongerFeature:
        def predict(self, x):
            return np.where(np.abs(x[:, :1]) > np.abs(x[:, 1:]), x[:, :1], x[:, 1:]) > 0

    x = np.sign(X[:, :1]) * np.array([[1.0, 1.0]]) * (1 + RNG.random((300, 2)))
    alone = inspect.permutation_importance(StrongerFeature(), x[:, :2], (X[:, 0] > 0).astype(int)).mean
    assert (alone < 0.35).all()  # shuffling both at once costs 0.5


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
def test_mistakes_are_refused(model, x, y, options, message):
    with pytest.raises(ValueError, match=message):
        inspect.permutation_importance(model, x, y, **options)


def test_the_message_for_predicted_numbers_with_whole_targets_names_the_loss():
    class Regression:
        def predict(self, x):
            return 10 * x[:, :1]

    with pytest.raises(ValueError, match="For a model that predicts numbers write score='loss'"):
        inspect.permutation_importance(Regression(), X, Y)
    with pytest.raises(TypeError, match=r"a model with evaluate\(x, y\) for score='loss'"):
        inspect.permutation_importance(Regression(), X, Y, score="loss")
