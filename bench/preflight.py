"""What a look at the data before a training costs: MNIST with a validation part, and a million rows of 30 columns.

    python bench/preflight.py

Writes `results/preflight.json`: milliseconds, the median of some looks and the smallest.
"""

import datetime
import json
import time
from pathlib import Path
from statistics import median

import numpy as np
from race import processor

import dragonet
from dragonet import layers
from dragonet.training.fitting.preflight import preflight

LOOKS = 15
SHAPES = {"60,000 images of 28x28": (60_000, 28, 28), "1,000,000 rows of 30": (1_000_000, 30)}


def main():
    """Look, and write what it took."""
    rng, found = np.random.default_rng(0), {}
    for name, shape in SHAPES.items():
        x, y = rng.random(shape, np.float32), rng.integers(0, 10, shape[0])
        hidden = [layers.Flatten(input_shape=shape[1:]), layers.Dense(10, activation="softmax")]
        model, n = dragonet.Sequential(hidden), shape[0] // 6
        model.compile("adam", "sparse_categorical_crossentropy")
        for how, held_out in {"": None, ", a sixth of them held out": ([x[:n]], [y[:n]])}.items():
            took = []
            for _ in range(LOOKS):
                began = time.perf_counter()
                preflight([x[n:]], [y[n:]], held_out, model)
                took.append(1000 * (time.perf_counter() - began))
            found[name + how] = {"median ms": round(median(took), 1), "least ms": round(min(took), 1)}
            print(name + how, found[name + how])
    record = {"date": datetime.date.today().isoformat(), "processor": processor(), "looks": LOOKS, "found": found}
    path = Path(__file__).parent / "results" / "preflight.json"
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
