"""One contestant in a process of its own: reads orders, one JSON line each, and answers with one JSON line each.

Orders: {"prepare": model, "data": file, "threads": n} and {"run": epochs}. `race.py` starts it and ends it. With a "task"
beside "prepare", that function of the peer's file is asked what to run, in place of `prepare`.
"""

import importlib
import json
import os
import sys
import time
import traceback

import numpy as np
from models import MODELS
from peers import CONTESTANTS


def prepare(contestant, order):
    """Load the data and build the model; returns `run(times)`, which trains so many epochs."""
    if hasattr(os, "sched_setaffinity"):  # before the library is imported: thread pools look at it
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: order["threads"]])
    peer = importlib.import_module(f"peers.{contestant.file}")
    model = MODELS[order["prepare"]]
    with np.load(order["data"]) as data:
        x, y = data["x"].reshape(-1, *model.input_shape), data["y"]
    return getattr(peer, order.get("task", "prepare"))(model, x, y, order["threads"], **contestant.options)


def main(name):
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    run, rest = None, time.process_time()
    for line in sys.stdin:
        order = json.loads(line)
        idle = time.process_time() - rest  # processor time used while waiting: a worker must not spin
        try:
            start, used = time.perf_counter(), time.process_time()
            if "prepare" in order:
                run, answer = prepare(CONTESTANTS[name], order), {}
            else:
                answer = run(order["run"])
            answer |= {"seconds": time.perf_counter() - start, "cpu": time.process_time() - used, "idle": idle}
        except NotImplementedError as reason:
            answer = {"skipped": str(reason)}
        except Exception as error:
            traceback.print_exc()
            answer = {"skipped": f"failed: {type(error).__name__}"}
        rest = time.process_time()
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
