"""How long a table of 1 million rows × 30 columns takes to be read, and to be encoded.

    python bench/reading.py

Twenty columns of numbers (one in a hundred missing in half of them), five of words, three of yes and no, a date and the target.
Writes `results/reading.json`: for reading, for encoding and for pandas.read_csv alone the seconds on the clock and those of the
processor (which others on the machine lengthen less), the smallest of the turns.
"""

import argparse
import datetime
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from race import processor

from dragonet.data import Encoder, read

RESULTS = Path(__file__).parent / "results" / "reading.json"


def table(n):
    """The made-up table, the same at each call."""
    draw = np.random.default_rng(0)
    columns = {f"number{i}": draw.normal(size=n).round(4) for i in range(20)}
    for i in range(10):
        columns[f"number{i}"][draw.random(n) < 0.01] = np.nan
    columns |= {f"word{i}": draw.choice([f"kind{j}" for j in range(5 * (i + 1))], n) for i in range(5)}
    columns |= {f"answer{i}": draw.choice(["yes", "no"], n) for i in range(3)}
    columns["day"] = (np.datetime64("2020-01-01") + draw.integers(0, 1000, n)).astype(str)
    columns["target"] = draw.choice(["ill", "well"], n)
    return pd.DataFrame(columns)


def seconds(function):
    """What it gives, and how long it took: on the clock and of the processor."""
    began = time.perf_counter(), time.process_time()
    result = function()
    return result, (time.perf_counter() - began[0], time.process_time() - began[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=3)
    chosen = parser.parse_args()
    found = {"pandas.read_csv": [], "read": [], "encode": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.csv")
        table(chosen.rows).to_csv(path, index=False)
        size = path.stat().st_size
        for _ in range(chosen.turns):
            found["pandas.read_csv"].append(seconds(lambda: pd.read_csv(path))[1])
            data, spent = seconds(lambda: read(path, target="target"))
            found["read"].append(spent)
            found["encode"].append(seconds(lambda data=data: Encoder.fit(data).encode(data.x))[1])
    row = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processor": processor(),
        "rows": chosen.rows,
        "columns": 30,
        "megabytes": round(size / 1e6),
    }
    for i, which in enumerate(("seconds", "processor seconds")):
        row[which] = {name: round(min(turn[i] for turn in turns), 2) for name, turns in found.items()}
    if chosen.rows == 1_000_000:
        RESULTS.write_text(json.dumps(row, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(row, indent=2))


if __name__ == "__main__":
    main()
