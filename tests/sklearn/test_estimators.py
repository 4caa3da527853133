"""NetClassifier and NetRegressor: scikit-learn's own checks and its tools, what weights and seeds mean, what is refused."""

import copy
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.parallel import Parallel, delayed

import dragonet
from dragonet import Sequential, layers
from dragonet.core import session
from dragonet.engines.native.runtime import programs
from dragonet.layers import Dense
from dragonet.models import load_model
from dragonet.sklearn import NetClassifier, NetRegressor, base, rows, scaling

WORDS = np.array(["setosa", "versicolor", "virginica"])
IRIS_X, IRIS_Y = load_iris(return_X_y=True)
X, Y = IRIS_X[::5], WORDS[IRIS_Y[::5]]  # 30 rows: one step sees them all
Z = X[:, 0] * X[:, 2]  # numbers to predict


def net(**arguments):
    """A classifier that is soon trained."""
    return NetClassifier(**{"max_iter": 5, "random_state": 0} | arguments)


def regressor(**arguments):
    """A regressor that is soon trained."""
    return NetRegressor(**{"max_iter": 5, "random_state": 0} | arguments)


# --- scikit-learn's own checks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("estimator", [NetClassifier(), NetRegressor()], ids=lambda estimator: type(estimator).__name__)
def test_scikit_learns_checks_find_nothing(estimator):
    results = check_estimator(estimator, expected_failed_checks=None, on_fail=None, on_skip=None)
    assert [
        (check["check_name"], check["exception"]) for check in results if check["status"] in ("failed", "xfail")
    ] == []
    skipped = {check["check_name"] for check in results if check["status"] == "skipped"}
    assert skipped <= {"check_array_api_input"}  # it needs an environment variable, SCIPY_ARRAY_API
    assert len(results) > 50


def test_the_perceptrons_are_here_too():
    from dragonet import perceptrons, sklearn

    for name in ("Perceptron", "MulticlassPerceptron", "Hebb", "Oja"):
        assert getattr(sklearn, name) is getattr(perceptrons, name)
    assert dragonet.sklearn is sklearn


# --- scikit-learn's tools around them -----------------------------------------------------------------------------------


def test_a_pipeline_and_a_grid_of_layer_lists_in_two_processes():
    pipeline = make_pipeline(StandardScaler(), net(max_iter=30))
    grid = {
        "netclassifier__model": ["logistic", [Dense(8, activation="relu")]],
        "netclassifier__learning_rate": [1e-6, 0.03],
    }
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=2, error_score="raise").fit(X, Y)
    assert search.best_params_["netclassifier__learning_rate"] == 0.03
    assert search.score(X, Y) > 0.9
    alone = GridSearchCV(pipeline, grid, cv=2).fit(X, Y)
    assert alone.cv_results_["mean_test_score"].tolist() == search.cv_results_["mean_test_score"].tolist()
    both = [
        cross_validate(
            net(), X, Y, cv=2, scoring=["accuracy", "neg_log_loss", "roc_auc_ovr"], n_jobs=jobs, error_score="raise"
        )
        for jobs in (None, 2)
    ]
    for name in ("test_accuracy", "test_neg_log_loss", "test_roc_auc_ovr"):
        assert both[0][name].tolist() == both[1][name].tolist()


def test_fits_in_threads_have_the_bits_of_fits_in_turn():
    def probabilities(seed):
        return net(random_state=seed).fit(X, Y).predict_proba(X)

    inside = Parallel(n_jobs=4, backend="threading")(delayed(probabilities)(seed) for seed in range(8))
    np.testing.assert_array_equal(inside, [probabilities(seed) for seed in range(8)])


