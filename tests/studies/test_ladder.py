"""The ladder: what it says of signal, noise and curved boundaries, by what it is scored, and that it is the same every time."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from dragonet import data, studies
from dragonet.comparison import inference, resampling
from dragonet.studies import train_ladder
from dragonet.studies.candidates.constant import Constant
from dragonet.studies.plan import Options, Plan

N = 240
RNG = np.random.default_rng(0)
PLAIN = RNG.normal(size=(N, 3))


def table(answers, x=PLAIN, **more):
    return pd.DataFrame(x, columns=[f"x{i}" for i in range(x.shape[1])]).assign(**more, answer=answers)


def words(truth):
    return np.where(truth, "yes it is", "not at all")


# --- verdicts ---------------------------------------------------------------------------------------------------------


def test_the_verdict_is_given_with_and_without_a_column_that_tells_the_answer():
    draw = np.random.default_rng(11)
    answers = words(draw.normal(size=N) > 0)
    code = np.where(answers == "yes it is", draw.integers(0, 9, N), draw.integers(9, 20, N))
    found = train_ladder(data.read(table(answers, code=code), target="answer"), seeds=3, epochs=20)
    assert found.data.leaks == ("code",) and list(found.data.x) == ["x0", "x1", "x2", "code"]
    assert found.scores[1].mean() > 0.95 and found.without.scores[1:].mean() < 0.65
    assert list(found.without.data.x) == ["x0", "x1", "x2"] and found.without.without is None
    (said,) = [line for line in found.lines() if line.startswith("'code' alone tells 'answer'")]
    assert said.endswith(f"the verdict above is with it. Without it: {found.without.verdict}")
    assert found.to_json()["without"]["columns"] == ["code"]
    assert found.to_json()["without"]["scores"] == found.without.scores.tolist()


def test_a_column_that_is_all_there_is_leaves_nothing():
    answers = words(PLAIN[:, 0] > 0)
    copied = pd.DataFrame({"copy": answers, "answer": answers})
    found = train_ladder(data.read(copied, target="answer"), seeds=1, model="logistic")
    assert found.without is None and "without it there is no column to learn from" in found.doubts[0]


def test_a_perfect_score_is_called_suspicious():
    x = np.sign(PLAIN[:, :1]) * (1 + np.abs(PLAIN[:, :1]))
    both = words(x[:, 0] > 0)
    noisy = np.where(np.arange(N) % 10 == 0, -x[:, 0], x[:, 0])  # neither column alone tells it, both together do
    other = np.where(np.arange(N) % 10 == 1, -x[:, 0], x[:, 0])
    third = np.where(np.arange(N) % 10 == 2, -x[:, 0], x[:, 0])
    votes = np.stack([noisy, other, third], axis=1).clip(-1, 1)
    found = train_ladder(data.read(table(both, votes), target="answer"), seeds=2, model="logistic")
    assert found.data.leaks == () and found.scores[1].mean() == 1
    assert found.doubts[0].startswith("A mean accuracy of 1.000 on rows that were never seen is suspicious")
    assert not train_ladder(
        data.read(table(words(RNG.random(N) < 0.5)), target="answer"), seeds=1, model="logistic"
    ).doubts


def test_on_a_straight_boundary_the_linear_model_is_enough_and_is_kept():
    found = train_ladder(
        data.read(table(words(PLAIN[:, 0] + 0.3 * RNG.normal(size=N) > 0)), target="answer"), seeds=4, epochs=40
    )
    assert found.verdict.startswith("The network (mlp) is no better than the linear model")
    assert "where always answering the commonest class gives" in found.verdict
    assert found.kept == "linear" and found.model is found.models["linear"]


def test_on_a_curved_boundary_the_network_is_better_and_is_kept():
    found = train_ladder(data.read(table(words(PLAIN[:, 0] * PLAIN[:, 1] > 0)), target="answer"), seeds=5, epochs=150)
    assert found.verdict.startswith("The network (mlp) is better than the linear model, by ")
    assert found.kept == "mlp"
    assert "points of accuracy, over 5 seeds" in found.verdict


def test_on_noise_it_says_chance_and_keeps_the_simplest_guess():
    found = train_ladder(
        data.read(table(np.random.default_rng(5).choice(["A", "B"], N)), target="answer"), seeds=6, epochs=15
    )
    assert found.verdict.startswith("Not distinguishable from chance: ")
    low, high = found.intervals[found.scores[1:].mean(1).argmax() + 1]
    assert f"[{low:.3f}, {high:.3f}]" in found.verdict and low < 0.5 < high
    assert found.kept == "majority"
    assert (found.model.predict(table(["A"] * N)).argmax(1) == np.bincount(found.data.y).argmax()).all()


@pytest.mark.parametrize("target", ["color", "breathesFire"])
def test_the_tutorials_dragons_take_no_network(target):
    found = train_ladder(studies.read("dragons", target=target), seeds=6, epochs=60)
    assert found.verdict.startswith("The network (mlp) is no better than the linear model")
    assert found.scores[1].mean() > 0.9 and found.kept == "linear"


def test_few_seeds_are_said_to_be_few():
    found = train_ladder(data.read(table(words(PLAIN[:, 0] > 0)), target="answer"), seeds=2, epochs=5)
    assert found.verdict.endswith("2 seeds tell little apart: more of them, such as --seeds 10, tell more.")


def test_a_worse_network_is_called_worse():
    scores = np.array([[0.5, 0.5, 0.5, 0.5], [0.9, 0.91, 0.9, 0.91], [0.7, 0.71, 0.7, 0.7]])
    drawn = np.repeat(scores[None], 50, axis=0) + np.random.default_rng(0).normal(size=(50, 3, 4)) * 0.01
    pairs = inference.differences(("majority", "linear", "mlp"), scores, drawn, (60, 20), "accuracy")
    ladder = train_ladder(data.read(table(words(PLAIN[:, 0] > 0)), target="answer"), seeds=4, epochs=1)
    ladder = dataclasses.replace(ladder, scores=scores, differences=pairs)
    assert ladder.verdict.startswith("The network (mlp) is worse than the linear model, by 20.3 ± ")


def test_pairs_are_those_of_the_corrected_t_test():
    scores = np.array([[0.5, 0.6, 0.55], [0.7, 0.65, 0.8]])
    (pair,) = inference.differences(("a", "b"), scores, np.zeros((9, 2, 3)), (60, 20), "accuracy")
    d = scores[1] - scores[0]
    error = d.std(ddof=1) * np.sqrt(1 / 3 + 20 / 60)
    assert (pair.better, pair.other) == ("b", "a")
    assert pair.value == pytest.approx(d.mean()) and pair.margin == pytest.approx(resampling.quantile(0.95, 3) * error)


# --- tasks, splits, balance -------------------------------------------------------------------------------------------


def test_several_numbers_and_several_labels_are_predicted_at_once():
    rows = table(PLAIN[:, 0] * 40 + 10, other=PLAIN[:, 1] - PLAIN[:, 2])
    found = train_ladder(data.read(rows, target=["answer", "other"]), seeds=2, epochs=10)
    assert found.rungs[0] == "mean" and found.measure.name == "R²" and found.scores[1].min() > 0.95
    assert found.model.predict(rows.head(4)).shape == (4, 2)
    labels = table(words(PLAIN[:, 0] > 0) == "yes it is", x0=PLAIN[:, 1], loud=PLAIN[:, 2] > 0, warm=PLAIN[:, 0] > 0)
    found = train_ladder(data.read(labels.drop(columns="answer"), target=["loud", "warm"]), seeds=2, model="logistic")
    assert found.measure.name == "accuracy of all labels"
    assert found.model.predict(labels.head(4)).shape == (4, 2)


def test_balance_gives_a_rare_class_its_share():
    rare = PLAIN[:, 0] + 0.8 * np.random.default_rng(1).normal(size=N) > 1.3
    rows = data.read(table(words(rare)), target="answer")
    plain, balanced = (train_ladder(rows, seeds=6, epochs=3, balance=balance) for balance in (False, True))
    assert balanced.measure.name == "balanced accuracy"
    assert balanced.figures["balanced accuracy"][1].mean() > plain.figures["balanced accuracy"][1].mean() + 0.05
    with pytest.raises(ValueError, match=r"balance needs classes to predict, but got numbers in answer\."):
        train_ladder(data.read(table(PLAIN[:, 0]), target="answer"), balance=True)


def test_groups_stay_together_and_are_drawn_together():
    rows = data.read(table(words(PLAIN[:, 0] > 0), who=np.repeat(np.arange(24), 10)), target="answer", groups="who")
    plan = Plan.of(rows, Options(seeds=3))
    for parts, _ in plan.splits:
        train, validation, test = (set(rows.groups[part]) for part in (parts.train, parts.validation, parts.test))
        assert not (train & validation or train & test or validation & test)
    times = plan.row_draws
    assert all(len(set(times[0, rows.groups == who])) == 1 for who in np.unique(rows.groups))


def test_folds_test_each_row_once_a_seed():
    rows = data.read(table(words(PLAIN[:, 0] > 0)), target="answer")
    plan = Plan.of(rows, Options(folds=4))
    assert plan.names == ("majority", "linear", "mlp")
    assert len(plan.seeds) == 3 and len(plan.splits) == 12  # about ten trainings
    tested = np.sort(np.concatenate([parts.test for parts, _ in plan.splits[:4]]))
    assert tested.tolist() == list(range(N))
    found = train_ladder(rows, folds=2, seeds=1, epochs=3)
    assert found.over == "2 splits (2 folds, 1 seed)" and found.scores.shape == (3, 2)


def test_time_tests_the_last_rows():
    rows = data.read(table(words(PLAIN[:, 0] > 0), day=np.arange(N)[::-1]), target="answer", time="day")
    splits = Plan.of(rows, Options(seeds=2)).splits
    assert all(parts.test.max() < parts.train.min() for parts, _ in splits)


def test_one_model_alone_takes_one_seed_unless_told():
    rows = data.read(table(words(PLAIN[:, 0] > 0)), target="answer")
    found = train_ladder(rows, model="logistic")
    assert found.rungs == ("majority", "logistic") and found.seeds == (0,) and found.kept == "logistic"
    low, high = found.intervals[1]
    assert low < found.scores[1, 0] <= high and np.isfinite(found.intervals).all()
    assert "Not" not in found.verdict
    with pytest.raises(
        ValueError, match=r"The model 'cnn' needs images or series, but got the table table\. There are 'mlp'"
    ):
        train_ladder(rows, model="cnn")
    with pytest.raises(ValueError, match=r"There is no model 'mpl'\. Did you mean 'mlp'\?"):
        train_ladder(rows, model="mpl")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"seeds": 0}, "train needs seeds to be a whole number of at least 1, but got 0."),
        ({"folds": 1}, "train needs folds to be a whole number of at least 2, but got 1."),
        ({"epochs": 0}, "train needs epochs to be a whole number of at least 1, but got 0."),
        ({"seed": -1}, "train needs seed to be a whole number of at least 0, but got -1."),
    ],
)
def test_refusals(wrong, sentence):
    with pytest.raises(ValueError, match=sentence.replace(".", r"\.")):
        train_ladder(data.read(table(words(PLAIN[:, 0] > 0)), target="answer"), **wrong)


# --- the same every time, and nothing seen that should not be -----------------------------------------------------------


def test_the_same_seed_gives_the_same_bits_whatever_the_session_did_before():
    rows = data.read(table(words(PLAIN[:, 0] * PLAIN[:, 1] > 0)), target="answer")
    first = train_ladder(rows, seeds=2, epochs=5)
    from dragonet.utils import set_random_seed

    set_random_seed(99)
    second = train_ladder(rows, seeds=2, epochs=5)
    assert (first.scores == second.scores).all() and (first.train_scores == second.train_scores).all()
    for one, other in zip(first.models["mlp"].get_weights(), second.models["mlp"].get_weights(), strict=True):
        assert (one == other).all()
    assert not (
        train_ladder(rows, seeds=1, seed=7, epochs=5).models["mlp"].get_weights()[-2] == one.reshape(-1)[:1]
    ).all()


def test_neither_encoder_nor_scaling_has_seen_the_test_rows():
    rows = table(words(PLAIN[:, 0] > 0), site=np.repeat(["a", "b", "c", "d"], N // 4))
    parts = data.parts(data.read(rows, target="answer"), seed=0)
    rows.loc[parts.train[:9], "x1"] = np.nan  # so that the encoder learns a median
    changed = rows.copy()
    changed.loc[parts.test, "site"] = "elsewhere"
    changed.loc[parts.test, "x1"] += 1000.0
    one, other = (
        train_ladder(data.read(held, target="answer"), seeds=1, epochs=3).models["mlp"] for held in (rows, changed)
    )
    assert all((a == b).all() for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


def test_what_was_noticed_is_said_once():
    rows = table(words(PLAIN[:, 0] > 0))
    rows["copy"] = rows["answer"]
    found = train_ladder(data.read(rows, target="answer"), seeds=2, epochs=3)
    assert sum("given away" in sentence for sentence in found.noticed) == 1


def test_ctrl_c_ends_it(monkeypatch):
    rows = data.read(table(words(PLAIN[:, 0] > 0)), target="answer")

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Constant, "fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_ladder(rows, seeds=2)


def test_the_table_can_be_read_in_a_terminal():
    found = train_ladder(data.read(table(words(PLAIN[:, 0] > 0)), target="answer"), seeds=2, epochs=3)
    lines = str(found).splitlines()
    assert lines[0] == "accuracy on 48 test rows (144 to learn from, 48 to watch), over 2 seeds"
    assert [line.split()[0] for line in lines[2:5]] == ["majority", "linear", "mlp"]
    assert lines[-1].startswith("The test rows of each split were used once")
    assert list(found.table.columns[:6]) == ["mean", "sd", "low", "high", "train", "seconds"]


def test_a_question_is_a_command_and_a_script():
    question = studies.Question(
        "own data.csv", target=("a", "b"), columns={"site": "category"}, drop=("x",), seeds=2, balance=True
    )
    assert question.command == (
        "dragonet train 'own data.csv' --target a --target b --drop x --column site=category --seeds 2 --balance"
    )
    assert (
        "studies.read('own data.csv', target=('a', 'b'), drop=('x',), columns={'site': 'category'})" in question.script
    )
    assert "studies.train_ladder(rows, seeds=2, balance=True)" in question.script
    assert studies.Question.of_json(question.to_json()) == question


def test_what_went_astray_is_behind_all_others():
    scores = np.array([[np.nan, 0.1, 0.2], [0.5, 0.5, 0.6]])
    (pair,) = inference.differences(("astray", "plain"), scores, np.zeros((9, 2, 3)), (60, 20), "R²")
    assert (pair.better, pair.other, pair.significant) == ("plain", "astray", False)
