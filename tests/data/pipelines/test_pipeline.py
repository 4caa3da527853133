"""Dataset: its elements by hand, its shuffles, and models that learn from it."""

import threading

import numpy as np
import pytest

import dragonet
from dragonet import layers
from dragonet.data import AUTOTUNE, Dataset

X = np.arange(20, dtype="float32").reshape(10, 2)
Y = np.arange(10) % 2


def numbers(dataset):
    return [int(i) for i in dataset]


def test_rows_in_batches():
    batches = list(Dataset.from_tensor_slices((X, {"y": Y})).batch(4))
    assert [x.shape for x, _ in batches] == [(4, 2), (4, 2), (2, 2)]
    np.testing.assert_array_equal(np.concatenate([y["y"] for _, y in batches]), Y)
    assert len(Dataset.from_tensor_slices(X).batch(4, drop_remainder=True)) == 2
    assert [b.shape for b in Dataset.from_generator(lambda: iter(X)).batch(4, drop_remainder=True)] == [(4, 2)] * 2


BY_HAND = {
    "take": (lambda: Dataset.range(9).take(3), [0, 1, 2]),
    "skip": (lambda: Dataset.range(5).map(lambda i: i).skip(3), [3, 4]),
    "shard": (lambda: Dataset.range(7).shard(3, 1), [1, 4]),
    "repeat": (lambda: Dataset.range(2).repeat(2), [0, 1, 0, 1]),
    "repeat for ever": (lambda: Dataset.range(2).repeat().take(5), [0, 1, 0, 1, 0]),
    "filter": (lambda: Dataset.range(6).filter(lambda i: i % 2 == 0), [0, 2, 4]),
    "concatenate": (lambda: Dataset.range(2).concatenate(Dataset.range(7, 9)), [0, 1, 7, 8]),
    "map": (lambda: Dataset.range(3).map(lambda i: i * i), [0, 1, 4]),
    "map in threads": (
        lambda: Dataset.range(50).map(lambda i: -i, num_parallel_calls=AUTOTUNE),
        [-i for i in range(50)],
    ),
    "map of pairs": (lambda: Dataset.from_tensor_slices(([1, 2], [3, 4])).map(lambda a, b: a * b), [3, 8]),
    "prefetch": (lambda: Dataset.range(50).prefetch(AUTOTUNE), list(range(50))),
    "unbatch": (lambda: Dataset.range(5).batch(2).unbatch(), [0, 1, 2, 3, 4]),
    "enumerate": (lambda: Dataset.range(5, 7).enumerate().map(lambda i, j: i * j), [0, 6]),
    "zip": (lambda: Dataset.zip((Dataset.range(3), Dataset.range(9))).map(lambda a, b: a + b), [0, 2, 4]),
}


@pytest.mark.parametrize(("make", "expected"), BY_HAND.values(), ids=BY_HAND)
def test_by_hand(make, expected):
    dataset = make()
    assert numbers(dataset) == numbers(dataset) == expected
    assert dataset.cardinality() in (len(expected), -2)


def test_shuffles_follow_the_seed_and_differ_from_reading_to_reading():
    def two(**how):
        dragonet.utils.set_random_seed(3)
        dataset = Dataset.range(100).shuffle(100, **how)
        return numbers(dataset), numbers(dataset)

    first, second = two()
    assert sorted(first) == sorted(second) == list(range(100)) and first != second
    assert two() == (first, second)
    same = two(reshuffle_each_iteration=False)
    assert same[0] == same[1]
    assert two(seed=1) == two(seed=1) and two(seed=1) != two(seed=2)
    near = numbers(Dataset.range(100).shuffle(10))
    assert sorted(near) == list(range(100)) and all(i <= place + 9 for place, i in enumerate(near))
    stream = numbers(Dataset.from_generator(lambda: iter(range(100))).shuffle(10))
    assert sorted(stream) == list(range(100)) and stream != list(range(100))
    epochs = numbers(Dataset.range(50).shuffle(50).repeat(2))
    assert epochs[:50] != epochs[50:]


def test_cache_calls_a_map_once():
    calls = []
    dataset = Dataset.range(3).map(lambda i: calls.append(int(i)) or i).cache()
    assert numbers(dataset) == numbers(dataset) == [0, 1, 2] and calls == [0, 1, 2]


def test_prefetch_ends_with_its_reader():
    before = threading.active_count()
    reader = iter(Dataset.range(1000).repeat().prefetch(3))
    assert [int(next(reader)) for _ in range(3)] == [0, 1, 2]
    reader.close()
    assert threading.active_count() == before


def test_models_learn_from_it_as_from_its_arrays():
    def fitted(**data):
        dragonet.utils.set_random_seed(0)
        model = dragonet.Sequential([dragonet.Input((2,)), layers.Dense(1)])
        model.compile("sgd", "mse")
        return model, model.fit(epochs=3, verbose=0, **data).history["loss"]

    dataset = Dataset.from_tensor_slices((X / 20, Y.astype("float32"))).batch(5)
    model, losses = fitted(x=dataset, validation_data=dataset.prefetch(1))
    other, expected = fitted(x=X / 20, y=Y.astype("float32"), batch_size=5, shuffle=False)
    np.testing.assert_allclose(losses, expected, rtol=1e-6)
    np.testing.assert_allclose(model.predict(dataset), other.predict(X / 20), rtol=1e-6)
    assert model.evaluate(dataset, verbose=0) == pytest.approx(other.evaluate(X / 20, Y, verbose=0), rel=1e-5)
    _, endless = fitted(x=dataset.repeat(), steps_per_epoch=2)
    np.testing.assert_allclose(endless, expected, rtol=1e-6)


def test_mistakes():
    with pytest.raises(ValueError, match=r"arrays of one length, but got lengths \[10, 2\]"):
        Dataset.from_tensor_slices((X, [1, 2]))
    with pytest.raises(ValueError, match=r"arrays of one length, but got a single number"):
        Dataset.from_tensor_slices(3)
    with pytest.raises(TypeError, match=r"a function that returns a generator, but got "):
        Dataset.from_generator([1, 2])
    with pytest.raises(TypeError, match=r"Dataset.map needs a function, but got 3"):
        Dataset.range(3).map(3)
    ragged = Dataset.from_generator(lambda: iter([np.zeros(2), np.zeros(3)])).batch(2)
    with pytest.raises(
        ValueError, match=r"elements of one shape, \(2,\), as the first of the batch, but got \(3,\) at place 1"
    ):
        list(ragged)
    with pytest.raises(ZeroDivisionError) as failure:
        list(Dataset.range(3).map(lambda i: 1 // (2 - int(i))))
    assert "called with element 2" in failure.value.__notes__[0]
    model = dragonet.Sequential([dragonet.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(
        ValueError, match=r"fit needs batches, but got a Dataset of single rows\. Write dataset\.batch\(32\)"
    ):
        model.fit(Dataset.from_tensor_slices((X, Y)), verbose=0)
    with pytest.raises(TypeError, match=r"never ends"):
        len(Dataset.range(3).repeat())
    assert repr(Dataset.range(3).batch(2)) == "<Dataset: 2 batches>"
