"""NetClassifier and NetRegressor beside scikit-learn's MLPClassifier and MLPRegressor, all with their defaults.

    python bench/sklearn_defaults.py

Ten folds of scikit-learn's iris, wine, breast cancer, digits and diabetes, both on the same folds and the same number of threads,
in turn, fold by fold; with one thread, and with two. Writes `results/sklearn.md` and `results/sklearn.json`.
"""

import argparse
import datetime
import json
import os
import platform
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import mean, median, stdev

HERE = Path(__file__).parent
COUNTS = ("DRAGONET_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
NAMES = ("dragonet", "scikit-learn")
FOLDS = 10
TITLES = {
    "iris": "iris",
    "wine": "wine",
    "breast_cancer": "breast cancer",
    "digits": "digits",
    "diabetes": "diabetes (R²)",
}


def compare(name):
    """{contestant: {'scores', 'seconds', 'iterations': one a fold, 'first': seconds of the first fit, which compiles}}."""
    from sklearn import datasets, model_selection, neural_network

    from dragonet import sklearn as ours

    warnings.filterwarnings("ignore", "Stochastic Optimizer")  # scikit-learn's, where max_iter is not enough for it
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    if name == "diabetes":
        kinds = ours.NetRegressor, neural_network.MLPRegressor
        folds = model_selection.KFold(FOLDS, shuffle=True, random_state=0)
    else:
        kinds = ours.NetClassifier, neural_network.MLPClassifier
        folds = model_selection.StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    found = {who: {"scores": [], "seconds": [], "iterations": []} for who in NAMES}
    for fold, (train, test) in enumerate(folds.split(x, y)):
        for who, kind in zip(NAMES, kinds, strict=True):
            if fold == 0:
                found[who]["first"] = timed(kind(random_state=0), x[train], y[train])
            model = kind(random_state=0)
            found[who]["seconds"].append(timed(model, x[train], y[train]))
            found[who]["scores"].append(float(model.score(x[test], y[test])))
            found[who]["iterations"].append(int(model.n_iter_))
    return found


def timed(model, x, y):
    """How many seconds a fit takes."""
    began = time.perf_counter()
    model.fit(x, y)
    return time.perf_counter() - began


def standard_error(values):
    """Of their mean."""
    return stdev(values) / len(values) ** 0.5


def compare_all(threads):
    """{data set: what `compare` finds}, in a process of its own, whose libraries are told how many threads they have."""
    os.environ.update(dict.fromkeys(COUNTS, str(threads)))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = {name: pool.submit(compare, name).result() for name in TITLES}
    for name in TITLES:
        print(f"{threads} threads:", *scores(name, found[name]), *seconds(name, found[name])[1:], sep=" | ", flush=True)
    return found


def scores(name, found):
    """A data set's row of the first table."""
    one, other = (found[who]["scores"] for who in NAMES)
    gaps = [a - b for a, b in zip(one, other, strict=True)]
    verdict = "yes" if mean(gaps) >= -standard_error(other) else "no"
    told = [f"{mean(each):.4f} ± {standard_error(each):.4f}" for each in (one, other)]
    return [TITLES[name], *told, f"{mean(gaps):+.4f} ± {standard_error(gaps):.4f}", verdict]


def seconds(name, found):
    """And of a table of times."""
    one, other = (found[who]["seconds"] for who in NAMES)
    first = f"{found['dragonet']['first']:.2f}"
    return [
        TITLES[name],
        *(f"{median(each):.2f}" for each in (one, other)),
        f"{median(other) / median(one):.1f}",
        first,
    ]


SCORES = ["", "dragonet", "scikit-learn", "difference, fold by fold", "not below by more than one standard error"]
SECONDS = ["seconds a fit", "dragonet", "scikit-learn", "times as fast", "dragonet, the first fit"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    chosen = parser.parse_args()
    found = {threads: compare_all(threads) for threads in chosen.threads}
    from race import processor
    from report import publish, rows_of

    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    about = {"date": today, "processor": processor(), "python": platform.python_version()}
    (HERE / "results" / "sklearn.json").write_text(
        json.dumps(about | {"threads": found}, indent=1) + "\n", encoding="utf-8"
    )
    any_of_them = found[chosen.threads[0]]
    lines = [
        "# Defaults beside scikit-learn's",
        "",
        f"{today}: {about['processor']}. `NetClassifier(random_state=0)` and `MLPClassifier(random_state=0)`, for diabetes "
        "`NetRegressor` and `MLPRegressor`, on the raw columns of scikit-learn's data sets: accuracy (R² for diabetes) on "
        f"the same {FOLDS} shuffled folds, mean ± its standard error. The standard error in the last column is that of "
        "scikit-learn's mean.",
        "",
        *rows_of([SCORES, *(scores(name, each) for name, each in any_of_them.items())]),
        "",
        "The median of the folds' fits, which take turns, after a first one, which compiles, or takes from the disk what was "
        "compiled before.",
        "",
    ]
    for threads, each in found.items():
        lines += [f"{threads} thread{'s' * (threads > 1)}:", ""]
        lines += [*rows_of([SECONDS, *(seconds(name, one) for name, one in each.items())]), ""]
    publish("sklearn.md", lines)


if __name__ == "__main__":
    main()
