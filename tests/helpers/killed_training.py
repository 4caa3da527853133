"""A training to be killed from outside: `python killed.py BACKUP OUT` writes its weights' hash to OUT when it ends."""

import hashlib
import sys
import time
from pathlib import Path

import numpy as np

import dragonet
from dragonet import callbacks, layers
from dragonet.training import checkpoint


def main(backup: str, out: str, slow_write: bool) -> None:
    if slow_write:  # so that a kill can hit the inside of a checkpoint's write
        plain = np.savez

        def slowly(file, **arrays):
            file.write(b"PK")
            file.flush()
            print("writing", flush=True)
            time.sleep(0.2)
            file.seek(0)
            plain(file, **arrays)

        checkpoint.np.savez = slowly
    dice = np.random.default_rng(5)
    x = dice.normal(size=(64, 8)).astype("float32")
    y = (x.sum(1) > 0).astype("int32")
    model = dragonet.Sequential(
        [
            dragonet.Input((8,)),
            layers.Dense(8, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")

    class Tell(callbacks.Callback):
        def state(self):
            return {}

        def on_epoch_begin(self, epoch, logs=None):
            print("epoch", epoch, flush=True)

    model.fit(
        x, y, batch_size=16, epochs=30, verbose=0, callbacks=[Tell(), callbacks.BackupAndRestore(backup, save_freq=3)]
    )
    Path(out).write_text(
        hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest(), encoding="utf-8"
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "--slow-write" in sys.argv)
