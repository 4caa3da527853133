"""Checkpoints of a training: what version 0.1 wrote is read, and what is not one of this training is refused in a sentence."""

import numpy as np
import pytest

import dragonet
from dragonet import Input, Sequential, layers, optimizers
from dragonet.callbacks import BackupAndRestore, LambdaCallback
from dragonet.training import checkpoint

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
Y = X[:, 0]
HOW = {"batch_size": 8, "verbose": 0, "preflight": False}


def model(units=4):
    dragonet.utils.set_random_seed(5)
    made = Sequential([Input((3,)), layers.Dense(units), layers.Dropout(0.2), layers.Dense(1)])
    made.compile(optimizers.Adam(0.01), "mse", metrics=["mae"])
    return made


class Slower(LambdaCallback):
    """Lowers the rate after each epoch, and may stop as a kill does."""

    def __init__(self, last=None):
        def lower(epoch, logs):
            self.model.optimizer.learning_rate *= 0.7
            if epoch == last:
                raise KeyboardInterrupt

        super().__init__(on_epoch_end=lower)


@pytest.fixture
def folder(tmp_path):
    """A folder with the checkpoint of a training that was killed in its fourth epoch, at the end of the third."""
    with pytest.raises(KeyboardInterrupt):
        model().fit(X, Y, epochs=6, callbacks=[Slower(3), BackupAndRestore(tmp_path)], **HOW)
    return tmp_path


def finished(folder):
    made = model()
    history = made.fit(X, Y, epochs=6, callbacks=[Slower(), BackupAndRestore(folder)], **HOW)
    return [w.tobytes() for w in made.get_weights()], history.history


def whole():
    made = model()
    history = made.fit(X, Y, epochs=6, callbacks=Slower(), **HOW)
    return [w.tobytes() for w in made.get_weights()], history.history


def test_a_training_goes_on_with_its_rate_and_its_bits(folder):
    saved = checkpoint.read(folder / "latest.checkpoint")
    assert saved["assigned"]["learning_rate"] == 0.01 * 0.7**3 and saved["state"].keys() >= {"params", "opt"}
    assert not {"learning_rate", "trainable"} & saved["state"].keys()
    assert finished(folder) == whole()


def test_a_checkpoint_of_version_0_1_is_read(folder):
    path = folder / "latest.checkpoint"
    saved = checkpoint.read(path)
    saved["learning_rate"] = saved.pop("assigned")["learning_rate"]
    checkpoint.write(path, saved)
    assert finished(folder) == whole()


def test_one_of_another_model_is_refused(folder):
    with pytest.raises(
        ValueError, match="The checkpoint needs the same model, metrics and optimizer as when it was written"
    ):
        model(5).fit(X, Y, epochs=6, callbacks=[Slower(), BackupAndRestore(folder)], **HOW)


def test_something_else_is_refused(folder):
    checkpoint.write(folder / "latest.checkpoint", {"weights": np.zeros(3)})
    with pytest.raises(ValueError, match="A checkpoint needs the state of a training, but got something else in"):
        finished(folder)
