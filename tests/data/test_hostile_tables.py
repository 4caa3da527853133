"""Thirty hostile tables: each is read and encoded rightly, or refused in one sentence; no file is changed."""

import hashlib

import numpy as np
import pytest
from helpers.hostile_tables import hostile_tables

from dragonet.data import Encoder, parts, read


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    return {table.path.stem: table for table in hostile_tables(tmp_path_factory.mktemp("hostile"))}


def hashes(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_each_can_be_trained_on_or_ends_in_a_sentence(tables):
    folder = next(iter(tables.values())).path.parent
    before = hashes(folder)
    assert len(tables) >= 30
    for name, table in tables.items():
        if table.end == "trains":
            data = read(table.path, target=table.target)
            assert any(table.says in sentence for sentence in data.noticed) or not table.says, (name, data.noticed)
            split = parts(data)
            encoder = Encoder.fit(data, split.train)
            x = encoder.encode(data.x, say=lambda sentence: None)
            assert x.dtype == np.float32 and x.shape == (len(data), len(encoder.names)), name
            assert np.isfinite(x).all() and np.isfinite(x.astype(np.float32).var(0)).all(), name
            assert len(data) >= 59 and len(data.classes) == 2, name
        else:
            with pytest.raises(ValueError) as caught:
                read(table.path, target=table.target)
            message = str(caught.value)
            assert (
                table.end in message and message.endswith((".", "?")) and "\n" not in message and len(message) < 600
            ), (name, message)
    assert hashes(folder) == before


def test_what_is_in_the_cells_is_read_rightly(tables):
    def column(name, wanted):
        return read(tables[name].path, target=tables[name].target).x[wanted]

    plain = [float(value) for value in column("tabs", "a")]
    assert column("semicolons_and_decimal_commas", "a").tolist() == plain
    assert column("utf_16", "a").tolist() == column("windows_lines", "a").tolist() == plain
    assert column("byte_order_mark", "a").tolist() == plain
    assert column("thousands", "income").tolist()[:2] == [1100.5, 2101.5]
    assert set(column("latin_1", "größe")) == {"Süd", "Öst"}
    assert set(column("quotes", "said")) == {'a "quoted" word, one', 'a "quoted" word, two'}
    assert column("missing_words", "a").isna().sum() == 5
    assert column("infinities", "a").isna().sum() == 3
    assert str(column("iso_dates", "day").iloc[1].date()) == "2024-02-02"
    assert str(column("ambiguous_dates", "day").iloc[1].date()) == "2024-02-02"
