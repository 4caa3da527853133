"""Boosted trees: scikit-learn's predictions from the arrays alone, what validation chooses, and damaged files."""

import io
import json
import zipfile

import numpy as np
import pytest
from helpers.splits import PLAIN, fit, split_of
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from dragonet import data, studies
from dragonet.studies import candidates
from dragonet.studies.candidates import trees
from dragonet.studies.candidates.boosted_trees import BoostedTrees
from dragonet.studies.candidates.split import balanced_weights
from dragonet.studies.candidates.validation_loss import mean_loss

TREES = candidates.find("trees")
RNG = np.random.default_rng(2)
X = PLAIN.astype(np.float32)
CROSS = (PLAIN[:, 0] * PLAIN[:, 1] > 0).astype(np.int32)
THREE = (CROSS + (PLAIN[:, 2] > 1)).astype(np.int32)
LABELS = np.stack([CROSS, PLAIN[:, 2] > 0], axis=1).astype(np.float32)
NUMBERS = np.stack([1e6 + 50 * PLAIN[:, 0] * PLAIN[:, 1], PLAIN[:, 2]], axis=1)
SETTINGS = {
    "learning_rate": 0.1,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 6,
    "l2_regularization": 1.0,
    "early_stopping": False,
}


@pytest.fixture(autouse=True)
def one_thread():
    """Threads of OpenMP that wait for each other would take most of the time."""
    with threadpool_limits(1, user_api="openmp"):
        yield


@pytest.mark.parametrize(("y", "classes"), [(CROSS, 2), (THREE, 3)])
@pytest.mark.parametrize("weighted", [False, True])
def test_of_classes_it_is_scikit_learns(y, classes, weighted):
    weights = balanced_weights(y[:180]) if weighted else None
    trained = fit(TREES, split_of(y, "classes", classes, weights))
    all_weights = balanced_weights(y) if weighted else None
    witness = HistGradientBoostingClassifier(max_iter=int(trained.chosen["trees"]), **SETTINGS)
    witness.fit(X, y, sample_weight=all_weights)
    np.testing.assert_allclose(TREES.predict(trained.model, X), witness.predict_proba(X), rtol=1e-9)


def test_of_numbers_and_labels_each_column_has_trees_of_its_own():
    trained = fit(TREES, split_of(NUMBERS, "numbers", 2))
    for j in range(2):
        y = (NUMBERS[:, j] - NUMBERS[:, j].mean()) / NUMBERS[:, j].std()
        witness = HistGradientBoostingRegressor(max_iter=int(trained.chosen["trees"]), **SETTINGS).fit(X, y)
        want = witness.predict(X) * NUMBERS[:, j].std() + NUMBERS[:, j].mean()
        np.testing.assert_allclose(TREES.predict(trained.model, X)[:, j], want, rtol=1e-9)
    trained = fit(TREES, split_of(LABELS, "labels", 2))
    witness = HistGradientBoostingClassifier(max_iter=int(trained.chosen["trees"]), **SETTINGS).fit(X, LABELS[:, 0])
    np.testing.assert_allclose(TREES.predict(trained.model, X)[:, 0], witness.predict_proba(X)[:, 1], rtol=1e-9)


def test_validation_chooses_how_many():
    noisy = np.where(RNG.random(240) < 0.25, 1 - CROSS, CROSS).astype(np.int32)
    split = split_of(noisy, "classes", 2)
    count = int(fit(TREES, split).chosen["trees"])
    losses = []
    for n in (1, count, count + 20):
        witness = HistGradientBoostingClassifier(max_iter=n, **(SETTINGS | {"min_samples_leaf": 4}))
        p = witness.fit(X[:180], noisy[:180]).predict_proba(X[180:])
        losses.append(mean_loss("classes", noisy[180:], np.log(p)))
    assert 1 < count < 300 and losses[1] <= min(losses)
    split = split_of(noisy, "classes", 2).together()
    refit = TREES.refit(split, 0, candidates.Settings(), [{"trees": n} for n in (3, 50, 8)])
    assert refit.hyperparameter == "number of trees: 8" and len(refit.model.output) == 8


def test_their_sums_grow_to_what_they_predict():
    model = fit(TREES, split_of(CROSS.astype(np.int32), "classes", 3)).model
    sums = model.sums(X[:7])
    assert sums.shape == (len(model.output), 7, 3) and not sums[:, :, [0, 2]].any()
    assert (np.diff(sums[:, :, 1], axis=0) != 0).any()
    logits = model.baseline + sums[-1]
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(model.predict(X[:7]), p / p.sum(axis=1, keepdims=True), rtol=1e-12)


