"""How long `predict` of one row takes, with the model 784-50-10.

    python bench/predict.py

Each contestant is a process of its own, as in `race.py`, and they take turns. Writes `results/predict.md`.
"""

import argparse
import datetime
import tempfile
from pathlib import Path
from statistics import median

import data
from models import MODELS
from peers import CONTESTANTS
from race import Worker, options, processor, quiet_turn
from report import publish, rows_of

MODEL, NAMES = "mlp50", ("dragonet", "dragonet-xla", "keras-jax", "torch")
FEW, TURN = 20, 0.5  # calls of the first turns, one of which compiles; seconds that another one lasts, about


def done(answer):
    """A worker's answer; raises RuntimeError where it could not do as it was told."""
    if "skipped" in answer:
        raise RuntimeError(answer["skipped"])
    return answer


def microseconds(chosen):
    """{contestant: [microseconds a call, per turn]}."""
    found, calls = {name: [] for name in NAMES}, dict.fromkeys(NAMES, FEW)
    workers = {name: Worker(name, chosen.threads) for name in NAMES}
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = data.write(MODELS[MODEL].data, Path(folder))
            for worker in workers.values():
                done(worker.ask(prepare=MODEL, task="predict", data=str(path), threads=chosen.threads))
                done(worker.ask(run=FEW))
        for turn in range(chosen.rounds + 1):
            for name, worker in workers.items():
                seconds = done(quiet_turn(worker, calls[name], chosen))["seconds"] / calls[name]
                calls[name] = max(FEW, int(TURN / seconds))
                found[name] += [1e6 * seconds] if turn else []
    finally:
        for worker in workers.values():
            worker.close()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options(parser, rounds=7)
    chosen = parser.parse_args()
    found = microseconds(chosen)
    rows = [
        [CONTESTANTS[name].title, f"{median(times):.0f} ({min(times):.0f} to {max(times):.0f})"]
        for name, times in found.items()
    ]
    lines = [
        "# Predicting one row",
        "",
        f"{datetime.datetime.now(datetime.UTC).date().isoformat()}: {processor()}, {chosen.threads} threads. "
        f"{MODELS[MODEL].title}: a NumPy array of one row in, one of ten probabilities out. `predict(row, verbose=0)`; "
        "PyTorch: the network called under `no_grad`. Median (smallest to largest) of "
        f"{chosen.rounds} turns of about {TURN} s, after two short ones.",
        "",
        *rows_of([["", "microseconds a call"], *rows]),
        "",
    ]
    publish("predict.md", lines)


if __name__ == "__main__":
    main()