def test_a_worker_keeps_to_its_share_of_the_processors(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # as joblib sets it in its workers
    model = net().fit(X, Y)
    assert "1 thread" in model.model_.history.engine
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert base._threads() is None
    np.testing.assert_array_equal(model.predict_proba(X), net().fit(X, Y).predict_proba(X))


def test_calibrated_probabilities():
    calibrated = CalibratedClassifierCV(net(max_iter=30), cv=2).fit(X, Y)
    np.testing.assert_allclose(calibrated.predict_proba(X).sum(1), 1)
    assert calibrated.score(X, Y) > 0.8


def test_mne_decodes_sample_by_sample():
    decoding = pytest.importorskip("mne.decoding", reason="MNE-Python is not installed")
    dice = np.random.default_rng(0)
    y = np.arange(60) % 2
    fields = dice.normal(size=(60, 5, 4)) * 1e-13  # tesla
    fields[y == 1, 0, 2] += 3e-13
    sliding = decoding.SlidingEstimator(net(model="logistic", max_iter=100), scoring="roc_auc")
    scores = decoding.cross_val_multiscore(sliding, fields, y, cv=3).mean(0)
    assert scores.argmax() == 2
    assert scores[2] > 0.9


def test_tables_bring_the_names_of_their_columns():
    table = pd.DataFrame(X, columns=["sl", "sw", "pl", "pw"])
    model = net().fit(table, pd.Series(Y))
    assert model.feature_names_in_.tolist() == ["sl", "sw", "pl", "pw"]
    np.testing.assert_array_equal(model.predict_proba(table), net().fit(X, Y).predict_proba(X))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(table.rename(columns={"pw": "width"}))
    with pytest.raises(ValueError, match="same order"):
        model.predict(table[["pw", "pl", "sw", "sl"]])


# --- copies ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["deepcopy", "pickle"]
)
@pytest.mark.parametrize("model", [net(warm_start=True), regressor(warm_start=True)], ids=["classifier", "regressor"])
def test_a_copy_predicts_and_goes_on_with_the_same_bits(copied, model):
    y = Y if isinstance(model, NetClassifier) else Z
    model = clone(model).fit(X, y)
    other = copied(model)
    np.testing.assert_array_equal(other._predict(X), model._predict(X))
    np.testing.assert_array_equal(other.fit(X, y)._predict(X), model.fit(X, y)._predict(X))
    assert other.loss_curve_ == model.loss_curve_
    np.testing.assert_array_equal(other.model_.predict(X), model.model_.predict(X))  # which shares its layers still


def test_a_pickle_holds_no_rows():
    rows = np.random.default_rng(0).normal(size=(1000, 4)).astype(np.float32)
    y = np.arange(1000) % 2  # which nothing tells from the rows
    model = net(model="logistic", max_iter=1).fit(rows, y)
    pickled = pickle.dumps(model)
    assert rows[:5, 0].tobytes() not in pickled
    assert len(pickled) < rows.nbytes


def test_clones_and_the_parameters_stay_as_they_were_given():
    own_layers = [Dense(8, activation="relu"), layers.Dropout(0.5)]
    model = net(model=own_layers, optimizer=dragonet.optimizers.SGD(0.1), learning_rate=0.01)
    twin = clone(model)
    assert repr(twin) == repr(model)
    assert "Dense(units=8, activation=relu)" in repr(model)
    model.fit(X, Y)
    assert model.model is own_layers
    assert not any(layer.built for layer in own_layers)
    assert model.optimizer.learning_rate == 0.1
    np.testing.assert_array_equal(model.predict_proba(X), twin.fit(X, Y).predict_proba(X))


# --- seeds ----------------------------------------------------------------------------------------------------------------


def test_a_seed_decides_every_bit_and_the_session_stays_as_it_was():
    batches = {"batch_size": 8, "model": [Dense(8), layers.Dropout(0.5)]}
    session.set_seed(3)
    session.next_ordinal()
    before = repr(session.current())
    first = net(**batches).fit(X, Y).predict_proba(X)
    assert repr(session.current()) == before
    session.set_seed(9)
    np.testing.assert_array_equal(first, net(**batches).fit(X, Y).predict_proba(X))
    assert (first != net(random_state=1, **batches).fit(X, Y).predict_proba(X)).any()


def test_no_seed_draws_from_numpys_global_state_as_scikit_learn_does():
    np.random.seed(7)  # noqa: NPY002
    first, second = (net(random_state=None).fit(X, Y).predict_proba(X) for _ in range(2))
    np.random.seed(7)  # noqa: NPY002
    again = net(random_state=None).fit(X, Y).predict_proba(X)
    np.testing.assert_array_equal(first, again)
    assert (first != second).any()
    dice = np.random.RandomState(7)
    np.testing.assert_array_equal(net(random_state=dice).fit(X, Y).predict_proba(X), first)


def test_another_data_set_of_the_same_shape_compiles_nothing():
    net().fit(X, Y).predict(X)
    before = list(programs._cache)
    net().fit(2 * X[::-1] + 1, Y).predict(X)
    net().fit(X[1:], Y[1:]).predict(X)  # nor do a few rows fewer
    assert list(programs._cache) == before


