"""What augmentation inside the compiled step costs: the tutorial's CNN, an epoch of MNIST, with and without its layers.

    python bench/augmentation.py

The ways take turns (A B C A B C ...) in one process; what counts is how much longer one takes than the first in the same
round. Writes `results/augmentation.md` and `results/augmentation.json`.
"""

import argparse
import datetime
import json
import os
import time
from pathlib import Path
from statistics import median

from race import options, processor, wait_for_quiet
from report import publish, rows_of, spread

import dragonet
from dragonet import datasets, layers

GOAL = 0.15  # of the CNN's time
FEW = 64 * 20 + 1  # images of a first fit, which compiles the programs of whole and of partial batches
WAYS = {
    "no augmentation": list,
    "shifts of 0.05": lambda: [layers.RandomTranslation(0.05, 0.05, fill_mode="nearest")],
    "rotations to 20 degrees": lambda: [layers.RandomRotation(20 / 360, fill_mode="nearest")],
    "both": lambda: [
        layers.RandomTranslation(0.05, 0.05, fill_mode="nearest"),
        layers.RandomRotation(20 / 360, fill_mode="nearest"),
    ],
    "both, and zooms of 0.1": lambda: [
        layers.RandomTranslation(0.05, 0.05, fill_mode="nearest"),
        layers.RandomRotation(20 / 360, fill_mode="nearest"),
        layers.RandomZoom(0.1, fill_mode="nearest"),
    ],
}


def cnn(augmentation, engine):
    """The CNN of the tutorial with its dropout, compiled."""
    model = dragonet.Sequential(
        [
            layers.Reshape((28, 28, 1), input_shape=(28, 28)),
            *augmentation,
            layers.Conv2D(16, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2, padding="same"),
            layers.Dropout(0.1),
            layers.Conv2D(16, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2, padding="same"),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(50, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], engine=engine)
    return model


def race(chosen):
    """{way: [seconds an epoch, per round]}, and the engine that ran."""
    (x, y), _ = datasets.mnist.load_data()
    x, y = (x[: chosen.images] / 255.0).astype("float32"), y[: chosen.images]
    models = {way: cnn(make(), chosen.engine) for way, make in WAYS.items()}
    seconds, engines = {way: [] for way in WAYS}, set()
    for model in models.values():
        engines.add(model.fit(x[:FEW], y[:FEW], batch_size=chosen.batch_size, verbose=0).engine)
    if len(engines) > 1:
        raise RuntimeError(f"the ways ran on different engines: {sorted(engines)}")
    for turn in range(chosen.rounds + 1):  # the first one warms up
        for way, model in models.items():
            wait_for_quiet(chosen)
            began = time.perf_counter()
            model.fit(x, y, batch_size=chosen.batch_size, verbose=0, preflight=False)
            if turn:
                seconds[way].append(time.perf_counter() - began)
                print(f"round {turn}  {way:26}{seconds[way][-1]:8.3f} s", flush=True)
    return seconds, engines.pop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options(parser, rounds=7)
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--engine", choices=("auto", "native", "xla"), default="auto")
    chosen = parser.parse_args()
    os.environ["DRAGONET_THREADS"] = str(chosen.threads)
    seconds, engine = race(chosen)
    plain, today = seconds["no augmentation"], datetime.datetime.now(datetime.UTC).date().isoformat()
    more = {way: [a / b - 1 for a, b in zip(times, plain, strict=True)] for way, times in seconds.items()}
    rows = [["", "seconds an epoch", "more than without", f"below {GOAL:.0%}"]]
    for way, times in seconds.items():
        share = median(more[way])
        cost = f"{share:+.1%} ({min(more[way]):+.1%} to {max(more[way]):+.1%})" if times is not plain else ""
        rows.append([way, spread(times), cost, ("yes" if share < GOAL else "no") if cost else ""])
    about = {"date": today, "processor": processor(), "engine": engine} | {
        name: getattr(chosen, name) for name in ("threads", "images", "batch_size", "rounds")
    }
    held = {**about, "seconds": seconds, "more": {way: median(shares) for way, shares in more.items()}}
    path = Path(__file__).parent / "results" / "augmentation.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
    publish(
        "augmentation.md",
        [
            "# Augmentation inside the compiled step",
            "",
            f"{today}: {about['processor']}; {engine}. The tutorial's CNN with dropout, {chosen.images:,} images of MNIST, "
            "batches of "
            f"{chosen.batch_size}, each image moved anew in each step. Median (smallest to largest) of {chosen.rounds} rounds, "
            "in which the ways take turns.",
            "",
            *rows_of(rows),
            "",
        ],
    )


if __name__ == "__main__":
    main()
