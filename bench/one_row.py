"""How long one row takes: `predict` with the model 784-50-10, `train_on_batch` with the dragons'.

    python bench/one_row.py

Each contestant is a process of its own, as in `race.py`, and they take turns. Writes `results/predict.md` and
`results/train_on_batch.md`.
"""

import argparse
import datetime
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import data
from models import MODELS
from peers import CONTESTANTS
from race import Worker, options, processor, quiet_turn
from report import publish, rows_of

NAMES = ("dragonet", "dragonet-xla", "keras-jax", "torch")
FEW, TURN = 20, 0.5  # calls of the first turns, one of which compiles; seconds that another one lasts, about


@dataclass(frozen=True)
class Task:
    """What is done with one row, by the name of a peer's function. text: how, to follow the model's title."""

    model: str
    heading: str
    text: str


TASKS = {
    "predict": Task(
        "mlp50",
        "Predicting one row",
        "a NumPy array of one row in, one of ten probabilities out. `predict(row, verbose=0)`; PyTorch: the network called under "
        "`no_grad`.",
    ),
    "train_on_batch": Task(
        "dragons",
        "Learning from one row",
        "a step of Adam on one row after another, NumPy arrays in, the loss out. `train_on_batch(row, label)`; PyTorch: the "
        "five lines of its tutorials, eager, and `loss.item()`.",
    ),
}


def done(answer):
    """A worker's answer; raises RuntimeError where it could not do as it was told."""
    if "skipped" in answer:
        raise RuntimeError(answer["skipped"])
    return answer


def microseconds(task, chosen):
    """{contestant: [microseconds a call, per turn]}."""
    model = TASKS[task].model
    found, calls = {name: [] for name in NAMES}, dict.fromkeys(NAMES, FEW)
    workers = {name: Worker(name, chosen.threads) for name in NAMES}
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = data.write(MODELS[model].data, Path(folder))
            for worker in workers.values():
                done(worker.ask(prepare=model, task=task, data=str(path), threads=chosen.threads))
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
    for name, task in TASKS.items():
        rows = [
            [CONTESTANTS[who].title, f"{median(times):.0f} ({min(times):.0f} to {max(times):.0f})"]
            for who, times in microseconds(name, chosen).items()
        ]
        lines = [
            f"# {task.heading}",
            "",
            f"{datetime.datetime.now(datetime.UTC).date().isoformat()}: {processor()}, {chosen.threads} threads. "
            f"{MODELS[task.model].title}: {task.text} Median (smallest to largest) of "
            f"{chosen.rounds} turns of about {TURN} s, after two short ones.",
            "",
            *rows_of([["", "microseconds a call"], *rows]),
            "",
        ]
        publish(f"{name}.md", lines)


if __name__ == "__main__":
    main()
