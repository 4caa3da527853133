"""Reading: kinds of columns, targets, what is left out and said, and every source: tables, arrays, pictures, epochs, cells."""

import importlib.util

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dragonet import datasets
from dragonet.data import log_scaled, one_hot_dna, read, read_fasta, read_table
from dragonet.data.files import array_files, images

N = 60


def survey(**more):
    draw = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "age": draw.integers(18, 90, N).astype(float),
            "site": draw.choice(["A", "B", "C"], N),
            "smoker": draw.choice(["yes", "no"], N),
            "sex": draw.choice(["f", "m"], N),
        }
    )
    return table.assign(**more)


def kinds(data):
    return {column.name: column.kind for column in data.columns}


def is_noticed(data, *words):
    return any(all(word in sentence for word in words) for sentence in data.noticed)


# --- kinds ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.linspace(0, 1, N), "number"),
        ([str(i / 7) for i in range(N)], "number"),
        ([f"{i / 7:.2f}".replace(".", ",") for i in range(N)], "number"),
        ([0, 1] * 30, "yes/no"),
        ([True, False] * 30, "yes/no"),
        (["Yes", "No", None] * 20, "yes/no"),
        (["red", "blue", "green"] * 20, "category"),
        (["00123", "00456"] * 30, "category"),
        (pd.Categorical([1, 2, 3] * 20), "category"),
        (pd.date_range("2024-01-01", periods=N), "date"),
        ([f"{1 + i % 28}.{1 + i % 12}.2024" for i in range(N)], "date"),
        ([f"2024/{1 + i % 12}/{1 + i % 28} 12:{i:02}" for i in range(N)], "date"),
        ([f"{1 + i % 28} March 2024" for i in range(N)], "date"),
        (pd.to_timedelta(np.arange(N) * 1.5, unit="s"), "number"),
        ([f"patient {i} slept well and had a long and quiet walk in the park" for i in range(N)], "text"),
        ([f"GSM{i}" for i in range(N)], "identifier"),
        (range(N), "identifier"),
        ([3.5] * N, "constant"),
        ([None] * N, "constant"),
    ],
)
def test_the_kind_of_a_column_is_found(values, kind):
    assert kinds(read(survey(new=pd.Series(values, dtype=None)), target="sex"))["new"] == kind


def test_years_that_go_up_by_one_are_numbers():
    assert kinds(read(survey(year=range(1960, 1960 + N)), target="sex"))["year"] == "number"


def test_text_identifiers_and_constants_are_left_out_and_said():
    data = read(
        survey(
            note=[f"a long remark, number {i}, about nothing of interest" for i in range(N)],
            row_id=range(7, 7 + N),
            same=1,
        ),
        target="sex",
    )
    assert list(data.x) == ["age", "site", "smoker"]
    assert is_noticed(data, "tells rows apart", "'row_id'") and is_noticed(data, "free text", "'note'")
    assert is_noticed(data, "same in all rows", "'same'")
    assert [column.role for column in data.columns] == ["feature", "feature", "feature", "target", *["left out"] * 3]


def test_a_kind_can_be_set():
    data = read(survey(zip=[10115 + i % 3 for i in range(N)]), target="sex", columns={"zip": "category"})
    assert kinds(data)["zip"] == "category" and sorted(data.x["zip"].cat.categories) == ["10115", "10116", "10117"]
    with pytest.raises(
        ValueError, match=r"There is no kind of column, for 'zip', called 'categry'. Did you mean 'category'\?"
    ):
        read(survey(zip=1), target="sex", columns={"zip": "categry"})
    with pytest.raises(ValueError, match="no column 'zap' to set the kind of"):
        read(survey(zip=1), target="sex", columns={"zap": "category"})


def test_a_column_can_be_set_to_dates_and_truths_to_numbers():
    table = survey(day=[20240100 + 1 + i % 28 for i in range(N)], truth=[True, False, True] * 20)
    data = read(table, target="sex", columns={"day": "date", "truth": "number"})
    assert str(data.x["day"].iloc[1].date()) == "2024-01-02" and data.x["truth"].tolist() == [1, 0, 1] * 20


def test_missing_and_odd_and_infinite_cells_are_counted():
    table = survey(weight=["12,5"] * 57 + ["?", "heavy", "inf"])
    data = read(table, target="sex")
    column = next(column for column in data.columns if column.name == "weight")
    assert (column.kind, column.missing) == ("number", 3)
    assert is_noticed(data, "'weight' has 1 cell that is no number", "'heavy'") and is_noticed(
        data, "'weight' has an infinite number"
    )
    assert is_noticed(data, "decimal signs in 'weight'") and data.x["weight"].dropna().unique().tolist() == [12.5]


