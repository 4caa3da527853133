"""Ranking: no verdict says that there is nothing to learn where rows are clearly ranked better than chance."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from dragonet import data, layers, models
from dragonet.report.advice import advice
from dragonet.studies import measures, ranking, run_study, train_ladder

N = 1500
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3))
RARE = RNG.random(N) < 1 / (1 + np.exp(3.2 - 1.3 * X[:, 0]))  # some 6 % yes


def climbed(y, **more):
    table = pd.DataFrame(X, columns=list("abc")).assign(**(y if isinstance(y, dict) else {"y": y}))
    return train_ladder(
        data.read(table, target=list(y) if isinstance(y, dict) else "y"), epochs=4, **{"seeds": 8, **more}
    )


@pytest.fixture(scope="module")
def uneven():
    return climbed(np.where(RARE, "yes", "no"))


# --- verdicts ---------------------------------------------------------------------------------------------------------


def test_uneven_classes_that_are_ranked_are_not_called_chance(uneven):
    assert uneven.scores[1:].mean() < uneven.scores[0].mean() + 0.005  # accuracy alone tells nothing
    area = uneven.ranking.scores[0].mean()
    assert uneven.ranks and 0.65 < area < 0.9
    assert f"The linear model ranks rows better than chance: its ROC AUC is {area:.3f} [" in uneven.verdict
    assert (
        "chance gives 0.500" in uneven.verdict and "is not told apart from that of always answering" in uneven.verdict
    )
    assert "Not distinguishable" not in uneven.verdict and "Not told apart" not in uneven.verdict
    assert uneven.kept == "linear" and "plainest whose ROC AUC" in uneven.keeping


def test_the_advice_agrees_with_the_verdict(uneven):
    said = " ".join(advice(uneven, None))
    assert "Use the probabilities" in said and "do not tell the answer" not in said


def test_the_record_holds_the_ranking(uneven):
    held = uneven.to_json()["ranking"]
    assert held["score"] == "ROC AUC" and held["above_chance"][0] and np.shape(held["scores"]) == (2, 8)


def test_the_ranking_is_the_figure_in_the_table(uneven):
    np.testing.assert_allclose(uneven.ranking.scores, uneven.figures["ROC AUC"][1:], rtol=1e-12)


def test_uneven_noise_is_still_chance():
    found = climbed(np.random.default_rng(7).choice(["yes", "no"], N, p=[0.06, 0.94]))
    assert found.verdict.startswith("Not distinguishable from chance") and found.kept == "majority" and not found.ranks


def test_a_rare_class_among_several():
    y = np.where(RARE, "rare", np.random.default_rng(3).choice(["one", "other"], N))
    found = climbed(y, model="logistic")
    assert found.ranks and "ranks rows better than chance" in found.verdict


def test_uneven_labels():
    found = climbed({"p": RARE.astype(int), "q": np.roll(RARE, 1).astype(int)}, model="logistic")
    assert found.ranks and "ranks rows better than chance" in found.verdict
    assert "Use the probabilities" in advice(found, None)[0]


def test_numbers_with_extreme_values():
    y = 0.5 * X[:, 0] + np.random.default_rng(1).standard_t(1.5, N)
    found = climbed(y)
    assert (
        found.intervals[1, 0] < 0 and f"its Spearman's ρ is {found.ranking.scores.mean(1).max():.3f} [" in found.verdict
    )
    assert "Not" not in found.verdict.split(".")[0]
    assert "put rows in order" in advice(found, None)[0]


def test_where_the_deciding_score_tells_nothing_is_ranked_again():
    found = climbed(np.where(X[:, 0] > 0, "yes", "no"), seeds=3, model="logistic")
    assert found.ranking is None and "ROC AUC" not in found.verdict


def test_one_model_alone():
    found = climbed(np.where(RARE, "yes", "no"), model="logistic", seeds=1)
    assert found.verdict.startswith("The linear model ranks rows better than chance")


# --- by what rows are ranked ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_probabilities_that_are_all_1_are_ranked_by_their_logits(classes):
    last = layers.Dense(classes, activation="sigmoid" if classes == 1 else "softmax", name="output")
    model = models.Sequential([layers.Input((1,)), last])
    W = np.arange(1.0, classes + 1)[None]
    last.set_weights([W.astype(np.float32), np.full(classes, 0.5, np.float32)])
    x = np.linspace(90, 200, 40, dtype=np.float32)[:, None]
    p = model.predict(x)
    assert len(np.unique(p[:, -1])) == 1  # all of them are 1 in float32
    keys = ranking.sort_keys(model, x, "classes", p)
    assert keys.dtype == np.float64 and (np.diff(keys[:, -1]) > 0).all()
    if classes > 1:
        z = x.astype(float) @ W + 0.5
        rest = np.log(np.exp(z[:, :-1] - z[:, -1:]).sum(axis=1))
        np.testing.assert_allclose(keys[:, -1], -rest, rtol=1e-6)


def test_the_scores_of_a_ladder_rank_by_logits():
    x = np.linspace(-1, 1, 60)
    y, p = (x > 0).astype(int), np.ones((60, 2))
    keys = np.stack([-x, x], axis=1)
    assert measures.measured("classes", y, p)["ROC AUC"] == 0.5
    assert measures.measured("classes", y, p, keys)["ROC AUC"] == 1.0
    labels = np.stack([y, 1 - y], axis=1)
    assert measures.measured("labels", labels, p, np.stack([x, -x], axis=1))["ROC AUC"] == 1.0
    assert "ROC AUC            1.0000" in "\n".join(run_study.Evaluation("classes", y, p, keys).lines())


def test_outputs_of_other_layers_are_ranked_too():
    model = models.Sequential([layers.Input((1,)), layers.Dense(1), layers.Activation("sigmoid")])
    p = np.array([[0.0], [0.2], [0.5], [1.0]])
    keys = ranking.sort_keys(model, np.zeros((4, 1)), "labels", p)
    assert np.isfinite(keys).all() and (np.diff(keys[:, 0]) > 0).all() and keys[2, 0] == 0


# --- formulas ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [2, 4])
def test_the_area_is_scikit_learns_with_ties_and_weights(classes):
    rng = np.random.default_rng(classes)
    y, keys = rng.integers(0, classes, 80), np.round(rng.normal(size=(80, classes)), 1)
    keys[:, 0] = -keys[:, 1] if classes == 2 else keys[:, 0]
    w = rng.integers(0, 3, size=(5, 80)).astype(np.float32)
    for weights, area in zip(w, ranking.auc(y, keys, w), strict=True):
        want = np.mean([roc_auc_score(y == c, keys[:, c], sample_weight=weights) for c in range(classes)])
        assert area == pytest.approx(want, abs=1e-12)


def test_a_class_that_no_row_was_drawn_of_is_left_out():
    y, keys = np.array([0, 0, 1, 2]), np.eye(3)[[0, 1, 1, 2]]
    w = np.array([[1.0, 1.0, 1.0, 0.0]])
    assert ranking.auc(y, keys, w)[0] == pytest.approx(np.mean([1 / 2 + 1 / 4, 3 / 4]))
    assert np.isnan(ranking.auc(np.zeros(3, int), np.ones((3, 2)), np.ones((1, 3)))).all()


def test_spearman_is_scipys():
    rng = np.random.default_rng(0)
    y, said = rng.normal(size=(50, 2)), np.round(rng.normal(size=(50, 2)), 1)
    want = np.mean([spearmanr(y[:, j], said[:, j]).statistic for j in range(2)])
    assert ranking.spearman(y, said, np.ones((1, 50)))[0] == pytest.approx(want)
    assert ranking.spearman(y, np.zeros((50, 2)), np.ones((1, 50)))[0] == 0


def test_an_accuracy_that_is_only_uncertain_is_not_called_lost():
    table = pd.DataFrame({"a": X[:60, 0], "y": np.where(X[:60, 0] + 0.2 * X[:60, 1] > 0, "yes", "no")})
    found = train_ladder(data.read(table, target="y"), seeds=2, epochs=4)
    if found.ranks:
        assert "lose this order" not in found.verdict and "would tell whether it is better" in found.verdict
    assert not any("Use the probabilities" in sentence for sentence in advice(found, None))
