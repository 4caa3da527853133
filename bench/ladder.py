"""The ladder, whole: `dragonet train DATA --target COLUMN`, all its models and the report, as a user waits for it.

    python bench/ladder.py [--times 3] [--tables dragons 20000 1000000]

Writes results/ladder.json: for each table the seconds of each time, a new process each, the first of the dragons with an empty
cache of compiled programs, and the most memory that the process took. Needs a quiet machine, and pyarrow for drawn tables.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from dragonet.runs import environment

RESULTS = Path(__file__).parent / "results" / "ladder.json"
COLUMNS = 30
BOUNDS = {"dragons": 12, "20000": 60, "1000000": 600}  # seconds
SCRIPT = """
import sys
from dragonet.cli import main
try:
    main()
finally:
    try:
        import resource
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
    except ImportError:  # Windows
        print(0, file=sys.stderr)
"""


def seconds(words: list[str], cache: Path) -> tuple[float, float]:
    """One run, from the command to its end: seconds, and the most GiB that it took."""
    began = time.perf_counter()
    variables = {**os.environ, "DRAGONET_CACHE": str(cache)}
    command = [sys.executable, "-c", SCRIPT, "train", *words]
    done = subprocess.run(command, env=variables, check=True, capture_output=True, text=True)
    kilobytes = int(done.stderr.split()[-1])
    return time.perf_counter() - began, kilobytes / 2**20


def draw(rows: int, path: Path) -> None:
    """Two classes, of which a line tells some and a product of two columns more; half of the columns are noise."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, COLUMNS)).astype(np.float32)
    signal = x[:, :15].sum(axis=1) / 4 + x[:, 0] * x[:, 1] + rng.normal(size=rows)
    table = pd.DataFrame(x).add_prefix("c").assign(y=np.where(signal > 0, "yes", "no"))
    table.to_parquet(path)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--tables", nargs="+", default=list(BOUNDS), choices=list(BOUNDS))
    arguments = parser.parse_args()
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    tables = results.get("tables", {})
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.tables:
            words = ["dragons", "--target", "color"]
            if name != "dragons":
                draw(int(name), Path(folder, f"{name}.parquet"))
                words = [str(Path(folder, f"{name}.parquet")), "--target", "y"]
            runs = [
                seconds([*words, "--out", str(Path(folder, f"{name}-{i}"))], Path(folder, "cache"))
                for i in range(arguments.times)
            ]
            tables[name] = {
                "seconds": [round(taken, 2) for taken, _ in runs],
                "most GiB": round(max(memory for _, memory in runs), 2),
                "bound": BOUNDS[name],
            }
            print(name, tables[name])
    content = {"command": "dragonet train DATA --target COLUMN", "tables": tables, "machine": environment.machine()}
    RESULTS.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