def test_trees_of_another_layout_are_refused(monkeypatch):
    with pytest.raises(ValueError, match=r"trees without is_leaf, .*, from scikit-learn .*--model linear"):
        BoostedTrees.of("classes", np.zeros(1), [np.zeros(1, [("x", float)])], [0])
    with pytest.raises(ValueError, match=r"no attribute '_predictors', from scikit-learn"):
        trees._grown_by(object(), range(3))


def test_missing_numbers_go_where_they_went_in_training():
    x = X.copy()
    x[::3, 0] = np.nan
    y = np.where(np.isnan(x[:, 0]), 1, CROSS).astype(np.int32)
    witness = HistGradientBoostingClassifier(max_iter=20, **SETTINGS).fit(x, y)
    nodes = [predictor.nodes for (predictor,) in witness._predictors]
    baseline = np.array([0.0, witness._baseline_prediction[0, 0]])
    model = BoostedTrees.of("classes", baseline, [*nodes, trees._leaf()], [1] * 20 + [0])
    np.testing.assert_allclose(model.predict(x), witness.predict_proba(x), rtol=1e-9)


def test_classes_and_labels_that_are_never_there():
    model = fit(TREES, split_of(np.where(PLAIN[:, 0] > 0, 2, 0).astype(np.int32), "classes", 4)).model
    assert TREES.predict(model, X[:9])[:, [1, 3]].max() < 1e-6
    model = fit(TREES, split_of(np.zeros(240, np.int32), "classes", 2)).model
    np.testing.assert_allclose(TREES.predict(model, X[:2]), [[1, 0]] * 2, atol=1e-9)
    labels = np.stack([CROSS, np.zeros(240)], axis=1).astype(np.float32)
    assert TREES.predict(fit(TREES, split_of(labels, "labels", 2)).model, X[:9])[:, 1].max() < 1e-6


def test_it_is_for_tables_and_usual_there():
    table, arrays = studies.read("dragons", target="color"), data.read((PLAIN, CROSS))
    series = data.read((np.zeros((12, 2, 8)) + np.arange(12)[:, None, None], np.arange(12) % 2))
    assert TREES.needs(table) is None and TREES.is_usual(table) and TREES.needs(arrays) is None
    assert TREES.needs(series) == "a table or arrays of columns"
    assert not TREES.is_usual(data.read((RNG.normal(size=(12, 1001)), np.arange(12) % 2)))


def test_rows_with_too_few_columns_are_refused():
    model = fit(TREES, split_of(CROSS, "classes", 2)).model
    with pytest.raises(ValueError, match=r"at least \d columns, but got 1"):
        model.predict(X[:, :1])


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("y", "task"), [(THREE, "classes"), (NUMBERS, "numbers")])
def test_a_saved_model_answers_the_same_and_gives_the_same_bytes(y, task):
    model = fit(TREES, split_of(y, task, 3 if task == "classes" else 2)).model
    content = TREES.save(model)
    again = TREES.load(content)
    np.testing.assert_array_equal(TREES.predict(again, X), TREES.predict(model, X))
    assert TREES.save(again) == content


def changed(content, name, change):
    """The same file with one member changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            new.writestr(member, change(old.read(member)) if member == name else old.read(member))
    return out.getvalue()


def edited(**entries):
    return lambda content: json.dumps(json.loads(content) | entries).encode()


@pytest.mark.parametrize(
    ("member", "change", "sentence"),
    [
        ("trees.json", edited(format=2), "needs what dragonet wrote, but got a record of another format than 1"),
        ("trees.json", edited(task="poetry"), "a record of another format"),
        ("trees.json", edited(shapes={"baseline": [10**12]}), "bytes of 'baseline' for the shape"),
        ("trees.json", edited(shapes={"baseline": [-1]}), "no shape of 'baseline'"),
        ("trees.json", edited(depth=10**9), "arrays that do not belong together"),
        ("left", lambda content: b"\xff\xff\xff\x7f" + content[4:], "places in 'left' beyond the last"),
        ("feature", lambda content: b"\xff\xff\xff\xff" + content[4:], "a column before the first"),
        ("value", lambda content: content[:-8], "bytes of 'value' for the shape"),
    ],
)
def test_damaged_files_are_refused_in_a_sentence(member, change, sentence):
    content = TREES.save(fit(TREES, split_of(CROSS, "classes", 2)).model)
    with pytest.raises(ValueError, match=sentence):
        TREES.load(changed(content, member, change))


def test_its_recommendation_says_what_it_takes():
    assert TREES.recommendation([]).startswith("Take the boosted tree model: thresholds and combinations of columns")
