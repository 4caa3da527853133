"""compare: the scores of trainings done by hand, standard errors and Holm's steps worked out, and luck told from difference."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, mean_absolute_error, r2_score, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

import dragonet as dn
from dragonet import layers, metrics
from dragonet.comparison import Difference, adapters, compare, resampling
from dragonet.comparison.trainings import Trainings
from dragonet.core import session
from dragonet.inspect import wilson
from dragonet.runs import units

RNG = np.random.default_rng(0)
X = RNG.normal(size=(160, 2)).astype("f4")
XOR = (X[:, 0] * X[:, 1] > 0).astype(int)
LINE = 2 * X[:, 0] - X[:, 1] + 0.1 * RNG.normal(size=160)


def net(*widths, loss="binary_crossentropy", optimizer="adam", outputs=1, ending="sigmoid"):
    hidden = [layers.Dense(width, activation="tanh") for width in widths]
    model = dn.Sequential([layers.Input((2,)), *hidden, layers.Dense(outputs, activation=ending)])
    model.compile(optimizer, loss)
    return model


class Guess:
    """Says what it was told to, and keeps the rows that it was shown."""

    shown = []

    def __init__(self, says=0.0):
        self.says = says

    def fit(self, x, y):
        type(self).shown.append(np.asarray(x)[:, 0].tolist())

    def predict(self, x):
        return np.full(len(x), self.says)


# --- the scores -------------------------------------------------------------------------------------------------------


def test_a_score_is_that_of_the_training_done_by_hand():
    result = compare({"mlp": net(8), "function": lambda: net(8)}, X, XOR, seeds=[3, 5], epochs=2, batch_size=20)
    for j, seed in enumerate((3, 5)):
        x_train, x_test, y_train, y_test = dn.data.split(X, XOR, test_size=0.25, seed=seed)
        dn.utils.set_random_seed(seed)
        model = net(8)
        model.fit(x_train, y_train, epochs=2, batch_size=20, verbose=0)
        right = (model.predict(x_test)[:, 0] > 0.5) == y_test
        learned = (model.predict(x_train)[:, 0] > 0.5) == y_train
        np.testing.assert_allclose(result.scores[:, j], right.mean())
        np.testing.assert_allclose(result.train_scores[:, j], learned.mean())
    assert result.rows == (120, 40)


def test_all_models_of_a_seed_get_the_same_rows_and_other_seeds_others():
    Guess.shown = []
    compare({"a": Guess(), "b": Guess(1)}, X, XOR, seeds=2)
    first_a, first_b, second_a, second_b = Guess.shown
    assert first_a == first_b != second_a == second_b
    assert len(first_a) == 120


def test_what_was_given_and_the_session_stay_as_they_were():
    dn.utils.set_random_seed(7)
    model, forest = net(4), RandomForestClassifier(3, random_state=42)
    before, ordinal = model.get_weights(), session.current().layers_built
    state = np.random.get_state()[1].tolist()  # noqa: NPY002
    first = compare({"net": model, "forest": forest}, X, XOR, seeds=2)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.history is None and model.optimizer.iterations == 0 and model.seed is None
    assert (session.seed(), session.current().layers_built) == (7, ordinal)
    assert not hasattr(forest, "estimators_") and forest.random_state == 42
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002
    again = compare({"net": model, "forest": forest}, X, XOR, seeds=2)
    np.testing.assert_array_equal(first.scores, again.scores)
    assert again.differences == first.differences


def test_seeds_change_the_weights_also_where_the_split_is_the_same(monkeypatch):
    rows = np.arange(len(X))
    monkeypatch.setattr("dragonet.comparison.comparing.split", lambda *a, **k: (rows[40:], rows[:40]))
    result = compare({"net": net(8), "tree": DecisionTreeClassifier(max_features=1)}, X, XOR, seeds=6, epochs=3)
    assert min(len(set(each)) for each in result.scores) > 1


def test_words_one_hot_rows_and_numbers_give_one_score():
    words, one_hot = np.array(["no", "yes"])[XOR], np.eye(2)[XOR]

    def soft(loss):
        return net(8, loss=loss, outputs=2, ending="softmax")

    sparse, dense = soft("sparse_categorical_crossentropy"), soft("categorical_crossentropy")
    scores = [
        compare({"net": sparse, "line": LogisticRegression()}, X, XOR, seeds=2, epochs=3).scores,
        compare({"net": sparse, "line": LogisticRegression()}, X, words, seeds=2, epochs=3).scores,
        compare({"net": dense, "line": LogisticRegression()}, X, words, seeds=2, epochs=3).scores,
        compare({"net": dense, "line": LogisticRegression()}, X, one_hot, seeds=2, epochs=3).scores,
        compare(
            {"net": dense, "line": LogisticRegression()},
            pd.DataFrame(X, columns=["a", "b"]),
            pd.Series(words),
            seeds=2,
            epochs=3,
        ).scores,
    ]
    for other in scores[1:]:
        np.testing.assert_array_equal(scores[0], other)


def test_numbers_are_scored_by_r_squared():
    result = compare({"net": lambda: net(loss="mse", ending=None), "line": LinearRegression()}, X, LINE, seeds=3)
    assert result.score == "R²"
    x_train, x_test, y_train, y_test = dn.data.split(X, LINE, test_size=0.25, seed=0)
    line = LinearRegression().fit(x_train, y_train)
    np.testing.assert_allclose(result.scores[1, 0], r2_score(y_test, line.predict(x_test)))
    assert result.differences[0].better == "line"
    assert "(R²) over 3 seeds" in str(result.differences[0])


def test_a_metric_may_be_named_and_less_may_be_better():
    x_train, x_test, y_train, y_test = dn.data.split(X, XOR, test_size=0.25, seed=0)
    line = LogisticRegression().fit(x_train, y_train)
    result = compare(
        [net(16, optimizer=dn.optimizers.Adam(0.1)), LogisticRegression()], X, XOR, seeds=3, epochs=20, score="auc"
    )
    assert result.score == "auc" and result.names[1] == "LogisticRegression"
    np.testing.assert_allclose(result.scores[1, 0], roc_auc_score(y_test, line.predict_proba(x_test)[:, 1]), atol=0.01)
    assert result.differences[0].significant and result.scores[0].min() > 0.9
    assert (result.interval[:, 1] <= 1).all()

    result = compare({"zero": Guess(0.0), "line": LinearRegression()}, X, LINE, seeds=3, score="mae")
    x_train, x_test, y_train, y_test = dn.data.split(X, LINE, test_size=0.25, seed=2)
    line = LinearRegression().fit(x_train, y_train)
    np.testing.assert_allclose(
        result.scores[:, 2], [abs(y_test).mean(), mean_absolute_error(y_test, line.predict(x_test))], rtol=1e-5
    )
    assert result.differences[0].better == "line" and result.differences[0].value > 0
    np.testing.assert_allclose(result.gaps, result.scores - result.train_scores)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (resampling.accuracy, accuracy_score),
        (resampling.r_squared, r2_score),
        (resampling.of_metric(metrics.get("mae")), mean_absolute_error),
    ],
)
def test_scores_of_drawn_rows_are_scikit_learns_with_weights(ours, theirs):
    rng = np.random.default_rng(1)
    y, said = rng.integers(0, 3, 50).astype("f4"), rng.integers(0, 3, 50).astype("f4")
    times = resampling.rows_drawn(50)[:7]
    assert (times.sum(axis=1) == 50).all()
    np.testing.assert_allclose(ours(y, said, times), [theirs(y, said, sample_weight=w) for w in times], rtol=1e-5)


# --- how sure they are ------------------------------------------------------------------------------------------------


def test_the_standard_error_worked_by_hand():
    scores = np.array([0.5, 0.6, 0.7])  # sd 0.1
    materialize = np.full((10, 3), 0.6)
    assert resampling.standard_error(scores, materialize, 75, 25) == pytest.approx(0.1 * np.sqrt(1 / 3 + 1 / 3))
    # Where the splits agree, the rows still say how far it may be off: means of 0.5 and 0.7.
    drawn = np.array([[0.4, 0.5, 0.6], [0.6, 0.7, 0.8]])
    assert resampling.standard_error(np.full(3, 0.6), drawn, 75, 25) == pytest.approx(0.1)


def test_the_bootstraps_error_of_a_share_is_the_binomial_one():
    hits = np.random.default_rng(0).random(400) < 0.3
    drawn = resampling.accuracy(hits, np.ones(400, bool), resampling.rows_drawn(400))
    p = hits.mean()
    assert drawn.std() == pytest.approx(np.sqrt(p * (1 - p) / 400), rel=0.15)  # 200 draws: 5 %


def test_an_interval_is_students_of_the_corrected_error():
    models = {"a": KNeighborsClassifier(1), "b": LogisticRegression()}
    result = compare(models, X, XOR, seeds=8)
    table, difference = result.table, result.differences[0]
    each = result.scores[0] - result.scores[1]
    reach = stats.t.ppf(0.975, 7) * np.sqrt(1 / 8 + 40 / 120)
    assert difference.value == pytest.approx(each.mean())
    assert difference.margin == pytest.approx(reach * each.std(ddof=1))
    assert table.loc["b", "high"] - table.loc["b", "mean"] == pytest.approx(reach * result.scores[1].std(ddof=1))
    assert list(table) == ["mean", "sd", "low", "high", "train", "gap", "gap sd", "seconds"]
    np.testing.assert_allclose(table["gap"], (result.train_scores - result.scores).mean(axis=1))


def test_a_perfect_score_is_not_a_sure_one():
    x = np.arange(100.0)[:, None]
    result = compare([DecisionTreeClassifier(), Guess()], x, (x[:, 0] > 49.5).astype(int), seeds=2, test_size=40)
    tested = len(set().union(*(dn.data.split(np.arange(100), test_size=40, seed=s)[1].tolist() for s in (0, 1))))
    assert result.interval[0, 1] == 1
    assert result.interval[0, 0] <= wilson(round(tested * result.scores[0].mean()), tested)[0] < 0.97


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 0.06), min_size=1, max_size=8))
def test_holm_is_its_definition(p):
    told, levels = resampling.holm(p)
    order = sorted(range(len(p)), key=p.__getitem__)
    for rank, i in enumerate(order):
        expected = all(p[k] < (1 - resampling.LEVEL) / (len(p) - before) for before, k in enumerate(order[: rank + 1]))
        assert told[i] == expected
        assert told[i] == (p[i] < 1 - levels[i])  # the interval of its own level leaves out 0


def test_margins_and_verdicts_agree_with_three_models():
    models = {f"{k} neighbours": KNeighborsClassifier(k) for k in (1, 5, 25, 79)}
    result = compare(models, X, XOR, seeds=6)
    assert len(result.differences) == 3 and {d.better for d in result.differences} == {result.differences[0].better}
    assert [d.significant for d in result.differences] == [abs(d.value) > d.margin for d in result.differences]
    assert len({d.significant for d in result.differences}) == 2


@pytest.mark.parametrize("y", [XOR, LINE], ids=["classes", "numbers"])
def test_two_equal_models_are_never_told_apart(y):
    pair = [net(4), net(4)] if y is XOR else [net(4, loss="mse", ending=None), net(4, loss="mse", ending=None)]
    difference = compare(dict(zip("ab", pair, strict=True)), X, y, seeds=3).differences[0]
    assert (difference.value, difference.p, difference.significant) == (0, 1, False)


def test_noise_is_rarely_called_a_difference():
    told = naive = 0
    for table in range(12):
        rng = np.random.default_rng(table)
        x, y = rng.normal(size=(100, 4)), rng.integers(0, 2, 100)
        result = compare({"line": LogisticRegression(), "tree": DecisionTreeClassifier(max_depth=3)}, x, y)
        told += result.differences[0].significant
        each = result.scores[0] - result.scores[1]
        naive += stats.ttest_1samp(each, 0).pvalue < 0.05
    assert told <= 1 < naive  # what a plain t-test over the seeds makes of the same scores


def test_xor_tells_a_network_from_a_line():
    result = compare({"line": net(), "mlp": net(16, optimizer=dn.optimizers.Adam(0.1))}, X, XOR, seeds=6, epochs=25)
    difference = result.differences[0]
    assert (difference.better, difference.significant) == ("mlp", True)
    assert difference.value > 0.25


def test_c12_optimizers_are_compared_by_one_call():
    rates = {
        f"{name} {rate}": net(16, optimizer=dn.optimizers.get({"class_name": name, "config": {"learning_rate": rate}}))
        for name in ("SGD", "Adam")
        for rate in (0.001, 0.1)
    }
    result = compare(rates, X, XOR, seeds=6, epochs=20)
    assert result.scores.shape == (4, 6)
    assert result.table["mean"].idxmax() == "Adam 0.1"
    assert result.differences[[d.other for d in result.differences].index("SGD 0.001")].significant


# --- what it says -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "margin", "told", "score", "says"),
    [
        (0.031, 0.0084, True, "accuracy", "A is better than B by 3.1 ± 0.8 points over 10 seeds."),
        (0.002, 0.009, False, "accuracy", "A and B are not told apart (difference 0.2 ± 0.9 points over 10 seeds)."),
        (0.00123, 0.00034, True, "accuracy", "A is better than B by 0.12 ± 0.03 points over 10 seeds."),
        (0.25, 0.031, True, "R²", "A is better than B by 0.250 ± 0.031 (R²) over 10 seeds."),
        (1234.5, 410.0, True, "mae", "A is better than B by 1234 ± 410 (mae) over 10 seeds."),
        (0.0, 0.0, False, "mae", "A and B are not told apart (difference 0.0 ± 0.0 (mae) over 10 seeds)."),
    ],
)
def test_the_sentence_of_a_difference(value, margin, told, score, says):
    assert str(Difference("A", "B", value, margin, 0.5, told, 10, score)) == says


def test_the_printed_table_is_aligned_and_ends_in_the_sentences():
    result = compare({"line": LogisticRegression(), "a longer name": KNeighborsClassifier()}, X, XOR, seeds=3)
    head, columns, *rows, says, few = str(result).splitlines()
    assert head == "accuracy on 40 test rows, 120 to train with, over 3 seeds"
    assert columns.split() == ["mean", "sd", "low", "high", "train", "gap", "gap", "sd", "seconds"]
    assert len({len(row) for row in (columns, *rows)}) == 1 and rows[0].startswith("line ")
    assert says == str(result.differences[0])
    assert (
        few == "3 seeds tell only what is far apart; seeds=10 or more tell more." or result.differences[0].significant
    )
    assert repr(result) == str(result)


def test_few_rows_and_classes_never_trained_are_said():
    x, y = np.arange(12.0)[:, None], np.array(["red", "blue"] * 5 + ["rare", "red"])
    result = compare({"tree": DecisionTreeClassifier()}, x, y, seeds=12)
    where = [s for s in range(12) if 10 in dn.data.split(np.arange(12), test_size=0.25, seed=s)[1]]
    assert where
    assert result.notes == (
        "Each score is of 3 test rows only: one row more that is right moves it by 33.3 points. Gather more rows, or write a "
        "larger test_size.",
        f"No row of class 'rare' was among the training rows with seed {', '.join(map(str, where))}, so that no model could "
        "know it there.",
    )
    assert result.differences == ()
    assert str(result).endswith("could know it there.")


def test_a_model_that_went_astray_is_said_and_the_others_are_compared():
    models = {"lost": Guess(np.inf), "zero": Guess(0.0), "line": LinearRegression()}
    result = compare(models, X, LINE, seeds=2)
    assert [d.better for d in result.differences] == ["line", "line"]
    assert not result.differences[0].significant
    assert any(note.startswith("lost has no score with seed 1: ") for note in result.notes)


def test_progress_is_shown_where_asked_for(capsys):
    compare([LogisticRegression()], X, XOR, seeds=2)
    assert capsys.readouterr().out == ""
    compare([LogisticRegression()], X, XOR, seeds=2, verbose="auto")
    assert capsys.readouterr().out.startswith("2/2 - ")


ONE = net(2)


def trained():
    model = net(2)
    model.fit(X, XOR, verbose=0)
    return model


OLD = trained()


@pytest.mark.parametrize(
    ("mistake", "kind", "message"),
    [
        (
            lambda: compare(ONE, X, XOR),
            TypeError,
            r"compare needs a dict or a list of models, but got .*Write compare\(\{",
        ),
        (lambda: compare([], X, XOR), ValueError, "at least one model, but got none"),
        (
            lambda: compare([LogisticRegression(), LogisticRegression(C=2)], X, XOR),
            ValueError,
            "a name of its own for each model, but got 'LogisticRegression' twice. Write a dict",
        ),
        (
            lambda: compare({"a": dn.Sequential([layers.Input((2,)), layers.Dense(1)])}, X, XOR),
            ValueError,
            "'a', which was not compiled. Call model.compile",
        ),
        (lambda: compare({"a": 3}, X, XOR), ValueError, "compare needs a compiled model, .*, but got 3 for 'a'"),
        (lambda: compare({"a": lambda: None}, X, XOR), ValueError, "but got None for 'a'"),
        (
            lambda: compare({"a": lambda: OLD}, X, XOR),
            ValueError,
            "makes a new model each time .* trained already, for 'a'",
        ),
        (
            lambda: compare({"a": ONE}, X, XOR, seeds=1),
            ValueError,
            "seeds to be a whole number of at least 2, but got 1",
        ),
        (
            lambda: compare({"a": ONE}, X, XOR, seeds=[1, 1]),
            ValueError,
            r"two seeds or more, all different, but got \[1, 1\]",
        ),
        (
            lambda: compare({"a": ONE}, X, XOR, epoch=3),
            TypeError,
            "compare has no argument 'epoch'. Did you mean 'epochs'?",
        ),
        (lambda: compare({"a": ONE}, X[:9], XOR), ValueError, "9 rows and 160 rows"),
        (lambda: compare({"a": ONE}, X, XOR, test_size=160), ValueError, "some of the 160 rows into each part"),
        (
            lambda: compare({"a": ONE, "b": LinearRegression()}, X, XOR),
            ValueError,
            "models of one kind, but got 'a' for classes and 'b' for numbers. Compare them apart",
        ),
        (lambda: compare({"a": ONE}, X, XOR, score="acuracy"), ValueError, "Did you mean 'accuracy'"),
        (
            lambda: compare({"a": ONE}, X, XOR, score=metrics.F1Score()),
            ValueError,
            r"a score that is one number, but got f1_score, of shape \(1,\)",
        ),
        (
            lambda: compare({"a": ONE}, X, XOR, score="mean"),
            ValueError,
            "a score of which more, or less, is known to be better",
        ),
    ],
)
def test_mistakes_get_a_sentence(mistake, kind, message):
    with pytest.raises(kind, match=message):
        mistake()


# --- results that are kept --------------------------------------------------------------------------------------------


def test_a_comparison_that_was_stopped_goes_on_and_a_new_model_is_trained_alone(tmp_path, monkeypatch):
    models = {"net": net(4), "made": lambda: net(3), "line": LogisticRegression(C=0.5)}
    asked = {"seeds": 2, "epochs": 2}
    whole = compare(models, X, XOR, **asked)
    train, trained = adapters.Network.train, []

    def interrupted(self, *arguments):
        trained.append(self.name)
        if trained == ["net", "made", "net"]:
            raise KeyboardInterrupt
        train(self, *arguments)

    monkeypatch.setattr(adapters.Network, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compare(models, X, XOR, folder=tmp_path, **asked)
    trained.clear()
    again = compare(models, X, XOR, folder=tmp_path, **asked)
    assert trained == ["net", "made"]  # of the second seed
    np.testing.assert_array_equal(again.scores, whole.scores)
    np.testing.assert_array_equal(again.train_scores, whole.train_scores)
    assert again.differences == whole.differences and again.notes == whole.notes
    trained.clear()
    more = compare(models | {"wide": net(9)}, X, XOR, folder=tmp_path, **asked)
    assert trained == ["wide", "wide"]
    np.testing.assert_array_equal(more.scores[:3], whole.scores)


@pytest.mark.parametrize(
    "changed",
    [
        lambda: compare({"a": net(5)}, X, XOR, seeds=2, epochs=1),
        lambda: compare({"a": net(4, optimizer="sgd")}, X, XOR, seeds=2, epochs=1),
        lambda: compare({"a": lambda: net(4)}, X + 1e-3, XOR, seeds=2, epochs=1),
        lambda: compare({"a": net(4)}, X, 1 - XOR, seeds=2, epochs=1),
        lambda: compare({"a": net(4)}, X, XOR, seeds=2, epochs=2),
        lambda: compare({"a": net(4)}, X, XOR, seeds=2, epochs=1, test_size=0.5),
        lambda: compare({"a": net(4)}, X, XOR, seeds=2, epochs=1, score="auc"),
        lambda: compare({"a": net(4)}, X, XOR, seeds=[5, 6], epochs=1),
    ],
)
def test_what_is_kept_is_for_the_same_question_only(changed, monkeypatch):
    keys = []
    monkeypatch.setattr(
        units, "run", lambda groups, *_, **__: keys.extend(u.key for g in groups for u in g.units) or 1 / 0
    )
    plain = Trainings._units
    monkeypatch.setattr(Trainings, "_units", lambda self, folder: plain(self, "a folder"))
    for call in (lambda: compare({"a": net(4)}, X, XOR, seeds=2, epochs=1), changed):
        with pytest.raises(ZeroDivisionError):
            call()
    assert len(set(keys)) == 4
    keys.clear()
    for _ in range(2):  # names of layers count no further
        with pytest.raises(ZeroDivisionError):
            compare({"a": net(4)}, X, XOR, seeds=2, epochs=1)
    assert len(set(keys)) == 2


def test_arguments_that_cannot_be_written_down_are_refused_with_a_folder(tmp_path):
    stop = dn.callbacks.EarlyStopping(monitor="loss")
    with pytest.raises(ValueError, match=r"compare\(folder=...\) needs arguments of fit that can be written down"):
        compare({"a": net(4)}, X, XOR, seeds=2, epochs=1, callbacks=[stop], folder=tmp_path)


def test_seeds_that_are_trained_at_once_have_the_same_scores():
    models = {"net": net(4), "line": LogisticRegression()}
    one, two = (compare(models, X, XOR, seeds=3, epochs=2, jobs=jobs) for jobs in (1, 2))
    np.testing.assert_array_equal(one.scores, two.scores)
