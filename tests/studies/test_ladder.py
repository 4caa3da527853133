"""The ladder: what it says of signal, noise and curved boundaries, by what it is scored, and that it is the same every time."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from dragonet import data, studies
from dragonet.studies import splits, train_ladder
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
    ladder = train_ladder(data.read(table(answers, code=code), target="answer"), seeds=1, folds=3, epochs=20)
    assert ladder.data.leaks == ("code",) and list(ladder.data.x) == ["x0", "x1", "x2", "code"]
    assert ladder.scores[1].mean() > 0.95 and ladder.without.scores[1:].mean() < 0.65
    assert list(ladder.without.data.x) == ["x0", "x1", "x2"] and ladder.without.without is None
    (doubt,) = [line for line in ladder.lines() if line.startswith("'code' alone tells 'answer'")]
    assert doubt.endswith(f"the verdict above is with it. Without it: {ladder.without.verdict}")
    assert ladder.to_json()["without"]["columns"] == ["code"]
    assert ladder.to_json()["without"]["scores"] == ladder.without.scores.tolist()


def test_a_column_that_is_all_there_is_leaves_nothing():
    answers = words(PLAIN[:, 0] > 0)
    copied = pd.DataFrame({"copy": answers, "answer": answers})
    found = train_ladder(data.read(copied, target="answer"), seeds=1, folds=2, model="logistic")
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


def test_on_a_straight_boundary_the_linear_model_is_kept():
    ladder = train_ladder(
        data.read(table(words(PLAIN[:, 0] + 0.3 * RNG.normal(size=N) > 0)), target="answer"), epochs=40
    )
    assert "is better than the linear model, by" not in ladder.verdict
    assert "where always answering the commonest class gives" in ladder.verdict
    assert ladder.kept == "linear" and ladder.model is ladder.models["linear"]


def test_on_a_curved_boundary_a_more_complex_model_is_better_and_is_kept():
    ladder = train_ladder(data.read(table(words(PLAIN[:, 0] * PLAIN[:, 1] > 0)), target="answer"), epochs=150)
    assert " is better than the linear model, by " in ladder.verdict and "points of accuracy." in ladder.verdict
    assert ladder.kept in ladder.rungs[2:] and ladder.scores[ladder.rungs.index(ladder.kept)].mean() > 0.8


def test_on_noise_it_says_chance_and_keeps_the_simplest_guess():
    ladder = train_ladder(
        data.read(table(np.random.default_rng(5).choice(["A", "B"], N)), target="answer"), seeds=1, epochs=15
    )
    assert ladder.verdict.startswith("Not distinguishable from chance: ")
    assert "A difference of " in ladder.verdict and "would show in 4 of 5 such studies." in ladder.verdict
    low, high = ladder.intervals[ladder.rungs.index(ladder.choice.best)]
    assert f"[{low:.3f}, {high:.3f}]" in ladder.verdict and low < 0.5 < high
    assert ladder.kept == "majority" and "as nothing that was tried is known to be better" in ladder.keeping
    assert (ladder.model.predict(table(["A"] * N)).argmax(1) == np.bincount(ladder.data.y).argmax()).all()


@pytest.mark.parametrize("target", ["color", "breathesFire"])
def test_the_tutorials_dragons_are_told(target):
    ladder = train_ladder(studies.read("dragons", target=target), seeds=1, epochs=60)
    assert ladder.choice.is_ahead and ladder.scores[1].mean() > 0.9
    assert "Not distinguishable" not in ladder.verdict


def test_so_few_rows_cannot_tell_and_say_what_they_could():
    few = table(PLAIN[:, 0] + RNG.normal(size=N)).head(40)
    ladder = train_ladder(data.read(few, target="answer"), epochs=10)
    pair = ladder.pairs[-1]
    assert pair.judged.answer in ("unknown", "better") and np.isfinite(pair.judged.least)
    if pair.judged.answer == "unknown":
        assert (
            "These rows cannot tell whether" in ladder.verdict and "would show in 4 of 5 such studies" in ladder.verdict
        )


def test_what_is_equal_is_the_users_to_say():
    rows = data.read(table(words(PLAIN[:, 0] + 0.3 * RNG.normal(size=N) > 0)), target="answer")
    narrow, wide = (train_ladder(rows, seeds=1, epochs=20, equal=equal).pairs[-1] for equal in (0.001, 0.5))
    assert narrow.value == wide.value and wide.is_equal and not narrow.is_equal
    assert wide.judged.equal > 0.99 > narrow.judged.equal


# --- tasks, splits, balance -------------------------------------------------------------------------------------------


def test_several_numbers_and_several_labels_are_predicted_at_once():
    rows = table(PLAIN[:, 0] * 40 + 10, other=PLAIN[:, 1] - PLAIN[:, 2])
    found = train_ladder(data.read(rows, target=["answer", "other"]), seeds=1, epochs=10)
    assert found.rungs[0] == "mean" and found.measure.name == "R²" and found.scores[1].min() > 0.95
    assert found.model.predict(rows.head(4)).shape == (4, 2)
    labels = table(words(PLAIN[:, 0] > 0) == "yes it is", x0=PLAIN[:, 1], loud=PLAIN[:, 2] > 0, warm=PLAIN[:, 0] > 0)
    found = train_ladder(data.read(labels.drop(columns="answer"), target=["loud", "warm"]), seeds=2, model="logistic")
    assert found.measure.name == "accuracy of all labels"
    assert found.model.predict(labels.head(4)).shape == (4, 2)


def test_balance_gives_a_rare_class_its_share():
    rare = PLAIN[:, 0] + 1.5 * np.random.default_rng(1).normal(size=N) > 1.3
    rows = data.read(table(words(rare)), target="answer")
    plain, balanced = (train_ladder(rows, seeds=1, epochs=3, balance=balance) for balance in (False, True))
    assert balanced.measure.name == "balanced accuracy"
    assert balanced.figures["balanced accuracy"][1].mean() > plain.figures["balanced accuracy"][1].mean() + 0.05
    with pytest.raises(ValueError, match=r"balance needs classes to predict, but got numbers in answer\."):
        train_ladder(data.read(table(PLAIN[:, 0]), target="answer"), balance=True)


def test_groups_stay_together():
    rows = data.read(table(words(PLAIN[:, 0] > 0), who=np.repeat(np.arange(24), 10)), target="answer", groups="who")
    splits = Plan.of(rows, Options()).splits
    assert splits.folds.is_grouped and len(splits.models) == 10
    for split in splits.models:
        parts = (split.parts.train, split.parts.validation, split.parts.test)
        train, validation, test = (set(rows.groups[part]) for part in parts)
        assert not (train & validation or train & test or validation & test)
    few = data.read(table(words(PLAIN[:, 0] > 0), who=np.repeat(np.arange(6), 40)), target="answer", groups="who")
    assert str(Plan.of(few, Options()).splits) == "2 × 3 folds"


def test_each_repeat_tests_each_row_once_and_one_more_leaves_the_others_as_they_are():
    rows = data.read(table(words(PLAIN[:, 0] > 0)), target="answer")
    splits, more = (Plan.of(rows, Options(folds=4, seeds=seeds)).splits for seeds in (2, 3))
    assert str(splits) == "2 × 4 folds" and splits.seeds == (0, 1) and len(splits.models) == 8
    for repeat in range(2):
        tested = [split.parts.test for split in splits.models if split.repeat == repeat]
        assert np.sort(np.concatenate(tested)).tolist() == list(range(N))
    for split, same in zip(splits.models, more.models, strict=False):
        assert (split.parts.train == same.parts.train).all() and split.seed == same.seed


def test_time_tests_what_comes_after_the_training_rows():
    rows = data.read(table(words(PLAIN[:, 0] > 0), day=np.arange(N)[::-1]), target="answer", time="day")
    splits = Plan.of(rows, Options()).splits
    assert str(splits) == "5 folds of time" and len(splits.models) == 5
    for split in splits.models:
        parts = split.parts
        assert parts.test.max() < parts.validation.min() and parts.validation.max() < parts.train.min()


def test_of_very_many_rows_one_fifth_tests_one_model(monkeypatch):
    monkeypatch.setattr(splits, "MANY_ROWS", 200)
    rows = data.read(table(words(PLAIN[:, 0] > 0)), target="answer")
    ladder = train_ladder(rows, model="logistic")
    assert str(ladder.splits) == "one split" and len(ladder.answers["logistic"].tested) == N // 5
    assert any("a fifth of them" in sentence for sentence in ladder.noticed)
    by_time = data.read(table(words(PLAIN[:, 0] > 0), day=np.arange(N)), target="answer", time="day")
    (newest,) = Plan.of(by_time, Options()).splits.models
    assert newest.parts.test.tolist() == list(range(200, 240))


def test_a_class_of_two_rows_to_learn_from_is_learned():
    y = np.array(["a", "b"] * 30 + ["rare"] * 3)
    rows = data.read(table(y, x=RNG.normal(size=(63, 2))), target="answer")
    for split in Plan.of(rows, Options(folds=3)).splits.models:
        assert (rows.y[split.parts.train] == 2).sum() >= 1


def test_one_model_alone_is_cross_validated_too():
    rows = data.read(table(words(PLAIN[:, 0] > 0)), target="answer")
    ladder = train_ladder(rows, model="logistic", seeds=1)
    assert ladder.rungs == ("majority", "logistic") and ladder.over == "5 folds" and ladder.kept == "logistic"
    low, high = ladder.intervals[1]
    assert low < ladder.scores[1, 0] <= high and np.isfinite(ladder.intervals).all()
    assert "Not" not in ladder.verdict and ladder.keeping == "Kept as the model: logistic, trained on all 240 rows."
    with pytest.raises(
        ValueError, match=r"The model 'cnn' needs images or series, but got the table table\. There are 'mlp'"
    ):
        train_ladder(rows, model="cnn")
    with pytest.raises(ValueError, match=r"There is no model 'mpl'\. Did you mean 'mlp'\?"):
        train_ladder(rows, model="mpl")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            {"equal": 2},
            "train needs equal to be a number from 0 to below 1, but got 2. Write 0.02 for 2 %.",
        ),
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
    first = train_ladder(rows, seeds=1, folds=2, epochs=5)
    from dragonet.utils import set_random_seed

    set_random_seed(99)
    second = train_ladder(rows, seeds=1, folds=2, epochs=5)
    assert (first.scores == second.scores).all() and (first.train_scores == second.train_scores).all()
    for one, other in zip(first.models["mlp"].get_weights(), second.models["mlp"].get_weights(), strict=True):
        assert (one == other).all()
    third = train_ladder(rows, seeds=1, folds=2, seed=7, epochs=5)
    assert not (third.models["mlp"].get_weights()[-2] == first.models["mlp"].get_weights()[-2]).all()


def test_neither_encoder_nor_scaling_nor_model_has_seen_the_rows_that_it_answers():
    rows = table(words(PLAIN[:, 0] > 0), site=np.repeat(["a", "b", "c", "d"], N // 4))
    parts = Plan.of(data.read(rows, target="answer"), Options(seeds=1, folds=2)).splits.models[0].parts
    rows.loc[parts.train[:9], "x1"] = np.nan  # so that the encoder learns a median
    changed = rows.copy()
    changed.loc[parts.test, "site"] = "elsewhere"
    changed.loc[parts.test, "x1"] += 1000.0
    one, other = (
        train_ladder(data.read(rows_read, target="answer"), seeds=1, folds=2, epochs=3).fold_models["mlp"][0]
        for rows_read in (rows, changed)
    )
    assert all((a == b).all() for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


def test_the_answers_are_those_of_the_models_that_have_not_learned_from_the_rows():
    rows = data.read(table(words(PLAIN[:, 0] > 0)), target="answer")
    ladder = train_ladder(rows, folds=3, epochs=3)
    answers = ladder.answers["mlp"]
    for split, model in zip(ladder.splits.models, ladder.fold_models["mlp"], strict=False):
        np.testing.assert_array_equal(
            model.predict(rows.x.iloc[split.parts.test]), answers.outputs[0, split.parts.test]
        )
    right = (answers.outputs.argmax(axis=2) == rows.y).mean(axis=1)
    np.testing.assert_allclose(ladder.scores[ladder.rungs.index("mlp")], right)
    np.testing.assert_allclose(answers.mean, answers.outputs.astype(float).mean(axis=0))


def test_the_kept_model_learns_from_all_rows_with_what_was_chosen():
    rows = data.read(table(PLAIN[:, 0] + 0.1 * RNG.normal(size=N)), target="answer")
    ladder = train_ladder(rows, seeds=1, folds=3, epochs=8)
    z = (PLAIN - PLAIN.mean(axis=0)) / PLAIN.std(axis=0)
    alpha = float(ladder.trained["linear"].hyperparameter.removeprefix("penalty: α = "))
    witness = Ridge(alpha=alpha).fit(z, rows.y).predict(z[:5])
    np.testing.assert_allclose(ladder.models["linear"].predict(rows.x.iloc[:5])[:, 0], witness, rtol=1e-3, atol=1e-3)
    chosen = [1 + int(np.argmin(history.history["val_loss"])) for history in ladder.histories["mlp"]]
    assert ladder.trained["mlp"].chosen == {"epochs": int(np.median(chosen))}


def test_what_was_noticed_is_written_once():
    rows = table(words(PLAIN[:, 0] > 0))
    rows["copy"] = rows["answer"]
    ladder = train_ladder(data.read(rows, target="answer"), seeds=1, folds=2, epochs=3)
    assert sum("given away" in sentence for sentence in ladder.noticed) == 1


def test_ctrl_c_ends_it(monkeypatch):
    rows = data.read(table(words(PLAIN[:, 0] > 0)), target="answer")

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Constant, "fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_ladder(rows, seeds=2)


def test_the_table_can_be_read_in_a_terminal():
    ladder = train_ladder(data.read(table(words(PLAIN[:, 0] > 0)), target="answer"), seeds=1, folds=2, epochs=3)
    lines = str(ladder).splitlines()
    assert lines[0] == "accuracy on 240 rows, each by models that had not learned from it (2 folds)"
    rungs = len(ladder.rungs)
    assert [line.split()[0] for line in lines[2 : 2 + rungs]] == list(ladder.rungs)
    assert lines[-1].startswith("Each score is of answers to rows that the answering models had not learned from")
    assert list(ladder.table.columns[:5]) == ["mean", "low", "high", "train", "seconds"]


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
