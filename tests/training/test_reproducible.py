"""The same seed gives the same weights, bit for bit, however the training is cut into spans, watched, stopped and resumed."""

import subprocess
import sys

import numpy as np
import pytest

import dragonet
from dragonet import callbacks, layers
from dragonet.training.data.epoch_order import SpanTuner

DICE = np.random.default_rng(5)
X = DICE.normal(size=(70, 8)).astype("float32")
Y = (X.sum(1) > 0).astype("int32")


def build():
    dragonet.core.session.set_seed(3)
    dragonet.core.session.clear()
    model = dragonet.Sequential(
        [
            dragonet.Input((8,)),
            layers.Dense(16, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(dragonet.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(epochs=4, x=X, y=Y, **how):
    model = build()
    model.fit(x, y, batch_size=16, epochs=epochs, verbose=0, **how)
    return model.get_weights()


@pytest.fixture(scope="module")
def plain():
    return train()


def same(ours, plain):
    assert [a.tobytes() for a in ours] == [b.tobytes() for b in plain]


def test_a_second_training_gives_the_same_bits_and_another_seed_does_not(plain):
    same(train(), plain)
    model = build()
    dragonet.core.session.set_seed(4)  # other dice and orders from the same initial weights
    model.fit(X, Y, batch_size=16, epochs=4, verbose=0)
    assert any(a.tobytes() != b.tobytes() for a, b in zip(model.get_weights(), plain, strict=True))


@pytest.mark.parametrize("steps", [1, 3])
def test_the_length_of_a_span_changes_nothing(plain, steps, monkeypatch):
    monkeypatch.setattr(SpanTuner, "record", lambda self, *_: setattr(self, "steps", steps))
    same(train(), plain)


def test_watching_changes_nothing(plain):
    seen = []
    each = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs["loss"]))
    same(train(validation_data=(X[:20], Y[:20]), callbacks=[each]), plain)
    assert len(seen) == 4 * 5


def test_epoch_by_epoch_is_the_same_as_at_once(plain):
    model = build()
    for _ in range(4):
        model.fit(X, Y, batch_size=16, verbose=0)
    same(model.get_weights(), plain)


def test_evaluating_and_predicting_in_between_changes_nothing(plain):
    model = build()
    for _ in range(2):
        model.fit(X, Y, batch_size=16, epochs=2, verbose=0)
        model.evaluate(X, Y, verbose=0)
        model.predict(X)
    same(model.get_weights(), plain)


def test_train_on_batch_gives_the_bits_of_fit():
    model = build()
    model.fit(X, Y, batch_size=16, epochs=1, shuffle=False, verbose=0)
    by_hand = build()
    for first in range(0, 70, 16):
        by_hand.train_on_batch(X[first : first + 16], Y[first : first + 16])
    same(by_hand.get_weights(), model.get_weights())


def test_streamed_shards_give_the_bits_of_resident_data(plain, monkeypatch):
    from dragonet.training.data import sources

    monkeypatch.setattr(sources, "_RESIDENT_BYTES", 0)
    monkeypatch.setattr(sources, "_SHARD_BYTES", 16 * 40 * 2)
    same(train(), plain)


def test_two_fresh_processes_give_the_same_bits():
    script = (
        "import hashlib, runpy; t = runpy.run_path({!r}); "
        "print(hashlib.sha256(b''.join(w.tobytes() for w in t['train']())).hexdigest())"
    )
    command = [sys.executable, "-c", script.format(__file__)]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2))
    assert first == second and len(first) == 65


class Killed(Exception):
    """Stands for the end of the process."""


class KillAt(callbacks.Callback):
    """Raises in the middle of an epoch, or at its end, as a killed process would just stop."""

    def __init__(self, step=None, epoch=None):
        self.step, self.epoch_to_die, self.seen = step, epoch, 0

    def state(self):
        return {}

    def on_train_batch_end(self, batch, logs=None):
        self.seen += 1
        if self.seen == self.step:
            raise Killed

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch_to_die:
            raise Killed


def rate_callbacks():
    return [
        callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True),
        callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=1),
        callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
    ]


@pytest.mark.parametrize(
    ("every", "death"),
    [(1, {"step": 1}), (3, {"step": 8}), (7, {"step": 22}), ("epoch", {"step": 12}), ("epoch", {"epoch": 2})],
)
def test_resumed_from_any_checkpoint_ends_with_the_weights_of_the_run_that_was_not_killed(every, death, tmp_path):
    how = {"epochs": 6, "validation_data": (X[:20], Y[:20])}
    alive = train(callbacks=[*rate_callbacks(), KillAt()], **how)
    backup = tmp_path / "backup"
    with pytest.raises(Killed):
        train(
            callbacks=[*rate_callbacks(), KillAt(**death), callbacks.BackupAndRestore(backup, save_freq=every)], **how
        )
    model = build()
    history = model.fit(
        X,
        Y,
        batch_size=16,
        verbose=0,
        callbacks=[*rate_callbacks(), KillAt(), callbacks.BackupAndRestore(backup, save_freq=every)],
        **how,
    )
    same(model.get_weights(), alive)
    assert history.epoch == list(range(len(history.epoch)))


def test_a_callback_without_state_is_refused_in_mid_epoch(tmp_path):
    class Counts(callbacks.Callback):
        pass

    with pytest.raises(TypeError, match=r"callbacks with a method state\(\), but got Counts"):
        train(callbacks=[Counts(), callbacks.BackupAndRestore(tmp_path / "backup", save_freq=2)])


def test_a_generator_is_refused_in_mid_epoch(tmp_path):
    def batches():
        while True:
            yield X[:16], Y[:16]

    model = build()
    with pytest.raises(TypeError, match="but got a plain generator"):
        model.fit(
            batches(),
            steps_per_epoch=4,
            verbose=0,
            callbacks=callbacks.BackupAndRestore(tmp_path / "backup", save_freq=2),
        )
