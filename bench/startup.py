"""What one waits for and what it costs: import, --help, a small training from the command line, and memory.

    python bench/startup.py

Writes `results/startup.md`. Times are of whole processes from start to end, but the import's, which is measured inside.
"""

import argparse
import datetime
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

MB = 1e6

# Trains 784-...-10 for an epoch on `rows` examples of the dtype, then prints weights and data in bytes, and the peak.
TRAINING = """
import json, sys
import numpy as np
import dragonet as keras

units, rows, dtype = json.loads(sys.argv[1])
if rows:
    (x, y), _ = keras.datasets.mnist.load_data()
    x = x.reshape(-1, 784)[:rows]
    if dtype != "uint8":
        x = x.astype(dtype)
        x /= 255  # in place: no second copy
    y = y[:rows]
else:
    x, y = np.zeros((64, 784), dtype), np.arange(64) % 10
layers = [keras.layers.Dense(n, activation="relu") for n in units]
scale = [keras.layers.Rescaling(1 / 255)] if dtype == "uint8" else []
model = keras.Sequential([keras.Input(shape=(784,)), *scale, *layers, keras.layers.Dropout(0.2),
                          keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=32, epochs=1, verbose=0)
try:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
except ImportError:
    peak = None
print(json.dumps([4 * model.count_params(), x.nbytes + y.nbytes, peak]))
"""

IMPORT = "import time; t = time.perf_counter(); import dragonet; print(time.perf_counter() - t)"


def output(command, **options):
    """What a command prints; its own complaint, where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", **options)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise RuntimeError(f"exit {done.returncode}: {lines[-1]}")
    return done.stdout


def wall(command, **options):
    """Seconds from starting a command to its end."""
    start = time.perf_counter()
    output(command, **options)
    return time.perf_counter() - start


def repeat(measure, times):
    """A first value, then `times` more: (first, the others)."""
    values = [measure() for _ in range(times + 1)]
    return values[0], values[1:]


def timing(what, measure, times, goal):
    """One row: what, first time, afterwards, goal, met."""
    try:
        first, later = repeat(measure, times)
    except (RuntimeError, OSError) as error:
        return [what, "–", f"failed: {error}", f"{goal} s", "no"]
    middle = median(later)
    spread = f"{middle:.3f} s ({min(later):.3f} to {max(later):.3f})"
    return [what, f"{first:.3f} s", spread, f"{goal} s", "yes" if middle < goal else "**no**"]


def memory(units, rows, dtype):
    """One row: the peak of a training as data + k × weights + base, base being that of a training without data."""

    def peak(rows, units):
        order = json.dumps([units, rows, dtype])
        return json.loads(output([sys.executable, "-c", TRAINING, order]))

    what = "-".join(map(str, (784, *units, 10))) + f", {rows} rows of {dtype}"
    try:
        (_, _, base), (weights, data, used) = peak(0, [1]), peak(rows, units)
    except RuntimeError as error:
        return [what, *["–"] * 5, f"failed: {error}", "no"]
    if used is None:
        return [what, *["–"] * 5, "this system does not tell a process's peak", "–"]
    k, goal = (used - base - data) / weights, data + 6 * weights + 600 * MB
    sizes = [f"{size / MB:.0f} MB" for size in (data, weights, base, used)]
    return [what, *sizes, f"{k:.1f}", f"{goal / MB:.0f} MB", "yes" if used <= goal else "**no**"]


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    from race import processor
    from report import publish, rows_of

    command = shutil.which("dragonet", path=str(Path(sys.executable).parent)) or "dragonet"
    with tempfile.TemporaryDirectory() as folder:  # where the command leaves its run folders
        train = [command, "train", "digits", "--model", "mlp"]
        times = [
            timing("`import dragonet`", lambda: float(output([sys.executable, "-c", IMPORT], cwd=folder)), 7, 0.3),
            timing("`dragonet --help`", lambda: wall([command, "--help"], cwd=folder), 7, 0.5),
            timing("`dragonet train digits --model mlp`", lambda: wall(train, cwd=folder), 5, 4),
        ]
    peaks = [memory([512], 60_000, "uint8"), memory([512], 60_000, "float32"), memory([4096, 4096], 2_000, "float32")]
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    lines = [
        "# Starting up, and memory",
        "",
        f"{today}: {processor()}. Median (smallest to largest) of the runs after the first; the import alone, the "
        "others from pressing return to the end.",
        "",
        *rows_of([["what", "first run", "afterwards", "goal", "met"], *times]),
        "",
        "Peak memory of a process that trains an epoch, as data + k × weights + base. The base is the peak of training "
        "64 rows with one hidden unit. Goal: data in its own dtype + 6 × weights + 600 MB.",
        "",
        *rows_of([["training", "data", "weights", "base", "peak", "k", "goal", "met"], *peaks]),
        "",
    ]
    publish("startup.md", lines)


if __name__ == "__main__":
    main()
