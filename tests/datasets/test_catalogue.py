"""The catalogue: it names what is there, says how much, and loads nothing."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dragonet
from dragonet import datasets
from dragonet.datasets import CATALOGUE


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_line_that_it_gives_loads_the_set(name):
    (x_train, y_train), (x_test, y_test) = _parts(eval(CATALOGUE[name].load, {"datasets": datasets}))
    assert len(x_train) == len(y_train) and len(x_test) == len(y_test)
    if name == "mnist":
        assert CATALOGUE[name].size.startswith(f"{len(x_train):,} + {len(x_test):,} images, 28 × 28")
    elif name in ("digits", "dragons"):
        assert CATALOGUE[name].size.startswith(f"{len(x_train) + len(x_test):,} ")


def _parts(loaded):
    x, y = loaded
    return loaded if isinstance(x, tuple) else ((x, y), (x[:0], y[:0]))


@pytest.mark.parametrize("file, size", [("mnist.npz", "11.5 MB"), ("digits.npz", "45 kB"), ("dragons.csv", "24 kB")])
def test_sizes_are_those_of_the_files(file, size):
    path = Path(datasets.__file__).parent / "files" / file
    number, unit = size.split()
    assert path.stat().st_size == pytest.approx(float(number) * {"MB": 1e6, "kB": 1e3}[unit], rel=0.03)
    assert CATALOGUE[path.stem].size.endswith(size)


def test_every_packaged_file_is_attributed():
    notice = (Path(dragonet.__file__).parents[1] / "NOTICE").read_text(encoding="utf-8")
    files = sorted(path.name for path in (Path(datasets.__file__).parent / "files").iterdir())
    assert files == ["digits.npz", "dragons.csv", "mnist.npz"]
    assert all(f"dragonet/datasets/files/{file}" in notice for file in files)


def test_no_packaged_array_needs_pickle():
    for path in (Path(datasets.__file__).parent / "files").glob("*.npz"):
        with np.load(path, allow_pickle=False) as file:
            assert {file[name].dtype for name in file} == {np.dtype("uint8")}


def test_looking_at_it_loads_no_heavy_package():
    code = (
        "import sys; from dragonet import datasets, inspect, plots; datasets.CATALOGUE; dir(plots);"
        "print([m for m in ('jax', 'numpy', 'pandas', 'matplotlib', 'sklearn') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_loading_the_arrays_does_not_load_scikit_learn():
    code = (
        "import sys; from dragonet import datasets; datasets.digits.load_data(); datasets.dragons.load_data();"
        "print([m for m in ('jax', 'matplotlib', 'sklearn') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_misspelt_set_is_answered_with_the_nearest():
    with pytest.raises(AttributeError, match="Did you mean 'mnist'"):
        datasets.minst  # noqa: B018
