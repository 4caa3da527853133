"""Likeness: which rows are far from all training rows, by distances computed by hand; damaged files."""

import json
import zipfile

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from dragonet.studies.prediction.likeness import FILE, Likeness

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4)).astype(np.float32)


def test_the_limit_is_a_distance_between_training_rows():
    likeness = Likeness.of(X)
    distances, _ = NearestNeighbors(n_neighbors=2).fit(X).kneighbors(X)
    assert likeness.limit == pytest.approx(np.quantile(distances[:, 1], 0.99), rel=1e-5)
    assert likeness.is_unlike(np.array([[0, 0, 0, 0], [9, 9, 9, 9]])).tolist() == [False, True]
    assert likeness.is_unlike(RNG.normal(size=(2000, 4))).mean() < 0.05
    assert likeness.is_unlike(X[:0]).shape == (0,)


def test_it_is_saved_and_loaded(tmp_path):
    likeness = Likeness.of(X)
    likeness.save(tmp_path)
    again = Likeness.load(tmp_path, 4)
    np.testing.assert_array_equal(again.rows, likeness.rows)
    assert again.limit == likeness.limit and Likeness.load(tmp_path / "elsewhere", 4) is None
    with pytest.raises(ValueError, match="needs training rows of 5 numbers"):
        Likeness.load(tmp_path, 5)


def test_of_very_many_rows_some_are_kept():
    assert Likeness.of(np.zeros((5000, 3)) + np.arange(5000)[:, None]).rows.shape == (1000, 3)
    assert Likeness.of(RNG.normal(size=(50, 200_000))).rows.shape == (10, 200_000)


@pytest.mark.parametrize("entries", [{"shape": [10**12, 4]}, {"shape": "x"}, {"limit": None}, {"shape": [-300, -4]}])
def test_damaged_files_are_refused_before_anything_is_allocated(tmp_path, entries):
    Likeness.of(X).save(tmp_path)
    with zipfile.ZipFile(tmp_path / FILE) as archive:
        record, rows = json.loads(archive.read("rows.json")), archive.read("rows")
    with zipfile.ZipFile(tmp_path / FILE, "w") as archive:
        archive.writestr("rows.json", json.dumps(record | entries))
        archive.writestr("rows", rows)
    with pytest.raises(ValueError, match="needs training rows of 4 numbers"):
        Likeness.load(tmp_path, 4)
