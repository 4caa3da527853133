"""Names: arrays keep what their columns are called, wherever that stands."""

import types

import numpy as np
import pandas as pd
import pytest

from dragonet.data import read

X = np.random.default_rng(0).normal(size=(40, 3))
Y = np.random.default_rng(1).integers(0, 2, 40)
NAMES = ("BRCA1", "TP53", "MYC")


@pytest.mark.parametrize("key", ["columns", "feature_names", "genes", "var_names"])
def test_an_array_of_names_beside_the_rows(tmp_path, key):
    np.savez(tmp_path / "a.npz", x=X, y=Y, **{key: np.array(NAMES)})
    np.savez(tmp_path / "b.npz", x=X, y=Y, **{key: np.array(NAMES, "S")})
    files = tmp_path / "a.npz", tmp_path / "b.npz"
    for source in (*files, {"x": X, "y": Y, key: list(NAMES)}, {"data": X, "target": Y, key: NAMES}):
        data = read(source)
        assert data.names == data.feature_names == NAMES and "  columns: BRCA1, TP53, MYC" in str(data)


def test_a_table_inside_a_dict_and_cells_by_genes():
    assert read({"x": pd.DataFrame(X, columns=NAMES), "y": Y}).names == NAMES
    table = pd.DataFrame({"type": Y, "donor": np.repeat(np.arange(8), 5)})
    cells = types.SimpleNamespace(X=X, obs=table, var_names=pd.Index(NAMES))
    data = read(cells, target="type")
    assert data.names == NAMES
    assert any("'donor' may say which rows belong together, by its name." in sentence for sentence in data.noticed)
    assert not any("donor" in sentence for sentence in read(cells, target="type", groups="donor").noticed)


def test_what_names_no_columns_is_passed_over():
    for names in (NAMES[:2], np.arange(3), np.array([NAMES, NAMES])):
        data = read({"x": X, "y": Y, "columns": names})
        assert data.names == () and data.feature_names == ("column 1", "column 2", "column 3")
    assert read({"x": X, "y": Y, "columns": ["a", "a", "b"]}).names == ("a", "a.1", "b")
    assert read({"x": np.zeros((40, 3, 3)) + Y[:, None, None], "y": Y, "columns": NAMES}).names == ()


def test_sentences_call_columns_by_their_names():
    data = read({"x": np.column_stack([X, Y]), "y": Y, "columns": [*NAMES, "label copy"]})
    assert data.leaks == ("label copy",) and data.noticed[0].startswith("'label copy' is 'y' in another form")
    assert data.without(data.leaks).names == NAMES