# --- weights --------------------------------------------------------------------------------------------------------------


def test_a_weight_of_two_is_the_row_twice_and_zero_is_no_row():
    w = np.arange(len(X)) % 3
    whole = np.repeat(np.arange(len(X)), w)
    for model, y in ((net(), Y), (regressor(), Z)):
        weighted = clone(model).fit(X, y, sample_weight=w)._predict(X)
        repeated = clone(model).fit(X[whole], y[whole])._predict(X)
        np.testing.assert_array_equal(weighted, repeated)
        np.testing.assert_array_equal(weighted, clone(model).fit(X, y, sample_weight=8 * w)._predict(X))
        assert (weighted != clone(model).fit(X, y)._predict(X)).any()


def test_equal_rows_are_one():
    x, y = np.array([[0.0, 2.0], [1.0, 2.0], [-0.0, 2.0], [0.0, 2.0]]), np.array([[1.0], [1.0], [1.0], [2.0]])
    merged = sorted(
        zip(*(part.tolist() for part in rows.merge_equal(x, y, np.array([1.0, 2.0, 4.0, 8.0]))), strict=True)
    )
    assert merged == [([0.0, 2.0], [1.0], 5.0), ([0.0, 2.0], [2.0], 8.0), ([1.0, 2.0], [1.0], 2.0)]


def test_weights_move_the_fit_where_steps_see_some_of_the_rows():
    x, y = np.zeros((100, 1)), np.repeat([0, 1], 50)
    w = np.where(y, 3.0, 1.0)
    model = net(model="logistic", max_iter=100, learning_rate=0.03).fit(x, y, sample_weight=w)
    np.testing.assert_allclose(model.predict_proba([[0.0]]), [[0.25, 0.75]], atol=0.02)
    line = regressor(model="linear", max_iter=100, learning_rate=0.03).fit(x, y, sample_weight=w)
    np.testing.assert_allclose(line.predict([[0.0]]), [0.75], atol=0.02)


def test_class_weights_are_sample_weights():
    few, named = slice(0, 22), {"setosa": 2.0, "virginica": 0.5}
    for class_weight in ("balanced", named):
        w = compute_sample_weight(class_weight, Y[few])
        by_class = net(class_weight=class_weight).fit(X[few], Y[few]).predict_proba(X)
        np.testing.assert_array_equal(by_class, net().fit(X[few], Y[few], sample_weight=w).predict_proba(X))


# --- going on, and stopping -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [NetClassifier, NetRegressor])
def test_two_warm_fits_are_one_of_twice_the_length(kind):
    y, more = (Y if kind is NetClassifier else Z), {"random_state": 0, "batch_size": 8}
    whole = kind(max_iter=6, **more).fit(X, y)
    halves = kind(max_iter=3, warm_start=True, **more).fit(X, y)
    assert halves.n_iter_ == 3
    halves.fit(X, y)
    assert halves.loss_curve_ == whole.loss_curve_
    assert (halves.n_iter_, len(whole.loss_curve_)) == (6, 6)
    np.testing.assert_array_equal(halves._predict(X), whole._predict(X))
    halves.set_params(warm_start=False).fit(X, y)
    assert halves.loss_curve_ == whole.loss_curve_[:3]


def test_rows_that_come_in_parts():
    model, line = net(learning_rate=0.02), regressor(learning_rate=0.02)
    for _ in range(40):
        for part in (slice(0, None, 2), slice(1, None, 2)):
            model.partial_fit(X[part], Y[part], classes=WORDS)
            line.partial_fit(X[part], Z[part])
    assert model.n_iter_ == len(model.loss_curve_) == 80
    assert model.score(X, Y) > 0.9
    assert line.score(X, Z) > 0.9
    some = net().partial_fit(X[:5], Y[:5], classes=WORDS)  # one class of three
    assert some.predict_proba(X).shape == (30, 3)


def test_training_ends_once_the_loss_has_stopped_falling():
    model = net(max_iter=500, tol=0.01, n_iter_no_change=3).fit(X, Y)
    assert model.n_iter_ < 500
    best = np.minimum.accumulate(model.loss_curve_)
    assert best[-4] - best[-1] < 0.03
    assert model.validation_loss_curve_ == []


