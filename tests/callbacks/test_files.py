"""The files that callbacks write: their names, nothing half overwritten, and what is refused before training."""

import os
from types import SimpleNamespace

import pytest
from helpers.fake_trainings import Model, fit, says

from dragonet import Input, layers, models
from dragonet.callbacks import BackupAndRestore, CallbackList, CSVLogger, ModelCheckpoint
from dragonet.core import errors


def train(callback, logs, model=None):
    model = model or Model()
    fit(model, CallbackList([callback], model), logs)
    return model


def a_model():
    model = models.Sequential([Input((1,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def disk_full(*args):
    raise OSError("disk full")


@pytest.mark.parametrize("name", ["model.keras", "model.weights.h5"])
def test_a_good_file_survives_a_failure_while_the_next_is_written(tmp_path, monkeypatch, name):
    path, model = tmp_path / "deep" / name, a_model()
    checkpoint = ModelCheckpoint(path, save_weights_only=name != "model.keras")
    model.fit([[1.0]], [[1.0]], callbacks=checkpoint, verbose=0)
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", disk_full)
    with says(OSError, "disk full"):
        model.fit([[1.0]], [[1.0]], callbacks=checkpoint, verbose=0)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_checkpoint_says_what_it_does(tmp_path, capsys):
    path = tmp_path / "best.keras"
    train(ModelCheckpoint(path, verbose=1, save_best_only=True), [{"val_loss": 0.5}, {"val_loss": 0.75}])
    assert capsys.readouterr().out.splitlines() == [
        f"Epoch 1: val_loss improved from None to 0.50000, saving model to {path}",
        f"Epoch 1: finished saving model to {path}",
        "Epoch 2: val_loss did not improve from 0.50000",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"filepath": "model.txt"}, "needs a filepath that ends in '.keras', but got 'model.txt'."),
        (
            {"filepath": "model.keras", "save_weights_only": True},
            "needs a filepath that ends in '.weights.h5' for save_weights_only=True, but got 'model.keras'.",
        ),
        ({"filepath": "model.keras", "save_freq": "batch"}, "save_freq other than 'epoch' to be a whole number of at"),
        (
            {"filepath": "model.keras", "save_freq": 10, "save_best_only": True},
            "needs a monitor known after each step, for save_freq=10, but got 'val_loss'. Write monitor='loss'",
        ),
    ],
)
def test_what_cannot_work_is_refused_before_training(arguments, said):
    with says(ValueError, "ModelCheckpoint needs", said):
        ModelCheckpoint(**arguments)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("{val_los:.2f}.keras", "fills in only epoch, loss, val_loss, but got"),
        ("{val_los:.2f}.keras", "Did you mean 'val_loss'?"),
        ("{}.keras", "{epoch:02d} is one way"),
        ("{loss:d}.keras", "{epoch:02d} is one way"),
    ],
)
def test_a_name_that_cannot_be_filled_in_is_answered(tmp_path, name, hint):
    with says(ValueError, "ModelCheckpoint needs a filepath that", hint):
        train(ModelCheckpoint(str(tmp_path / name)), [{"loss": 1.0, "val_loss": 1.0}])


def test_a_folder_is_not_a_file(tmp_path):
    (tmp_path / "model.keras").mkdir()
    with says(ValueError, "Saving needs the name of a file, but got the folder"):
        a_model().fit([[1.0]], [[1.0]], callbacks=ModelCheckpoint(tmp_path / "model.keras"), verbose=0)


def test_rows_are_added_in_the_columns_that_the_file_has(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,val_loss,loss\n0,2.0,1.0\n", newline="")
    with pytest.warns(errors.DragonetWarning, match="has no column for accuracy; left out"):
        train(CSVLogger(path, append=True), [{"loss": 3.0, "val_loss": 4.0, "accuracy": 0.5}] * 2)
    assert path.read_text().splitlines() == ["epoch,val_loss,loss", "0,2.0,1.0", "0,4.0,3.0", "1,4.0,3.0"]


def test_a_log_file_makes_its_folder_and_refuses_a_long_separator(tmp_path):
    train(CSVLogger(tmp_path / "new" / "log.csv"), [{"loss": 3.0}])
    assert (tmp_path / "new" / "log.csv").read_text().splitlines() == ["epoch,loss,val_loss", "0,3.0,NA"]
    with says(ValueError, "CSVLogger needs one character as separator, but got '::'."):
        CSVLogger("a.csv", separator="::")


class Snapshots(Model):
    """Writes its weight where fit writes a checkpoint."""

    restored = None

    def __init__(self):
        super().__init__()
        self.training_state = SimpleNamespace(
            fit=SimpleNamespace(is_cut_short=False, save=self.save_checkpoint, load=self.load_checkpoint)
        )

    def save_checkpoint(self, path):
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{self.weight}")

    def load_checkpoint(self, path):
        self.restored = path.name
        self.weight = float(path.read_text())


def test_a_backup_is_made_each_epoch_and_deleted_at_the_end(tmp_path):
    folder, seen = tmp_path / "backup", []

    class Looking(Snapshots):
        def save_checkpoint(self, path):
            super().save_checkpoint(path)
            seen.append({path.name: path.read_text() for path in folder.iterdir()})

    train(BackupAndRestore(folder, double_checkpoint=True), [{"loss": 1.0}] * 2, Looking())
    assert seen == [
        {"latest.checkpoint": "1.0"},
        {"latest.checkpoint": "2.0", "previous.checkpoint": "1.0"},
    ]
    assert not folder.exists()


def test_other_files_in_the_backup_folder_are_not_touched(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    train(BackupAndRestore(tmp_path), [{"loss": 1.0}], Snapshots())
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("kept", [{"delete_checkpoint": False}, {}])
def test_a_backup_stays_where_asked_for_and_after_ctrl_c(tmp_path, kept):
    model = Snapshots()
    model.history.stopped = "callback" if kept else "interrupted"
    train(BackupAndRestore(tmp_path, **kept), [{"loss": 1.0}], model)
    assert (tmp_path / "latest.checkpoint").read_text() == "1.0"


def test_training_goes_on_from_the_last_backup_else_from_the_one_before(tmp_path):
    (tmp_path / "latest.checkpoint").write_text("5.0")
    (tmp_path / "previous.checkpoint").write_text("4.0")
    assert train(BackupAndRestore(tmp_path, delete_checkpoint=False, save_freq=99), [], Snapshots()).weight == 5

    (tmp_path / "latest.checkpoint").write_text("half a fi")
    with pytest.warns(errors.DragonetWarning, match="could not convert .* Going on from .*previous.checkpoint"):
        model = train(BackupAndRestore(tmp_path, delete_checkpoint=False, save_freq=99), [], Snapshots())
    assert (model.weight, model.restored) == (4, "previous.checkpoint")

    (tmp_path / "previous.checkpoint").unlink()
    with says(ValueError, "could not convert"):
        train(BackupAndRestore(tmp_path), [], Snapshots())


def test_a_backup_every_few_steps(tmp_path):
    class Counting(Snapshots):
        made = 0

        def save_checkpoint(self, path):
            self.made += 1

    model = Counting()
    fit(model, CallbackList(BackupAndRestore(tmp_path, save_freq=4), model), [{"loss": 1.0}] * 3, steps=3)
    assert model.made == 2


def test_a_backup_needs_a_folder():
    with says(ValueError, "BackupAndRestore needs the name of a folder as backup_dir, but got ''."):
        BackupAndRestore("")