def test_strands_of_dna_are_not_missing():
    data = read(survey(strand=["+", "-"] * 30), target="sex")
    assert data.x["strand"].tolist() == ["+", "-"] * 30


def test_ambiguous_dates_are_said_and_points_put_the_day_first():
    both = [f"{1 + i % 9}/{1 + i % 7}/2024" for i in range(N)]
    data = read(survey(slashed=both, pointed=[date.replace("/", ".") for date in both]), target="sex")
    assert is_noticed(data, "'slashed'", "month/day/year", "2024-03-01")
    assert not is_noticed(data, "'pointed'", "month/day/year")
    assert data.x["slashed"].dt.month.tolist() == data.x["pointed"].dt.day.tolist() == [1 + i % 9 for i in range(N)]


# --- targets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        (["b", "a"] * 30, "classes", ("a", "b")),
        (["yes", "no"] * 30, "classes", ("no", "yes")),
        ([True, False] * 30, "classes", ("False", "True")),
        ([10, 2, 1] * 20, "classes", ("1", "2", "10")),
        ([1.0, 2.0] * 30, "classes", ("1", "2")),
        ([1.5, 2.5] * 30, "numbers", ()),
        (range(N), "numbers", ()),
    ],
)
def test_the_task_follows_from_the_target(values, task, classes):
    data = read(survey(y=list(values)), target="y")
    assert (data.task, data.classes) == (task, classes)
    if classes:
        assert [data.classes[i] for i in data.y] == [str(v) if isinstance(v, str | bool) else f"{v:g}" for v in values]
    else:
        assert data.y.tolist() == list(map(float, values))


def test_whole_numbers_can_be_numbers_or_classes():
    table = survey(stage=[1, 2, 3] * 20)
    assert is_noticed(read(table, target="stage"), "3 different whole values", "--column stage=number")
    assert read(table, target="stage", columns={"stage": "number"}).task == "numbers"
    assert read(survey(y=np.repeat(range(30), 2)), target="y").task == "numbers"
    assert read(survey(y=np.repeat(range(30), 2)), target="y", columns={"y": "category"}).task == "classes"


def test_rows_without_an_answer_are_left_out_and_counted():
    data = read(survey(y=["a", "b", None] * 20), target="y")
    assert len(data) == len(data.x) == 40 and is_noticed(data, "20 of 60 rows left out, where 'y' is missing")


def test_several_targets():
    labels = read(survey(cat=[0, 1] * 30, dog=["no", "no", "yes"] * 20), target=["cat", "dog"])
    assert (labels.task, labels.classes, labels.y.shape) == ("labels", ("cat", "dog"), (N, 2))
    assert labels.y.sum(0).tolist() == [30, 20]
    numbers = read(survey(u=np.arange(N) / 7, v=[3, 4] * 30), target=["u", "v"])
    assert (numbers.task, numbers.y.shape, numbers.y[1].tolist()) == ("numbers", (N, 2), [1 / 7, 4.0])
    with pytest.raises(ValueError, match="several targets that are all numbers, or all yes and no"):
        read(survey(u=np.arange(N) / 7), target=["u", "site"])


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (
            {},
            "read needs target, the column to predict, but got none. table has the columns 'age', 'site', 'smoker' and 'sex'.",
        ),
        ({"target": "Sexx"}, "table has no column 'Sexx' to predict. Did you mean 'sex'?"),
        ({"target": "sex", "groups": "patient"}, "table has no column 'patient' for groups."),
        ({"target": "sex", "groups": [1, 2]}, r"groups of shape (60,), one a row, but got shape (2,)"),
        ({"target": "sex", "drop": "weight"}, "table has no column 'weight' to drop."),
        ({"target": "sex", "drop": "sex"}, "a target that is used for nothing else"),
        ({"target": "day"}, "a target of classes or numbers, but got dates in 'day'"),
        (
            {"target": "name"},
            "a target with several rows of each class, in 'name', but got 60 different values in 60 rows",
        ),
        ({"target": "sex", "time": "site"}, "dates or numbers in 'site', to split by time"),
    ],
)
def test_mistakes_end_in_a_sentence(how, words):
    table = survey(day=pd.date_range("2024-01-01", periods=N), name=[f"n{i}" for i in range(N)])
    table = table if how.get("target") in ("day", "name") else table.drop(columns=["day", "name"])
    with pytest.raises(ValueError) as caught:
        read(table, **how)
    assert words in str(caught.value)