def test_early_stopping_ends_with_the_weights_that_were_best_on_rows_kept_apart():
    x, y = np.random.default_rng(0).normal(size=(60, 5)), np.arange(60) % 2  # nothing to learn but noise
    model = net(max_iter=300, learning_rate=0.01, early_stopping=True, validation_fraction=0.5).fit(x, y)
    curve = model.validation_loss_curve_
    assert len(curve) == model.n_iter_ < 300
    assert int(np.argmin(curve)) < len(curve) - 1
    again = net(
        max_iter=int(np.argmin(curve)) + 1, learning_rate=0.01, early_stopping=True, validation_fraction=0.5
    ).fit(x, y)
    np.testing.assert_array_equal(model.predict_proba(x), again.predict_proba(x))
    numbers = regressor(max_iter=300, early_stopping=True).fit(X, 1e6 + Z)
    assert numbers.validation_loss_curve_[0] < 10  # in units of y's variance, as the loss that it learns from


# --- networks -------------------------------------------------------------------------------------------------------------


def test_defaults_learn_iris_and_diabetes():
    assert NetClassifier(random_state=0).fit(IRIS_X[::2], IRIS_Y[::2]).score(IRIS_X[1::2], IRIS_Y[1::2]) > 0.9
    x, y = load_diabetes(return_X_y=True)
    assert NetRegressor(random_state=0).fit(x[::2], y[::2]).score(x[1::2], y[1::2]) > 0.3


def test_the_learning_rate_is_the_models_own_unless_it_is_given():
    assert net().fit(X, Y).model_.optimizer.learning_rate == 0.001  # Adam's
    assert net(model="logistic").fit(X, Y).model_.optimizer.learning_rate == 0.01
    assert net(model="logistic", learning_rate=0.1).fit(X, Y).model_.optimizer.learning_rate == 0.1
    assert net(model="logistic", optimizer=dragonet.optimizers.SGD(0.5)).fit(X, Y).model_.optimizer.learning_rate == 0.5


def test_two_classes_share_one_output():
    model = net(max_iter=100).fit(X[:20], Y[:20])
    p = model.predict_proba(X[:20])
    assert model.model_.output_shape == (None, 1)
    np.testing.assert_allclose(p[:, 1], model.model_.predict(X[:20])[:, 0])
    np.testing.assert_allclose(p.sum(1), 1, rtol=1e-12)
    assert model.predict(X[:20]).tolist() == model.classes_[p.argmax(1)].tolist()
    np.testing.assert_array_equal(model.predict_log_proba(X[:20]), np.log(p))


def test_the_model_is_whole(tmp_path):
    model, line = net(max_iter=50).fit(X, Y), regressor(max_iter=50).fit(X, 1000 + Z)
    assert model.model_.predict_classes(X).tolist() == model.predict(X).tolist()
    model.model_.save(tmp_path / "iris.keras")
    loaded = load_model(tmp_path / "iris.keras")
    assert loaded.predict_classes(X).tolist() == model.predict(X).tolist()
    line.model_.save(tmp_path / "line.keras")
    np.testing.assert_array_equal(load_model(tmp_path / "line.keras").predict(X)[:, 0], line.predict(X))
    assert abs(line.predict(X).mean() - 1000 - Z.mean()) < 5


def test_units_change_no_prediction():
    plain = regressor().fit(X, Z).predict(X)
    for unit in (2.0**-60, 2.0**20):
        other = regressor().fit(X * unit, Z * unit).predict(X * unit) / unit
        np.testing.assert_allclose(other, plain, rtol=1e-4)


def test_columns_that_do_not_vary_are_only_centred():
    flat = X.copy()
    flat[:, 1] = 0.1
    model = net(max_iter=50).fit(flat, Y)
    moved = flat + np.array([0, 0.1, 0, 0])
    assert abs(model.predict_proba(moved) - model.predict_proba(flat)).max() < 0.2
    assert np.isfinite(regressor().fit(X, np.full(30, 7.0)).predict(X)).all()


def test_moments_are_those_of_numpy():
    x = np.random.default_rng(0).normal(3, 2, (5000, 4, 3))
    mean, variance = scaling.moments(x, None)
    np.testing.assert_allclose(mean, x.mean((0, 1)))
    np.testing.assert_allclose(variance, x.var((0, 1)))
    w = np.arange(5000) % 4
    for weighted, repeated in zip(scaling.moments(x, w), scaling.moments(np.repeat(x, w, axis=0), None), strict=True):
        np.testing.assert_allclose(weighted, repeated)


