"""Grouping: columns and arrays that say which rows belong together are named, by their names and by standing in blocks."""

import numpy as np
import pandas as pd
import pytest

from dragonet.core import shell
from dragonet.data import read
from dragonet.data.leakage.grouping import are_in_blocks, is_counter, is_identity

N = 120


def table(**columns):
    draw = np.random.default_rng(0)
    return pd.DataFrame({"x": draw.normal(size=N), **columns, "y": draw.choice(["a", "b"], N)})


def is_noticed(data, *words):
    return [sentence for sentence in data.noticed if all(word in sentence for word in words)]


def blocks(draw, words=False):
    codes = np.repeat(draw.permutation(20) + 3, 6)
    return np.array([f"m{code}" for code in codes]) if words else codes


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "ID",
        "Id",
        "sample",
        "Sample",
        "sample_id",
        "sampleID",
        "SampleNo",
        "plate",
        "Plate",
        "plate_id",
        "well",
        "cell_line",
        "cell line",
        "CellLine",
        "cell-line",
        "patient",
        "patient_id",
        "PatientID",
        "subject",
        "SUBJID",
        "subject number",
        "donor",
        "mouse",
        "cage",
        "slide",
        "barcode",
        "MRN",
        "participants",
        "Participant #",
        "subject no.",
        "id_patient",
        "id number",
        "respid",
        "SEQN",
        "IID",
        "orig.ident",
        "Patientennummer",
        "Proben-Nr.",
        "isolate",
        "ear tag",
        "filename",
        "e-mail",
        "customer",
    ],
)
def test_identifiers_by_name_are_left_out_where_they_repeat_and_suggested_as_groups(name):
    codes = np.random.default_rng(1).permutation(np.repeat(np.arange(20), 6))
    for values in (codes, np.array([f"c{code}" for code in codes])):
        data = read(table(**{name: values}), target="y")
        assert list(data.x) == ["x"], name
        option = f"--groups {shell.quoted(name)}"
        assert is_noticed(data, "Left out, as it seems to say whose row it is", repr(name), option), data.noticed
        assert len(np.unique(read(table(**{name: values}), target="y", groups=name).groups)) == 20


@pytest.mark.parametrize("name", ["id", "ID", "sample", "well", "SampleID"])
def test_identifiers_by_name_are_left_out_where_they_do_not_repeat(name):
    data = read(table(**{name: np.random.default_rng(1).permutation(N) + 1000}), target="y")
    assert list(data.x) == ["x"] and is_noticed(data, "tells rows apart and nothing else", repr(name))
    few = np.random.default_rng(1).permutation(np.append(np.arange(N - 5), np.arange(5)))
    assert is_noticed(
        read(table(**{name: few}), target="y"), "Left out, as it seems to say whose row it is", f"--groups {name}"
    )


@pytest.mark.parametrize(
    "name",
    [
        "age",
        "valid",
        "COVID",
        "acid",
        "rate",
        "users",
        "number of patients",
        "wellbeing",
        "body mass index",
        "key",
        "plateau",
        "thyroid",
        "width",
        "idle",
        "humid",
        "paid",
        "solid",
        "grid",
        "tier",
        "ID1",
        "trees",
        "lots",
        "sample_type",
        "image size",
        "studying",
        "treeness",
    ],
)
def test_measurements_stay_in_and_are_not_suspected(name):
    codes = np.random.default_rng(1).permutation(np.repeat(np.arange(20), 6))
    data = read(table(**{name: codes}), target="y")
    assert list(data.x) == ["x", name] and not is_noticed(data, "--groups"), name


@pytest.mark.parametrize(
    "name", ["batch", "site", "hospital", "Lane", "family_id_code", "strain", "colony", "device no.", "chromosome"]
)
def test_what_several_rows_share_by_its_name_is_kept_and_said(name):
    data = read(table(**{name: np.random.default_rng(1).permutation(np.repeat(["u", "v", "w", "z"], 30))}), target="y")
    assert name in data.x
    if name != "family_id_code":
        words = f"{name!r} may say which rows belong together, by its name. It is learned from as well."
        assert is_noticed(data, words, f"--groups {shell.quoted(name)}")


@pytest.mark.parametrize("words", [False, True])
def test_blocks_are_kept_and_said(words):
    data = read(table(rec=blocks(np.random.default_rng(2), words)), target="y")
    assert "rec" in data.x
    assert is_noticed(
        data,
        "'rec' may say which rows belong together, as its values stand in blocks though the rows are not sorted "
        "by it. It is learned from as well. To keep the rows of one in one part write --groups rec.",
    )
    assert not is_noticed(
        read(table(rec=blocks(np.random.default_rng(2), words)), target="y", groups="rec"), "--groups"
    )


def test_sorted_or_scattered_values_are_no_blocks():
    draw = np.random.default_rng(3)
    for values in (
        np.repeat(np.arange(20), 6),
        np.repeat(np.arange(20), 6)[::-1],
        draw.permutation(np.repeat(np.arange(20), 6)),
        np.tile(np.repeat(np.arange(10), 6), 2),
        np.repeat([1, 0, 2], 40),
        np.arange(N) % 7,
        np.abs(np.arange(-60, 60)) // 4,
    ):
        assert not is_noticed(read(table(rec=values), target="y"), "--groups"), values
    assert not are_in_blocks(draw.normal(size=N)) and not are_in_blocks(np.array([], float))
    holes = np.repeat([5.0, 1, 4, 2, 3, 9], 5)
    holes[::7] = np.nan
    assert are_in_blocks(holes) and are_in_blocks(np.array([None, *"aaabbbzzzcccddd", None], dtype=object))


def test_names_by_themselves():
    assert is_counter("Unnamed: 0") and is_counter("row.names".replace(".", "")) and not is_identity("index")


def test_arrays_beside_the_rows_are_mentioned(tmp_path):
    draw = np.random.default_rng(4)
    x, y, subject = draw.normal(size=(N, 3)), draw.integers(0, 2, N), np.repeat(np.arange(20), 6)
    arrays = {"x": x, "y": y, "subject": subject, "trial": draw.permutation(N), "other": draw.normal(size=N)}
    np.savez(tmp_path / "a.npz", **arrays)
    for source in (tmp_path / "a.npz", arrays):
        data = read(source)
        assert is_noticed(
            data,
            "'subject' may say which rows belong together, by its name. To keep the rows of one in one part write "
            "--groups subject.",
        ) and not is_noticed(data, "trial")
        grouped = read(source, groups="subject")
        assert len(np.unique(grouped.groups)) == 20 and not is_noticed(grouped, "--groups")
    np.savez(tmp_path / "b.npz", x=x, y=y, who=blocks(draw, True))
    assert is_noticed(read(tmp_path / "b.npz"), "'who'", "stand in blocks", "--groups who")