# --- leaks ------------------------------------------------------------------------------------------------------------


def test_a_column_that_gives_the_answer_away_is_named():
    table = survey()
    sex = table["sex"]
    copies = {"copied": sex, "renamed": sex.map({"f": "woman", "m": "man"}), "coded": sex.map({"f": 7, "m": 3})}
    data = read(survey(**copies), target="sex")
    assert is_noticed(data, "'copied', 'renamed' and 'coded' are 'sex' in another form", "--drop copied")
    dropped = read(survey(**copies), target="sex", drop=list(copies))
    assert not is_noticed(dropped, "another form") and list(dropped.x) == ["age", "site", "smoker"]
    almost = survey(nearly=table["sex"].where(table.index > 0, "f" if table["sex"][0] == "m" else "m"))
    assert not is_noticed(read(almost, target="sex"), "another form")


def test_numbers_that_give_a_number_away_are_named():
    y = np.random.default_rng(1).normal(size=N)
    noise = 0.1 * np.random.default_rng(2).normal(size=N)
    data = read(survey(y=y, inches=y / 2.54 + 3, logged=-np.exp(y), noisy=y + noise), target="y")
    assert is_noticed(data, "'inches' and 'logged' are 'y' in another form")


def test_a_subject_that_recurs_is_left_out_and_groups_are_suggested():
    table = survey(patient=np.repeat(np.arange(12), 5))
    data = read(table, target="sex")
    assert "patient" not in data.x and is_noticed(
        data, "whose row it is", "--groups patient", "--column patient=category"
    )
    grouped = read(table, target="sex", groups="patient")
    assert grouped.groups[5] == "1" and not is_noticed(grouped, "whose row")
    assert "patient" in read(table, target="sex", columns={"patient": "category"}).x


def test_repeated_rows_are_counted():
    table = survey()
    data = read(pd.concat([table, table.iloc[:4]]), target="sex")
    assert is_noticed(data, "of 64 rows repeat another one") and not is_noticed(
        read(survey(u=np.arange(N) / 7), target="sex"), "repeat"
    )


# --- sources ----------------------------------------------------------------------------------------------------------


def test_a_table_is_the_same_from_every_source(tmp_path):
    table = survey(size=np.random.default_rng(3).normal(size=N))
    table.to_csv(tmp_path / "t.csv", index=False)
    table.to_csv(tmp_path / "t.tsv", index=False, sep="\t", encoding="utf-16")
    table.set_axis(range(1, N + 1)).to_csv(tmp_path / "r.txt", sep=" ", quoting=2, index_label=False)  # as R writes it
    table.to_parquet(tmp_path / "t.parquet")
    files = [tmp_path / "t.csv", str(tmp_path / "t.tsv"), tmp_path / "t.parquet"]
    read_ = [read(source, target="sex") for source in (table, *files, dict(table), table.to_records(index=False))]
    read_.append(read((table.drop(columns="sex"), table["sex"])))
    read_.append(read(tmp_path / "r.txt", target="sex"))
    for data in read_:
        assert data.kind == "table" and data.x["site"].tolist() == table["site"].tolist()
        np.testing.assert_allclose(data.x["size"], table["size"], rtol=1e-15)
        assert data.y.tolist() == read_[0].y.tolist() and data.targets == ("sex",)
    assert len(read_[1].sha256) == 64 and read_[1].sha256 != read_[2].sha256
    assert read(tmp_path / "t.csv", target="sex").sha256 == read_[1].sha256
    assert read(table.copy(), target="sex").sha256 == read_[0].sha256 != read(table[::-1], target="sex").sha256
    assert is_noticed(read_[-1], "tells rows apart", "'row name'")


def test_the_dragons_in_words():
    data = read(datasets.dragons._FILE, target="color")
    assert (
        str(data)
        == """\
dragons.csv: 480 rows, 5 columns to learn from
to predict: color (Blue 160, Red 160, Yellow 160)
  testScore: number, 0 to 100
  bodyLength: number, 162.327 to 236.362
  mountainRange: category, 8 (Bavarian, Central, Emmental, ...)
  color: category (target), 3 (Blue, Red, Yellow)
  diet: category, 3 (Omnivore, Vegetarian, Carnivore)
  breathesFire: yes/no, 52 % yes"""
    )
    assert repr(data) == "Data('dragons.csv', table (480, 5), classes of color)"