def test_a_function_makes_the_whole_model():
    def make(shape, outputs):
        return Sequential([layers.Input(shape), Dense(8, activation="relu"), Dense(outputs, activation="softmax")])

    def compiled(shape, outputs):
        model = make(shape, outputs)
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    def line(shape, outputs):
        return Sequential([Dense(outputs)])

    model = net(model=make, learning_rate=0.05, max_iter=100).fit(X, Y)
    assert [type(layer).__name__ for layer in model.model_.layers] == ["Dense", "Dense"]
    assert (model.score(X, Y) > 0.9, type(model.model_.optimizer).__name__) == (True, "Adam")
    assert type(net(model=compiled).fit(X, Y).model_.optimizer).__name__ == "SGD"
    assert net(model=make).fit(X[:20], Y[:20]).predict_proba(X).shape == (30, 2)
    numbers = regressor(model=line, learning_rate=0.05, max_iter=100).fit(X, Z)
    assert len(numbers.model_.layers) == 1
    np.testing.assert_array_equal(numbers.predict(X), numbers.model_.predict(X)[:, 0])


@pytest.mark.parametrize("shape", [(20, 64), (20, 8, 8), (20, 8, 8, 1)])
def test_images_come_as_they_are_or_as_flat_rows(shape):
    x = np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)
    model = net(model="cnn", max_iter=1).fit(x, np.arange(20) % 2)
    first = next(layer for layer in model.model_.layers if isinstance(layer, layers.Conv2D))
    assert first.kernel.shape == (5, 5, 1, 16)
    assert model.predict_proba(x).shape == (20, 2)
    np.testing.assert_allclose(scaled(model, x).mean(), 0, atol=1e-4)
    np.testing.assert_allclose(scaled(model, x).std(), 1, atol=1e-4)


def scaled(model, x):
    """What the first layer behind the scaling sees."""
    return dragonet.Model(model.model_.inputs, model.model_.get_layer("input_scaling").output).predict(x)


def test_rows_of_more_axes_for_lists_and_names():
    x, y = np.random.default_rng(0).normal(3, 2, (20, 8, 8)), np.arange(20) % 2
    listed = net(model=[layers.Conv1D(4, 3)], max_iter=1).fit(x, y)
    assert [layer.name for layer in listed.model_.layers][-2:] == ["output_flatten", "output"]
    np.testing.assert_allclose(scaled(listed, x).mean((0, 1)), 0, atol=1e-4)
    mlp = net(max_iter=1).fit(x, y)
    assert mlp.model_.layers[0].name == "input_reshape"
    np.testing.assert_allclose(scaled(mlp, x).mean(0), 0, atol=1e-4)


def test_several_numbers_a_row():
    both = np.column_stack([Z, 1000 * X[:, 3]])
    model = regressor(max_iter=200).fit(X, both)
    assert model.predict(X).shape == (30, 2)
    assert model.score(X, both) > 0.8
    assert regressor().fit(X, Z[:, None]).predict(X).shape == (30, 1)


# --- what is refused --------------------------------------------------------------------------------------------------------


def untrained(shape, outputs):
    """A model without probabilities."""
    return Sequential([layers.Input(shape), Dense(outputs)])


