"""The ladder, whole: `dragonet train dragons --target color`, ten seeds of three models and the report, as a user waits for it.

    python bench/ladder.py [--times 3]

Writes results/ladder.json: the seconds of each time, a new process each, the first with an empty cache of compiled programs.
Needs a quiet machine.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "ladder.json"
COMMAND = [sys.executable, "-c", "from dragonet.cli import main; main()", "train", "dragons", "--target", "color"]


def seconds(cache: Path, out: Path) -> float:
    """One run, from the command to its end."""
    began = time.perf_counter()
    environment = {**os.environ, "DRAGONET_CACHE": str(cache)}
    subprocess.run([*COMMAND, "--out", str(out)], env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        taken = [seconds(Path(folder, "cache"), Path(folder, f"run-{i}")) for i in range(times)]
    held = {
        "command": "dragonet train dragons --target color",
        "seconds": taken,
        "bound": 20,
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
    }
    RESULTS.write_text(json.dumps(held, indent=2) + "\n", encoding="utf-8")
    print(", ".join(f"{one:.1f} s" for one in taken))


if __name__ == "__main__":
    main()
