"""Text in a CSV file is not run by a spreadsheet, numbers stay numbers, and dragonet reads what was meant."""

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet.callbacks import CallbackList, CSVLogger
from dragonet.core import spreadsheet
from dragonet.data.files import text_tables
from dragonet.studies.prediction.answer_table import Answers

FORMULAS = [
    '=HYPERLINK("http://a.b","x")',
    "+1-555-1234",
    "-strand",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "＝1",
    "-",
    "=",
    "'=1",
    "''=1",
    "-1+2",
    "'-3.2",
]
PLAIN = [
    "-3.2",
    "+7",
    "-1e-9",
    "-1,200",
    "-3,5",
    "-5%",
    "-inf",
    "+.5",
    "x=1",
    "'tis",
    "",
    "a@b",
    -3.2,
    7,
    None,
    np.float32(-1),
]


@pytest.mark.parametrize("cell", FORMULAS)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe_that_is_taken_off_again(cell):
    (safe,) = spreadsheet.row([cell])
    assert safe == "'" + cell
    assert spreadsheet.original(safe) == cell


@pytest.mark.parametrize("cell", PLAIN)
def test_numbers_and_other_text_stay(cell):
    assert spreadsheet.row([cell]) == [cell]
    assert spreadsheet.original(cell) == cell


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet="'=+-@\t 1.e%a", max_size=8))
def test_any_text_comes_back(text):
    (safe,) = spreadsheet.row([text])
    assert spreadsheet.original(safe) == text
    assert not safe.lstrip(" ").startswith(("=", "@", "\t"))


def test_predictions_with_classes_like_formulas_are_read_back(tmp_path):
    answers = Answers(np.array([[0.75, 0.25], [0.125, 0.875]]), ("=cmd|' /C calc'!A0", "-strand"))
    answers.write(tmp_path / "said.csv")
    with (tmp_path / "said.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header == ["answer", "'=cmd|' /C calc'!A0", "'-strand"]
    assert rows == [["'=cmd|' /C calc'!A0", "0.75", "0.25"], ["'-strand", "0.125", "0.875"]]
    table = text_tables.read_frame(tmp_path / "said.csv")
    assert list(table.columns) == ["answer", *answers.names]
    assert table["answer"].tolist() == list(answers.names)
    assert table["-strand"].tolist() == [0.25, 0.875]


def test_a_table_of_numbers_codes_and_missing_cells_is_read_as_before(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("'=id;x;'@word\n007;-3,5;'tis\n012;-;'-a\n013;2,5;\n", encoding="utf-8")
    table = text_tables.read_frame(path, words=("=id",))
    assert list(table.columns) == ["=id", "x", "@word"]
    assert table["=id"].tolist() == ["007", "012", "013"]
    assert table["@word"].tolist()[:2] == ["'tis", "-a"]
    assert table["@word"].isna().tolist() == [False, False, True]


def train(callback, logs):
    callbacks = CallbackList([callback])
    callbacks.on_train_begin()
    for epoch, held in enumerate(logs):
        callbacks.on_epoch_end(epoch, held)
    callbacks.on_train_end()


def test_the_log_of_a_training_holds_no_formulas_and_knows_its_columns_again(tmp_path):
    path = tmp_path / "log.csv"
    for value in (-1.5, -2.5):
        train(CSVLogger(path, append=True), [{"=loss": value, "val_note": "@x"}])
    assert path.read_text(encoding="utf-8").splitlines() == ["epoch,'=loss,val_note", "0,-1.5,'@x", "0,-2.5,'@x"]


def test_the_log_makes_a_folder_again_that_was_deleted(tmp_path):
    path = tmp_path / "run" / "log.csv"
    callback = CSVLogger(path)
    callback.on_train_begin()
    callback.on_epoch_end(0, {"loss": 1.0})
    path.unlink()
    path.parent.rmdir()
    callback.on_epoch_end(1, {"loss": 0.5})
    assert path.read_text(encoding="utf-8").splitlines() == ["epoch,loss,val_loss", "1,0.5,NA"]