REFUSED = [
    (net(model="mpl"), ValueError, "There is no model for NetClassifier named 'mpl'. Did you mean 'mlp'?"),
    (
        regressor(model="logistic"),
        ValueError,
        "There is no model for NetRegressor named 'logistic'. There are 'mlp', 'cnn', ",
    ),
    (
        net(model=5),
        TypeError,
        "NetClassifier needs model as one of 'mlp', 'cnn', 'logistic', a list of layers, or a function "
        "(input_shape, outputs), but got 5.",
    ),
    (net(model=Sequential([Dense(3)])), TypeError, "Write a function that makes it."),
    (
        net(model=[3]),
        TypeError,
        "NetClassifier needs layers such as Dense(50, activation='relu') in the list, but got 3.",
    ),
    (
        net(model=[Dense(9), Dense(3, activation="softmax")]),
        ValueError,
        "NetClassifier needs a list of the layers before the last "
        "one, which it adds itself, but got Dense(units=3, activation=softmax) at its end. Leave that out.",
    ),
    (regressor(model=[Dense(1)]), ValueError, "but got Dense(units=1) at its end. Leave that out."),
    (net(model="cnn"), ValueError, "for model='cnn', but got (n, 5). For a table's columns write model='mlp'."),
    (
        net(model=lambda shape, outputs: None),
        TypeError,
        "a function that returns a dragonet model, but got one that returns None.",
    ),
    (
        net(model=lambda shape, outputs: untrained(shape, 4)),
        ValueError,
        "NetClassifier needs model((5,), 3) to return a model with "
        "3 outputs a row, but got the output shape (None, 4). End it with Dense(3, activation='softmax').",
    ),
    (
        regressor(model=lambda shape, outputs: untrained(shape, 4)),
        ValueError,
        "1 output a row, but got the output shape (None, 4). End it with Dense(1).",
    ),
    (
        net(model=untrained),
        ValueError,
        "NetClassifier needs a model that ends in probabilities, but got outputs such as",
    ),
    (net(optimizer="adm"), ValueError, "There is no optimizer 'adm'. Did you mean 'adam'?"),
    (net(optimizer=None), TypeError, "NetClassifier needs an optimizer, but got None. Write optimizer='adam'."),
    (net(learning_rate=-1), ValueError, "NetClassifier needs learning_rate to be a number above 0, but got -1."),
    (net(batch_size=0), ValueError, "NetClassifier needs batch_size to be a whole number of at least 1, but got 0."),
    (net(max_iter=0), ValueError, "NetClassifier needs max_iter to be a whole number of at least 1, but got 0."),
    (net(tol=-1), ValueError, "NetClassifier needs tol to be a number from 0, but got -1."),
    (net(n_iter_no_change=0), ValueError, "n_iter_no_change to be a whole number of at least 1, but got 0."),
    (net(early_stopping=True, validation_fraction=20), ValueError, "but got 20. Write 0.2 for 20 %."),
    (net(engine="gpu"), ValueError, "engine to be one of 'auto', 'xla', 'native', but got 'gpu'."),
    (net(verbose="loud"), ValueError, "verbose to be one of 'auto', 0, 1, 2, but got 'loud'."),
    (net(class_weight="even"), ValueError, "class_weight as a dict {class: weight} or 'balanced', but got 'even'."),
    (net(class_weight={0: 0, 1: 0, 2: 0}), ValueError, "rows with a weight above zero, but got only weights of zero."),
]


@pytest.mark.parametrize(("estimator", "kind", "message"), REFUSED, ids=[message[:60] for _, _, message in REFUSED])
def test_what_cannot_be_learned_with(estimator, kind, message):
    x = np.random.default_rng(0).normal(size=(12, 5))
    y = np.arange(12) % 3
    with pytest.raises(kind, match=re.escape(message)):
        estimator.fit(x, y).predict(x)


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (lambda: net().fit(X, np.ones(30)), "NetClassifier needs y of at least two classes, but got 1 class, 1.0."),
        (lambda: net().fit(np.where(X > 1, np.inf, X), Y), "infinity or a value too large for dtype('float64')"),
        (
            lambda: net().fit(X, Y, sample_weight=np.ones((30, 2))),
            "sample_weight of one axis, a number a row, but got shape (30, 2).",
        ),
        (lambda: net().fit(X, Y, sample_weight=-np.ones(30)), "sample weights of at least 0, but got -1.0."),
        (lambda: net().partial_fit(X, Y), "The first partial_fit needs classes, all that there will be, but got None."),
        (lambda: net().fit(X, Y).partial_fit(X, IRIS_Y[::5]), "NetClassifier needs the classes that it knows"),
        (
            lambda: net().fit(X, Y).partial_fit(X, Y, classes=WORDS[:2]),
            "partial_fit needs the classes of the first call",
        ),
        (
            lambda: net(early_stopping=True).fit(X[:21], Y[:21]),
            "at least 2 rows of each class to stratify by, but got 1 of",
        ),
        (
            lambda: regressor().fit(X, Z).partial_fit(X, np.ones((30, 2))),
            "NetRegressor needs y with 1 column, as before, but got 2.",
        ),
    ],
)
def test_data_that_cannot_be_learned_from(do, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        do()


def test_before_a_fit_nothing_is_predicted():
    for model in (net(), regressor()):
        with pytest.raises(NotFittedError):
            model.predict(X)
