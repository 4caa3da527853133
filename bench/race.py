"""Race dragonet against its peers: who trains an epoch fastest, on the same data, threads and machine.

    python bench/race.py                                      # everything (an hour and a half)
    python bench/race.py --models mlp50 dragons --peers dragonet torch --rounds 3

Every contestant is a process of its own, and they take turns (A B C A B C ...), one at a time. Writes
`results/<date>-<name>.json`, and from it `results/race.md` and `results/race.png`.
"""

import argparse
import datetime
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import data
import psutil
import report
from models import MODELS
from peers import CONTESTANTS

HERE = Path(__file__).parent
PACKAGES = ("dragonet", "llvmlite", "torch", "keras", "jax", "jaxlib", "tensorflow", "scikit-learn", "numpy")
# Settings of the shell that would reach one contestant and not another.
FOREIGN = ("OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "XLA_", "JAX_", "TF_", "KERAS_", "TORCH_")
BUSY = ("user", "nice", "system", "irq", "softirq", "steal")
KEPT = ("seconds", "loss", "accuracy", "idle", "others")
TRIES = 3  # at a turn that other programs disturb
PAUSE = 0.3  # seconds between turns: OpenMP threads spin for up to 0.2 s after their last task, then sleep


class Worker:
    """A contestant's process."""

    def __init__(self, name, threads):
        env = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        counts = ("DRAGONET_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")
        env |= dict.fromkeys((*counts, "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), str(threads))
        env |= {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "2"}
        env |= CONTESTANTS[name].env
        command = [sys.executable, str(HERE / "worker.py"), name]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, env=env, text=True, encoding="utf-8")

    def ask(self, **order):
        """Give an order and wait for its answer."""
        print(json.dumps(order), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        return json.loads(answer) if answer else {"skipped": "the process died"}

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def wait_for_quiet(chosen):
    """Wait until other programs leave the processors alone for a second, for --patience seconds at most."""
    give_up = time.monotonic() + chosen.patience
    while psutil.cpu_percent(interval=1) * os.cpu_count() > 100 * chosen.quiet and time.monotonic() < give_up:
        time.sleep(1)


def turn_of(worker, epochs):
    """One turn; the answer also says how busy others kept the processors meanwhile, in processors."""
    before = psutil.cpu_times()
    answer = worker.ask(run=epochs)
    after = psutil.cpu_times()
    if "seconds" in answer:
        busy = sum(getattr(after, kind, 0) - getattr(before, kind, 0) for kind in BUSY)
        answer["others"] = max(0, busy - answer["cpu"] - 0.05) / answer["seconds"]  # the clocks tick in 0.01 s
    return answer


def run(model_name, names, path, chosen):
    """All the turns of one model: {contestant: {"seconds": [an epoch's, per turn], "loss": [...], ...}}."""
    model = MODELS[model_name]
    workers, results = {}, {}
    try:
        for name in names:
            workers[name] = Worker(name, chosen.threads)
            answer = workers[name].ask(prepare=model_name, data=str(path), threads=chosen.threads)
            results[name] = answer if "skipped" in answer else {"one_turn": False} | {key: [] for key in KEPT}
        for turn in range(chosen.rounds + 1):
            for name, result in results.items():
                over = turn > 1 and CONTESTANTS[name].once
                if "skipped" not in result and not result["one_turn"] and not over:
                    take_turn(workers[name], result, model.epochs, turn, chosen)
                    show(model_name, name, turn, result)
    finally:
        for worker in workers.values():
            worker.close()
    return results


def quiet_turn(worker, times, chosen, note=lambda answer: None):
    """The least disturbed turn's answer; `note` is told all.

    A turn during which others kept more than --quiet processors busy is taken again.
    """
    best = None
    for _ in range(TRIES):
        time.sleep(PAUSE)
        wait_for_quiet(chosen)
        answer = turn_of(worker, times)
        if "skipped" in answer:
            return answer
        note(answer)
        if best is None or answer["others"] < best["others"]:
            best = answer
        if answer["others"] <= chosen.quiet:
            break
    return best


def take_turn(worker, result, epochs, turn, chosen):
    """Train one turn and note it in `result`.

    Turn 0 compiles and is not counted, unless it shows an epoch longer than --limit: then it is the only one.
    """

    def note(answer):
        result["loss"].append(answer["loss"])
        result["accuracy"].append(answer["accuracy"])

    best = quiet_turn(worker, epochs, chosen, note) if turn else turn_of(worker, epochs)
    if "skipped" in best:
        result |= {"skipped": best["skipped"]}
        return
    if turn == 0:
        note(best)
        result["first"] = round(best["seconds"], 3)
        result["one_turn"] = best["seconds"] / epochs > chosen.limit
    if turn > 0 or result["one_turn"]:
        result["seconds"].append(round(best["seconds"] / epochs, 5))
        result["idle"].append(round(best["idle"], 3))
        result["others"].append(round(best["others"], 2))


def show(model_name, name, turn, result):
    """One line of progress."""
    if "skipped" in result:
        print(f"{model_name:9}{name}: {result['skipped']}", flush=True)
        return
    seconds = f"{result['seconds'][-1]:8.4f} s" if result["seconds"] else "warmed up "
    print(f"{model_name:9}turn {turn}  {name:19}{seconds}  loss {result['loss'][-1]:.4f}", flush=True)


def processor():
    """The processor's model name."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def versions():
    """The installed versions of whoever races."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return {"python": platform.python_version(), **found}


def options(parser, rounds):
    """The options that all races share."""
    parser.add_argument("--rounds", type=int, default=rounds, help="timed turns of each contestant")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quiet", type=float, default=0.15, help="processors that others may use during a turn")
    parser.add_argument("--patience", type=float, default=60, help="seconds to wait for others to be quiet, at most")


def main():
    default = [name for name, contestant in CONTESTANTS.items() if contestant.default]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS), metavar="MODEL")
    parser.add_argument("--peers", nargs="+", choices=CONTESTANTS, default=default, metavar="PEER")
    options(parser, rounds=6)
    parser.add_argument("--limit", type=float, default=60, help="an epoch longer than this many seconds is run once")
    parser.add_argument("--name", default="race", help="of the .json file")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the workers are ended too

    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    result = {
        "date": today,
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "threads": chosen.threads,
        "rounds": chosen.rounds,
        "quiet": chosen.quiet,
        "versions": versions(),
        "models": {},
    }
    path = HERE / "results" / f"{today}-{chosen.name}.json"
    path.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: data.write(name, Path(folder)) for name in {MODELS[m].data for m in chosen.models}}
        for name in chosen.models:
            result["models"][name] = run(name, chosen.peers, paths[MODELS[name].data], chosen)
            path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")  # what is done stays, come what may
            report.write(path)


if __name__ == "__main__":
    main()
