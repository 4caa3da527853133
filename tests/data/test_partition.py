"""Parts: every row in one part, shares, classes, groups and time kept as they should be, and batches of rows that lie on disk."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

from dragonet import Input, layers, models
from dragonet.data import Encoder, batches, parts, read
from dragonet.data.files import array_files, streams


def rows_of(n=100, classes=3, **more):
    draw = np.random.default_rng(0)
    return read((draw.normal(size=(n, 4)), [f"c{i % classes}" for i in range(n)]), **more)


def check_whole(data, split):
    """Every row is in exactly one part."""
    rows = np.concatenate([split.train, split.validation, split.test])
    assert sorted(rows.tolist()) == list(range(len(data)))


def test_shares_and_classes_by_the_seed():
    data = rows_of(300)
    split = parts(data, seed=1)
    check_whole(data, split)
    assert [len(rows) for rows in (split.train, split.validation, split.test)] == [180, 60, 60]
    for rows in (split.train, split.validation, split.test):
        assert np.ptp(np.bincount(data.y[rows])) == 0
    again, other = parts(data, seed=1), parts(data, seed=2)
    assert again.test.tolist() == split.test.tolist() != other.test.tolist()
    assert "classes in equal shares, seed 1" in str(split) and split.noticed == ()


def test_numbers_are_split_at_random():
    data = read((np.random.default_rng(0).normal(size=(50, 2)), np.arange(50) / 7))
    split = parts(data, test=0.1, validation=0.3)
    check_whole(data, split)
    assert [len(split.train), len(split.validation), len(split.test)] == [30, 15, 5] and "at random" in split.how


@pytest.mark.parametrize("task", ["classes", "numbers"])
def test_a_group_is_in_one_part(task):
    groups = np.repeat(np.arange(20), 5)
    x = np.random.default_rng(0).normal(size=(100, 2))
    data = read((x, np.arange(100) % 2 if task == "classes" else np.arange(100) / 7), groups=groups)
    for split in [parts(data), *parts(data, folds=4)]:
        check_whole(data, split)
        groups = [set(data.groups[rows]) for rows in (split.train, split.validation, split.test)]
        assert not groups[0] & groups[1] and not groups[0] & groups[2] and not groups[1] & groups[2] and all(groups)


def test_the_last_rows_in_time_are_tested():
    when = np.random.default_rng(1).permutation(100) // 4  # four rows at each moment
    data = rows_of(time=when)
    split = parts(data)
    check_whole(data, split)
    assert (
        when[split.train].max() < when[split.validation].min() and when[split.validation].max() < when[split.test].min()
    )
    assert len(split.test) == 20
    folds = parts(data, folds=3)
    for before, after in itertools.pairwise(folds):
        assert when[before.test].max() < when[after.test].min()
        assert (
            when[after.train].max()
            < when[after.validation].min()
            <= when[after.validation].max()
            < when[after.test].min()
        )


def test_each_row_is_tested_in_one_fold():
    data = rows_of(90)
    folds = parts(data, folds=5, seed=3)
    assert sorted(np.concatenate([split.test for split in folds]).tolist()) == list(range(90))
    for split in folds:
        check_whole(data, split)
        assert len(split.test) == 18 and len(split.validation) == 18


def test_equal_rows_across_parts_are_said():
    x = np.random.default_rng(0).normal(size=(50, 3))
    data = read((np.concatenate([x, x]), ["a", "b"] * 50))
    assert "50 of 100 rows repeat another one, in all features and in 'y'." in data.noticed
    split = parts(data)
    known = {tuple(row) for row in data.x[split.train]}
    expected = sum(tuple(row) in known for row in data.x[split.test])
    assert (
        f"{expected} of the 20 test rows are equal to a training row in all features and in what is to be predicted, which may "
        "make the score too good."
    ) in split.noticed


@pytest.mark.parametrize(
    ("data", "how", "words"),
    [
        (lambda: read((np.eye(12), ["a"] * 10 + ["b"] * 2)), {}, "at least 3 rows of each class, but got 2 of 'b'"),
        (lambda: rows_of(12), {"folds": 4}, "at least 5 rows of each class, but got 4 of 'c0', 4 of 'c1', 4 of 'c2'"),
        (lambda: rows_of(30, groups=np.arange(30) % 2), {}, "at least 3 groups, but got 2"),
        (lambda: rows_of(30), {"test": 0.6, "validation": 0.4}, "leave rows to train with, but got 0.4 + 0.6"),
        (lambda: rows_of(30), {"test": 20}, "test to be a number from 0 to below 1, but got 20. Write 0.2 for 20 %."),
        (lambda: rows_of(30), {"test": 0}, "a share of the rows for test"),
        (lambda: rows_of(30), {"folds": 1}, "folds to be a whole number of at least 2"),
        (lambda: rows_of(30, time=np.zeros(30)), {}, "several moments to split by"),
        (
            lambda: rows_of(30, time=np.arange(30), groups=np.arange(30) // 3),
            {},
            "groups or time to split by, but got both",
        ),
        (lambda: read((np.eye(30), ["a"] * 27 + ["b"] * 3), time=np.arange(30)), {}, "none of 'b' (they come later)"),
        (lambda: read((np.eye(2), [0.5, 1.5])), {}, "at least 3 rows, but got 2"),
    ],
)
def test_what_cannot_be_split_ends_in_a_sentence(data, how, words):
    with pytest.raises(ValueError) as caught:
        parts(data(), **how)
    assert words in str(caught.value)


def test_a_class_that_a_part_lacks_is_said():
    data = read((np.arange(60.0).reshape(30, 2), ["a"] * 13 + ["b", "b", "a", "b", *["a"] * 13]), time=np.arange(30))
    assert parts(data).noticed[0] == "The validation part has no row of 'b'."


# --- rows that lie on disk ----------------------------------------------------------------------------------------------


@pytest.fixture
def on_disk(tmp_path, monkeypatch):
    """A table in a Parquet file of ten row groups, once whole and once too large for the memory."""
    pytest.importorskip("pyarrow")
    draw = np.random.default_rng(0)
    table = pd.DataFrame({"a": draw.normal(size=2000), "b": draw.choice(["x", "y", None], 2000)})
    table["site"] = draw.integers(0, 40, 2000)
    table["target"] = np.where(table["a"] > 0, "pos", "neg")
    table.loc[5, "target"] = None
    table.to_parquet(tmp_path / "t.parquet", row_group_size=200)
    whole = read(tmp_path / "t.parquet", target="target", groups="site")
    monkeypatch.setattr(array_files, "IN_MEMORY", 1000)
    return whole, read(tmp_path / "t.parquet", target="target", groups="site")


def test_a_large_parquet_file_gives_the_same_data(on_disk):
    whole, data = on_disk
    assert data.streamed and not whole.streamed and len(data) == len(whole) == 1999
    assert data.y.tolist() == whole.y.tolist() and data.groups.tolist() == whole.groups.tolist()
    assert data.columns == whole.columns and data.sha256 == whole.sha256
    assert "2,000 of its 2,000 rows were looked at" in data.noticed[0]
    rows = parts(data).train
    encoder = Encoder.fit(data, rows)
    assert encoder == Encoder.fit(whole, rows)
    x = np.concatenate([x for x, _ in batches(data, encoder=encoder, shuffle=False)])
    np.testing.assert_array_equal(x, encoder.encode(whole.x))


def test_a_network_learns_from_rows_on_disk(on_disk):
    _, data = on_disk
    split = parts(data)
    encoder = Encoder.fit(data, split.train)
    model = models.Sequential([Input((len(encoder.names),)), layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.learning_rate = 0.05
    test = batches(data, split.test, encoder=encoder, shuffle=False)
    model.fit(batches(data, split.train, encoder=encoder), epochs=3, verbose=0, validation_data=test)
    p = model.predict(test)
    accuracy = (p.argmax(1) == data.y[split.test]).mean()
    assert accuracy > 0.95 and accuracy == pytest.approx(model.evaluate(test, verbose=0)[1])


def test_only_some_row_groups_are_in_memory(on_disk, monkeypatch):
    _, data = on_disk
    monkeypatch.setattr(streams, "SHARD_BYTES", 500 * data.x.row_bytes)
    encoder, at_once, most = Encoder.fit(data), [], []
    read_group = type(data.x).read

    def counted(self, block):
        frame = read_group(self, block)
        at_once.append(len(frame))
        return frame

    monkeypatch.setattr(type(data.x), "read", counted)
    for _ in batches(data, encoder=encoder):
        most.append(sum(at_once))
        at_once.clear()
    assert max(most) <= 500 and sum(most) == 1999


def test_batches_of_a_large_array(tmp_path, monkeypatch):
    monkeypatch.setattr(array_files, "IN_MEMORY", 1000)
    monkeypatch.setattr(streams, "BLOCK_BYTES", 400)
    monkeypatch.setattr(streams, "SHARD_BYTES", 2000)
    x = np.random.default_rng(0).normal(size=(500, 5)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    data = read(tmp_path / "x.npy", y=np.arange(500.0) / 7)
    rows = np.arange(0, 500, 3)
    plain = list(batches(data, rows, shuffle=False, batch_size=10))
    np.testing.assert_array_equal(np.concatenate([part for part, _ in plain]), x[rows])
    np.testing.assert_array_equal(np.concatenate([y for _, y in plain]), data.y[rows])
    stream, same_stream = batches(data, rows, seed=1, batch_size=10), batches(data, rows, seed=1, batch_size=10)
    assert len(stream) == 17 and len(plain) == 17
    first, same, second = (
        np.concatenate([y for _, y in epoch]) for epoch in (list(stream), list(same_stream), list(stream))
    )
    assert first.tolist() == same.tolist() != second.tolist()
    assert sorted(first.tolist()) == sorted(second.tolist()) == data.y[rows].tolist()
    for part, y in batches(data, seed=2):
        np.testing.assert_array_equal(part, x[np.round(y * 7).astype(int)])  # rows keep their answers
    turned = dataclasses.replace(data, x=data.x[::-1])
    np.testing.assert_array_equal(next(iter(batches(turned, shuffle=False)))[0], x[::-1][:32])


def test_batches_want_an_encoder_for_a_table():
    data = read(pd.DataFrame({"a": [1.5, 2.5, 3.5, 4.5], "y": [0, 1, 0, 1]}), target="y")
    with pytest.raises(ValueError, match=r"Write encoder=Encoder.fit\(data, rows\)"):
        batches(data)
    x, y = next(iter(batches(data, encoder=Encoder.fit(data), shuffle=False, batch_size=4)))
    np.testing.assert_allclose(x.ravel(), (np.array([1.5, 2.5, 3.5, 4.5]) - 3) / np.std([1, 2, 3, 4]), rtol=1e-6)
    assert y.tolist() == [0, 1, 0, 1]
