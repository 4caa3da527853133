"""dragons: the table, 001's changes to it made once and only once, and 001's split."""

import numpy as np
import pandas as pd
import pytest

from dragonet.datasets import dragons


@pytest.fixture
def table():
    return dragons.load()


def test_the_table_is_the_one_of_001(table):
    assert table.shape == (480, 6)
    assert list(table) == ["testScore", "bodyLength", "mountainRange", "color", "diet", "breathesFire"]
    assert table["mountainRange"].value_counts().tolist() == [60] * 8
    assert table["color"].value_counts().to_dict() == {"Blue": 160, "Red": 160, "Yellow": 160}
    assert table["breathesFire"].value_counts().to_dict() == {1: 251, 0: 229}
    assert not table.isna().any(axis=None)


def test_colors_are_in_the_order_of_np_unique(table):
    assert np.unique(np.array(table["color"])).tolist() == list(dragons.COLORS)


def test_lengths_shift_by_fire_and_the_table_given_stays(table):
    before = table.copy()
    changed = dragons.with_toes(table)
    difference = changed["bodyLength"] - table["bodyLength"]
    np.testing.assert_allclose(difference, np.where(table["breathesFire"] == 1, -30, 30), rtol=1e-12)
    assert list(changed) == [*before, "numberToes"]
    pd.testing.assert_frame_equal(table, before)


def test_toes_follow_the_shares_of_001():
    many = pd.DataFrame({"breathesFire": np.repeat([1, 0], 50_000), "bodyLength": 200.0})
    toes = dragons.with_toes(many)["numberToes"].to_numpy()
    shares = [0.3, 0.25, 0.2, 0.15, 0.07, 0.02, 0.01]
    for drawn, expected in ((toes[:50_000], shares), (toes[50_000:], shares[::-1])):
        shares = [(drawn == toe).mean() for toe in (5, 6, 7, 8, 9, 10, 22)]
        assert sum(shares) == pytest.approx(1)
        np.testing.assert_allclose(shares, expected, atol=0.01)  # five standard errors of a share of 0.3


def test_running_it_twice_does_not_shift_twice(table):
    once = dragons.with_toes(table, seed=1)
    pd.testing.assert_frame_equal(dragons.with_toes(once, seed=1), once)
    pd.testing.assert_frame_equal(dragons.with_toes(once, seed=2), dragons.with_toes(table, seed=2))
    assert not once.equals(dragons.with_toes(table, seed=2))


def test_fire_is_asked_of_toes_and_length(table):
    table = dragons.with_toes(table)
    x, y = dragons.for_fire(table)
    np.testing.assert_array_equal(x, np.array(table[["numberToes", "bodyLength"]]))
    np.testing.assert_array_equal(y, table["breathesFire"])


def test_colors_shift_as_in_001_and_the_table_stays(table):
    table = dragons.with_toes(table)
    before = table.copy()
    found_x, found_y = dragons.for_color(table)

    # 001's own lines
    x, y_color = np.array(table[["numberToes", "bodyLength"]]), np.array(table["color"])
    y_color_cat = np.zeros(y_color.shape, dtype=np.int8)
    for cat, col in enumerate(np.unique(y_color)):
        y_color_cat[y_color == col] = cat
    x[y_color_cat == 1, 0] += 7
    x[y_color_cat == 1, 1] -= 50
    x[y_color_cat == 2, 1] += 30
    x[y_color_cat == 0, 0] -= 3

    np.testing.assert_array_equal(found_y, y_color_cat)
    np.testing.assert_array_equal(found_x, x)
    np.testing.assert_array_equal(dragons.for_color(table)[0], x)
    pd.testing.assert_frame_equal(table, before)


def test_a_color_keeps_its_label_in_a_part_of_the_table(table):
    red = dragons.with_toes(table[table["color"] == "Red"])
    assert set(dragons.for_color(red)[1].tolist()) == {1}


@pytest.mark.parametrize("target", ["breathesFire", "color"])
def test_split_is_288_to_192_by_seed(target):
    (x_train, y_train), (x_test, y_test) = dragons.load_data(target, seed=3)
    assert [a.shape for a in (x_train, y_train, x_test, y_test)] == [(288, 2), (288,), (192, 2), (192,)]
    np.testing.assert_array_equal(dragons.load_data(target, seed=3)[0][0], x_train)
    assert not np.array_equal(dragons.load_data(target, seed=4)[0][0], x_train)


def test_split_holds_each_dragon_once():
    (x_train, _), (x_test, _) = dragons.load_data()
    whole, _ = dragons.for_fire(dragons.with_toes(dragons.load()))
    both = np.concatenate([x_train, x_test])
    np.testing.assert_array_equal(both[np.lexsort(both.T)], whole[np.lexsort(whole.T)])


def test_stratified_parts_have_the_same_shares():
    (_, y_train), (_, y_test) = dragons.load_data("color", stratify=True)
    assert (np.bincount(y_train).tolist(), np.bincount(y_test).tolist()) == ([96, 96, 96], [64, 64, 64])
    (_, y_train), (_, y_test) = dragons.load_data("color", stratify=False)
    assert np.bincount(y_test).tolist() != [64, 64, 64]


@pytest.mark.parametrize(
    "mistake, message",
    [
        (
            lambda t: dragons.for_fire(t),
            r"for_fire needs .* column numberToes.* Write with_toes\(load",
        ),
        (
            lambda t: dragons.with_toes(t.drop(columns="bodyLength")),
            "with_toes needs .* column bodyLength, but got .*",
        ),
        (
            lambda t: dragons.with_toes(t, seed=-1),
            "with_toes needs seed to be .*, but got -1",
        ),
        (lambda t: dragons.for_color(dragons.with_toes(t.assign(color="Green"))), "colours Blue, .* but got 'Green'"),
        (lambda t: dragons.load_data("colour"), "There is no target of the dragons 'colour'. Did you mean 'color'?"),
    ],
)
def test_mistakes_get_a_sentence(table, mistake, message):
    with pytest.raises(ValueError, match=message):
        mistake(table)
