"""Units of work: names that follow what determines a result, results written whole, and trainings that are not repeated."""

import functools
import hashlib
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dragonet.core.errors import DragonetWarning
from dragonet.runs import units
from dragonet.runs.units import Group, Result, Unit

UNIT = Unit("linear", {"epochs": 3, "sizes": (1, 2)}, "data", "split", 0, {"numpy": "2.0"})


def result(unit):
    """A result with all that one may hold."""
    score = float(np.random.default_rng(unit.seed).random())
    arrays = {"drawn": np.arange(3.0) + unit.seed, "keys of test": np.ones((2, 2), np.float32)}
    return Result({"score": score, "missing": float("nan")}, arrays, {"model": functools.partial(bytes, b"weights")})


def train(trained, some):
    """The results of some units; trained: their names, in the order in which they were trained."""
    for unit in some:
        trained.append((unit.candidate, unit.seed))
        yield result(unit)


def groups(trained, candidates=("a", "b"), seeds=3):
    return [
        Group([replace(UNIT, candidate=name, seed=seed) for name in candidates], functools.partial(train, trained))
        for seed in range(seeds)
    ]


def scores(results):
    return [[each.values["score"] for each in of_group] for of_group in results]


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"candidate": "network"},
        {"configuration": {"epochs": 4, "sizes": (1, 2)}},
        {"data": "other"},
        {"split": "other"},
        {"seed": 1},
        {"environment": {"numpy": "2.1"}},
    ],
)
def test_all_that_determines_a_result_changes_its_name(change):
    assert replace(UNIT, **change).key != UNIT.key


def test_the_name_is_the_hash_of_the_canonical_json():
    text = (
        '{"candidate":"linear","configuration":{"epochs":3,"sizes":[1,2]},"data":"data","environment":{"numpy":"2.0"},'
        '"seed":0,"split":"split"}'
    )
    assert UNIT.key == hashlib.sha256(text.encode()).hexdigest()
    assert replace(UNIT, configuration={"sizes": [1, 2], "epochs": 3}).key == UNIT.key  # whatever the order


@pytest.mark.parametrize("odd", [{"layer": object()}, {"rate": float("nan")}])
def test_what_is_no_json_is_refused(odd):
    with pytest.raises(ValueError, match="A unit of work needs a configuration that can be written as JSON"):
        _ = replace(UNIT, configuration=odd).key


# --- results ----------------------------------------------------------------------------------------------------------


def test_a_result_is_read_as_it_was_written(tmp_path):
    units.write(tmp_path, UNIT, result(UNIT))
    again, first = units.read(tmp_path, UNIT), result(UNIT)
    assert again.values["score"] == first.values["score"] and np.isnan(again.values["missing"])
    assert again.files["model"]() == b"weights"
    for name, array in first.arrays.items():
        np.testing.assert_array_equal(again.arrays[name], array, strict=True)
    assert [path.name for path in tmp_path.iterdir()] == [f"{UNIT.key}.npz"]
    assert units.read(tmp_path, replace(UNIT, seed=1)) is None


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-40])


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[content.index(b"weights")] ^= 1
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


def swap(path):
    """In its place the result of another unit."""
    other = replace(UNIT, seed=5)
    units.write(path.parent, other, result(other))
    units.path_of(path.parent, other).replace(path)


@pytest.mark.parametrize("damage", [cut_short, flip_a_bit, empty, swap])
def test_a_damaged_result_is_named_and_trained_again(damage, tmp_path):
    trained = []
    units.run(groups(trained), tmp_path)
    (unit, _) = groups(trained)[1].units
    damage(units.path_of(tmp_path, unit))
    trained.clear()
    with pytest.warns(DragonetWarning, match=rf"{unit.key}\.npz is no whole result, and is trained again"):
        again = units.run(groups(trained), tmp_path)
    assert trained == [("a", 1)] and scores(again) == scores(units.run(groups([])))
    assert units.read(tmp_path, unit) is not None


# --- running ----------------------------------------------------------------------------------------------------------


def test_results_come_in_the_order_of_the_units_whatever_ends_first():
    first = threading.Event()

    def slow_first(some):
        if some[0].seed == 0:
            assert first.wait(10)
        else:
            first.set()
        yield from map(result, some)

    work = [Group([replace(UNIT, seed=seed)], slow_first) for seed in range(2)]
    assert scores(units.run(work, jobs=2)) == [[result(replace(UNIT, seed=seed)).values["score"]] for seed in range(2)]


def test_what_is_there_is_not_trained_again(tmp_path):
    trained, done = [], []
    everything = units.run(groups(trained), tmp_path, jobs=2, progress=done.append)
    assert sorted(trained) == [(name, seed) for name in "ab" for seed in range(3)]
    assert done == [0, 2, 4, 6]
    trained.clear()
    assert scores(units.run(groups(trained), tmp_path)) == scores(everything) and trained == []
    with_another = units.run(groups(trained, ("a", "new", "b")), tmp_path)
    assert sorted(trained) == [("new", seed) for seed in range(3)]
    assert [[row[0], row[2]] for row in scores(with_another)] == scores(everything)


def test_one_that_fails_leaves_the_results_before_it(tmp_path):
    stopped = []

    def failing(some):
        for unit in some:
            if (unit.candidate, unit.seed) == ("b", 1):
                raise ZeroDivisionError
            yield result(unit)

    work = [Group(group.units, failing) for group in groups([])]
    with pytest.raises(ZeroDivisionError):
        units.run(work, tmp_path, stop=lambda: stopped.append(True))
    assert stopped == [True]
    trained = []
    units.run(groups(trained), tmp_path)
    assert trained == [("b", 1), ("a", 2), ("b", 2)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_waits_for_what_is_under_way(jobs):
    entered, ended = threading.Event(), []
    stop = threading.Event()

    def interrupted(some):
        if some[0].seed == 0 and jobs == 2:
            assert entered.wait(10)
        if some[0].seed == 0:
            raise KeyboardInterrupt
        entered.set()
        assert stop.wait(10)
        ended.append(some[0].seed)
        yield result(some[0])

    work = [Group([replace(UNIT, seed=seed)], interrupted) for seed in range(2)]
    with pytest.raises(KeyboardInterrupt):
        units.run(work, jobs=jobs, stop=stop.set)
    assert ended == ([1] if jobs == 2 else [])


def test_any_back_end_of_joblib_runs_them(tmp_path):
    shipped = [Group([replace(UNIT, seed=seed)], functools.partial(train, [])) for seed in range(2)]
    by_processes = units.run(shipped, tmp_path, jobs=2, backend="loky")
    assert scores(by_processes) == scores(units.run(shipped))
    assert by_processes[1][0].files["model"]() == b"weights" and len(list(Path(tmp_path).iterdir())) == 2
