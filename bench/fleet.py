"""A Fleet of many seeds of 784-50-10, one epoch of MNIST, against training them one after another on the same engine.

    python bench/fleet.py

Each way is a process of its own, as in `race.py`, and they take turns. Appends to `results/fleet.md`.
"""

import argparse
import datetime
import tempfile
from pathlib import Path
from statistics import median

import data
from models import MODELS
from one_row import done
from race import Worker, options, processor, quiet_turn
from report import rows_of, spread

HERE = Path(__file__).parent
MODEL, ENGINES, WAYS = "mlp50", {"dragonet": "native", "dragonet-xla": "xla"}, ("fleet", "one_by_one")
HEAD = ["date", "processor", "threads", "engine", "seeds", "Fleet, s", "one by one, s", "Fleet / one by one"]
PREFACE = (
    "# Fleets\n\n784-50-10, MNIST, batches of 32, one epoch: a Fleet of so many seeds, and as many models made and trained "
    "one after another. Seconds for all, from making the models on; median (smallest to largest) of the turns after "
    "a first one with two seeds.\n\n"
)


def race(name, path, chosen):
    """{way: [seconds, per turn]}, both on the contestant's engine; says so where the two do not train alike."""
    workers, found, losses = {way: Worker(name, chosen.threads) for way in WAYS}, {way: [] for way in WAYS}, set()
    try:
        for way, worker in workers.items():
            done(worker.ask(prepare=MODEL, task=way, data=str(path), threads=chosen.threads))
            done(worker.ask(run=2))
        for _ in range(chosen.rounds):
            for way, worker in workers.items():
                answer = done(quiet_turn(worker, chosen.seeds, chosen))
                found[way].append(answer["seconds"])
                losses.add(f"{answer['loss']:.6f}")
    finally:
        for worker in workers.values():
            worker.close()
    print(f"{name}: mean loss {' or '.join(sorted(losses))}", flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES), metavar="CONTESTANT")
    parser.add_argument("--seeds", type=int, default=20)
    options(parser, rounds=3)
    chosen = parser.parse_args()
    today, rows = datetime.datetime.now(datetime.UTC).date().isoformat(), []
    with tempfile.TemporaryDirectory() as folder:
        file = data.write(MODELS[MODEL].data, Path(folder))
        for name in chosen.engines:
            fleet, one_by_one = race(name, file, chosen).values()
            share = f"{median(fleet) / median(one_by_one):.2f}"
            given = [today, processor(), str(chosen.threads), ENGINES[name], str(chosen.seeds)]
            rows.append([*given, spread(fleet), spread(one_by_one), share])
    head, line, *new = rows_of([HEAD, *rows])
    path = HERE / "results" / "fleet.md"
    path.parent.mkdir(exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.exists() else f"{PREFACE}{head}\n{line}\n"
    path.write_text(before + "\n".join(new) + "\n", encoding="utf-8")
    print("\n".join([head, line, *new]))


if __name__ == "__main__":
    main()