def test_a_raw_table_keeps_codes_as_they_are_written(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("zip,n\n00123,1\n10115,2\n", encoding="utf-8")
    assert read_table(path)["zip"].tolist() == ["00123", "10115"]
    path.write_text("zip,n\n1.50,1\n10115,2\n", encoding="utf-8")
    assert read_table(path, words=("zip",))["zip"].tolist() == ["1.50", "10115"]
    survey().to_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet").shape == (N, 4)
    with pytest.raises(ValueError, match=r"a file that ends in .csv, .* but got 't.xls'"):
        (tmp_path / "t.xls").touch()
        read_table(tmp_path / "t.xls")


def test_arrays_and_lists_and_their_kinds(tmp_path):
    draw = np.random.default_rng(0)
    y = ["b", "a"] * 10
    for x, kind in (
        (draw.normal(size=(20, 3)), "arrays"),
        (draw.normal(size=(20, 4, 9)), "series"),
        (draw.integers(0, 255, (20, 8, 8)).astype(np.uint8), "images"),
        (draw.normal(size=(20, 8, 8, 3)), "images"),
    ):
        np.savez(tmp_path / "a.npz", x=x, labels=y, subject=np.arange(20) // 5)
        np.save(tmp_path / "x.npy", x)
        np.save(tmp_path / "y.npy", y)
        sources = [read((x, y)), read(x, y=y), read({"x": x, "y": y}), read(tmp_path / "a.npz")]
        sources.append(read(tmp_path / "x.npy", y="y.npy"))
        for data in [*sources, read((x.tolist(), y)) if kind != "images" else sources[0]]:
            assert data.kind == kind and data.classes == ("a", "b") and data.y.tolist() == [1, 0] * 10
            np.testing.assert_array_equal(data.x, x)
    grouped = read(tmp_path / "a.npz", x="x", y="labels", groups="subject")
    assert grouped.groups.tolist()[::5] == ["0", "1", "2", "3"]
    with pytest.raises(ValueError, match=r"a.npz holds no array 'labls'. Did you mean 'labels'\?"):
        read(tmp_path / "a.npz", y="labls")
    with pytest.raises(ValueError, match="y, what is to be predicted"):
        read(x)
    with pytest.raises(ValueError, match=r"one answer for each of the 20 rows of x, but got y of shape \(3,\)"):
        read((x, [1, 2, 3]))


def test_answers_beside_arrays():
    x = np.arange(40.0).reshape(20, 2)
    hot = np.eye(4)[np.arange(20) % 4]
    assert read((x, hot)).y.tolist() == [0, 1, 2, 3] * 5
    assert read((x, (hot + hot[::-1]) > 0)).task == "labels"
    assert read((x, x[:, :1] + 0.5)).y.shape == (20,) and read((x, x + 0.5)).targets == ("y1", "y2")
    holes = x.copy()
    holes[3, 1] = np.nan
    data = read((holes, x[:, 0] + 0.5))
    assert len(data) == 19 and is_noticed(data, "1 row was left out, with nan or infinity in x")
    assert is_noticed(read((np.c_[x, x[:, 0] + 0.5], x[:, 0] + 0.5)), "'column 1', 'column 2' and 'column 3' are 'y'")


def test_arrays_with_objects_are_refused(tmp_path):
    np.save(tmp_path / "o.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"NumPy's .npy format, without objects"):
        read(tmp_path / "o.npy", y=[1])
    with pytest.raises(TypeError, match="read needs a path, a DataFrame, arrays"):
        read(5)
    with pytest.raises(ValueError, match=r"'t.xls'. Save the sheet as .xlsx or as CSV"):
        (tmp_path / "t.xls").write_bytes(b"x")
        read(tmp_path / "t.xls")
    with pytest.raises(ValueError, match=r"which is not. Did you mean 't.xls'\?"):
        read(tmp_path / "t.xl")


def pictures(folder, sizes, mode="RGB"):
    draw = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for i, (height, width) in enumerate(sizes):
            pixels = draw.integers(0, 255, (height, width, 3)).astype(np.uint8)
            Image.fromarray(pixels).convert(mode).save(folder / name / f"{i}.png")


def test_a_folder_of_pictures(tmp_path, monkeypatch):
    pictures(tmp_path / "p", [(6, 8), (6, 8), (9, 9)])
    (tmp_path / "p" / "cat" / "broken.png").write_bytes(b"no picture")
    (tmp_path / "p" / "cat" / "notes.txt").write_text("x")
    data = read(tmp_path / "p")
    assert (data.kind, data.x.shape, data.x.dtype, data.classes) == ("images", (6, 6, 8, 3), np.uint8, ("cat", "dog"))
    assert data.y.tolist() == [0, 0, 0, 1, 1, 1]
    assert is_noticed(data, "2 sizes", "brought to 8 × 6") and is_noticed(data, "1 file left out", "cat/broken.png")
    np.testing.assert_array_equal(data.x[0], np.asarray(Image.open(tmp_path / "p" / "cat" / "0.png")))
    assert read(tmp_path / "p", size=(4, 5)).x.shape == (6, 4, 5, 3)
    assert read(tmp_path / "p").sha256 == data.sha256
    monkeypatch.setattr(images, "MOST_PIXELS", 50)
    assert len(read(tmp_path / "p")) == 4  # those of 81 pixels are refused
    pictures(tmp_path / "g", [(3, 3)] * 2, "L")
    assert read(tmp_path / "g").x.shape == (4, 3, 3, 1)
    with pytest.raises(
        ValueError, match="a sub folder for each class, with its pictures, but got 3 pictures and no sub folder"
    ):
        read(tmp_path / "p" / "dog")
    monkeypatch.setattr(images, "_MOST_BYTES", 18)
    small = read(tmp_path / "g")
    assert small.x.shape == (4, 2, 2, 1) and is_noticed(small, "were made 2 × 2")


class Epochs:
    """What is asked of MNE's Epochs."""

    events = np.c_[np.arange(20), np.zeros(20, int), [1, 5] * 10]
    event_id = {"left": 1, "right": 5}

    def get_data(self):
        return np.random.default_rng(0).normal(size=(20, 3, 50))


def test_epochs_are_series_with_the_words_for_their_events():
    data = read(Epochs(), groups=np.arange(20) // 5)
    assert (data.kind, data.x.shape, data.classes, data.targets) == (
        "series",
        (20, 3, 50),
        ("left", "right"),
        ("event",),
    )
    assert data.y.tolist() == [0, 1] * 10 and len(data.groups) == 20


class Cells:
    """What is asked of an AnnData."""

    X = np.arange(80.0).reshape(20, 4) ** 2
    obs = pd.DataFrame({"cell_type": pd.Categorical(["T", "B"] * 10), "donor": ["d1", "d2", "d3", "d4"] * 5})


def test_cells_by_genes():
    data = read(Cells(), target="cell_type", groups="donor")
    assert (data.kind, data.classes, data.groups[3]) == ("arrays", ("B", "T"), "d4")
    with pytest.raises(ValueError, match=r"AnnData has no column 'celltype' of cells. Did you mean 'cell_type'"):
        read(Cells(), target="celltype")


@pytest.mark.parametrize(("name", "extra"), [("a.h5ad", "anndata"), ("a.parquet", "parquet")])
def test_what_is_not_installed_is_named(tmp_path, monkeypatch, name, extra):
    (tmp_path / name).write_bytes(b"")
    monkeypatch.setattr(importlib.util, "find_spec", lambda package: None)
    with pytest.raises(ImportError, match=rf"pip install 'dragonet\[{extra}\]'"):
        read(tmp_path / name, target="cell_type")


def test_a_large_array_stays_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(array_files, "IN_MEMORY", 1000)
    x = np.random.default_rng(0).normal(size=(200, 5))
    np.save(tmp_path / "x.npy", x)
    data = read(tmp_path / "x.npy", y=np.arange(200) % 2)
    assert data.streamed and isinstance(data.x, np.memmap) and data.row_hashes is None
    x[7, 1] = np.inf
    np.save(tmp_path / "x.npy", x)
    with pytest.raises(ValueError, match=r"finite numbers in every row .* but got 1 rows without them"):
        read(tmp_path / "x.npy", y=np.arange(200) % 2)


# --- sequences --------------------------------------------------------------------------------------------------------


def test_dna_by_hand(tmp_path):
    assert one_hot_dna(["AC", "TG"]).tolist() == [[[1, 0, 0, 0], [0, 1, 0, 0]], [[0, 0, 0, 1], [0, 0, 1, 0]]]
    assert one_hot_dna(["ru-"], length=4).tolist() == [[[0.5, 0, 0.5, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]]
    assert one_hot_dna(["ACGT"], length=1).shape == (1, 1, 4)
    with pytest.raises(ValueError, match="'X' at place 2 of sequence 3"):
        one_hot_dna(["A", "C", "AX"])
    with pytest.raises(TypeError, match=r"Write one_hot_dna\(\[sequence\]\)"):
        one_hot_dna("ACGT")
    (tmp_path / "a.fa").write_text("\ufeff>x y\r\nAC\r\n\r\nGT\r\n>z\r\nNN\r\n", encoding="utf-8")
    assert read_fasta(tmp_path / "a.fa") == (["x y", "z"], ["ACGT", "NN"])
    for text, words in (("ACGT", "which begins with '>'"), (">a\n>b\nA\n", "none after 'a'"), ("", "an empty file")):
        (tmp_path / "a.fa").write_text(text)
        with pytest.raises(ValueError, match=words):
            read_fasta(tmp_path / "a.fa")


def test_counts_are_scaled_by_the_training_rows_alone():
    x = np.array([[0, 1], [3, 1], [1, 1], [7, 1]])
    scaled = log_scaled(x, rows=np.array([0, 1, 2]))
    np.testing.assert_allclose(scaled, np.c_[np.log1p([0, 3, 1, 7]) / np.log(4), np.zeros(4)], rtol=1e-6)
    with pytest.raises(ValueError, match="counts"):
        log_scaled(-x)


def test_masked_rows_and_answers_are_missing_and_small_floats_and_bytes_are_read():
    import ml_dtypes

    x = np.arange(80.0).reshape(40, 2)
    y = np.array(["no", "yes"])[np.arange(40) % 2]
    masked = np.ma.masked_array(x, mask=x == 7)
    data = read((masked, y))
    assert data.x.shape == (39, 2) and any("1 row was left out, with nan" in line for line in data.noticed)
    assert read((x, np.ma.masked_array(np.arange(40.0), mask=np.arange(40) > 35))).x.shape == (36, 2)
    words = np.ma.masked_array(y.astype(object), mask=np.arange(40) == 3)
    assert read((x, words)).x.shape == (39, 2)
    assert read((x, y.astype("S"))).classes == ("no", "yes")
    np.testing.assert_array_equal(read((x.astype(ml_dtypes.bfloat16), y)).x, x)


def test_answers_without_a_name_may_be_of_mixed_kinds():
    y = np.array(["a", None, "b", 1] * 10, object)
    assert read((np.arange(80.0).reshape(40, 2), y)).classes == ("1", "a", "b")


def test_classes_of_very_few_rows_are_named():
    draw = np.random.default_rng(0)
    y = ["a"] * 30 + ["b"] * 5 + ["c"] * 3 + ["d"] * 4
    frame = pd.DataFrame({"x": draw.normal(size=42), "y": y})
    sentence = (
        "Fewer than 5 rows are of 'c' (3), 'd' (4): at most one of each is tested in a split, which tells little. More "
        "rows of them would, or leave them out."
    )
    assert sentence in read(frame, target="y").noticed
    assert sentence in read((draw.normal(size=(42, 2)), y)).noticed
    assert not any("Fewer than" in sentence for sentence in read(frame[:35], target="y").noticed)
    assert not any("Fewer than" in sentence for sentence in read(frame[28:], target="y").noticed)


def test_spellings_of_one_class():
    frame = pd.DataFrame({"x": np.arange(40) / 7, "y": ["Yes", "yes", "NO", "no", "yes"] * 8})
    data = read(frame, target="y")
    assert data.classes == ("NO", "yes") and data.y.tolist() == [1, 1, 0, 0, 1] * 8 and data.columns[1].kind == "yes/no"
    assert read(frame.assign(z=["u", "v"] * 20), target="z").columns[1].kind == "yes/no"
    data = read(frame.assign(y=["ill", "Ill", "well", "cell a", "cell  a"] * 8), target="y")
    assert len(data.classes) == 5
    assert (
        "Classes of 'y' differ in capitals or blanks only: 'Ill', 'ill', 'cell  a', 'cell a'. If they are the same, write "
        "them in the same way."
    ) in data.noticed


def test_targets_of_many_pairs_of_numbers_are_refused_for_that_reason():
    frame = pd.DataFrame({"x": np.arange(80) / 7, "y": [f"{100 + i % 40}/{60 + i % 40}" for i in range(80)]})
    with pytest.raises(ValueError, match="40 different values in 80 rows: it holds several numbers"):
        read(frame, target="y")
