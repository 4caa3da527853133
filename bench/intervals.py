"""How sure a score is: coverage and width of dragonet's intervals in populations whose truth is known.

    python bench/intervals.py                        500 data sets of each population: hours on one core
    python bench/intervals.py --reps 60 --jobs 2
    python bench/intervals.py --minutes 15           as many as that, the same number of each population
    python bench/intervals.py --only n=60            the populations whose name contains a text; nothing is written

The estimand is the mean true score of the models that were trained, on a large test sample without label noise. *Oracle*: ± 1.96
true standard deviations of estimate minus estimand, the width to aim at. *Rows alone*: the same trainings, with the variance of
independent rows or groups. Writes `results/intervals.md` and `results/intervals.json`.
"""

import argparse
import collections
import json
import os
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

for count in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(count, "1")

import numpy as np  # noqa: E402
from intervals_report import page, summary  # noqa: E402
from populations import ITEMS, MODELS, PAIRS, data_set, draw, populations, train  # noqa: E402

from dragonet.comparison.uncertainty import conformal, scores  # noqa: E402
from dragonet.comparison.uncertainty.equivalence import judge, usual_margin  # noqa: E402
from dragonet.comparison.uncertainty.folds import repeated_folds  # noqa: E402
from dragonet.comparison.uncertainty.scores import Estimate, score_repeats  # noqa: E402
from dragonet.comparison.uncertainty.variance import variance_parts  # noqa: E402

HERE = Path(__file__).parent
SEED = 1_000_000  # of the first data set: none of those that the method was chosen on
SCORES = {
    "classes": (scores.ACCURACY, scores.BALANCED, scores.AUC, scores.LOG_LOSS),
    "numbers": (scores.R_SQUARED, scores.MAE),
}
LEVEL = 0.9  # of intervals for predictions
NEW_ROWS = 400


# --- one data set -----------------------------------------------------------------------------------------------------


def one_data_set(work):
    """(population's name, {(score, item): figures}, (coverage, level) of intervals for the linear model's predictions)."""
    place, seed = work
    cell = populations()[place]
    (x, y, group), truth, rng = data_set(cell, SEED + seed)
    folds = repeated_folds(
        len(y),
        groups=group if cell.groups else None,
        classes=y if cell.task == "classes" else None,
        seed=int(rng.integers(2**31)),
    )
    new_x, new_y, _, _ = draw(cell, rng, NEW_ROWS, NEW_ROWS // 4 if cell.groups else 0)
    shape = (folds.repeats, len(y), cell.classes) if cell.task == "classes" else (folds.repeats, len(y))
    answers, true, new = [np.zeros(shape) for _ in MODELS], collections.defaultdict(list), []
    for repeat, learn, test in folds.splits():
        for m, model in enumerate(train(cell, x[learn], y[learn], rng)):
            answers[m][repeat, test] = model(x[test])
            true[m].append(truth(model))
            if m == 1:
                new.append(model(new_x))
    figures = {}
    for score in SCORES[cell.task]:
        true_values = [np.mean([one[score.name] for one in true[m]]) for m in range(len(MODELS))]
        figures |= {(score.name, k): v for k, v in _figures(cell, score, y, answers, folds, true_values).items()}
    return cell.name, figures, _predictions(y, answers[1], folds, np.mean(new, axis=0), new_y)


def _figures(cell, score, y, answers, folds, true):
    """{item: (estimate, truth, low, high, p, low and high of rows alone, judged equal)} of one score."""
    is_random = [m == 2 and cell.flexible != "k-NN" for m in range(len(MODELS))]
    models = [score_repeats(score, y, a, folds, is_random=r) for a, r in zip(answers, is_random, strict=True)]
    sign = -1 if score.is_smaller_better else 1
    result = {}
    for item, m in zip(ITEMS, (1, 2), strict=False):
        estimate = models[m].estimate()
        alone = variance_parts(models[m].moves, folds).rows
        result[item] = _row(estimate, true[m], Estimate(estimate.value, alone, estimate.freedom, score.scale))
    for item, (a, b) in zip(ITEMS[2:], PAIRS, strict=True):
        difference = models[a].minus(models[b])
        alone = variance_parts(models[a].moves - models[b].moves, folds).rows
        margin = usual_margin(score, true[b])
        result[item] = _row(
            difference,
            sign * (true[a] - true[b]),
            Estimate(difference.value, alone, difference.freedom),
            judge(difference, margin).answer == "practically equal",
            margin,
        )
    return result


def _row(estimate, truth, alone, is_equal=False, margin=0.0):
    return (estimate.value, truth, *estimate.interval(), estimate.p, *alone.interval(), is_equal, margin)


def _predictions(y, answers, folds, new, new_y):
    """The share of new rows in the intervals or sets, and the level: the usual one, or the highest that the groups allow."""
    unseen = answers.mean(axis=0)
    is_class = unseen.ndim == 2
    residuals = 1 - unseen[np.arange(len(y)), y] if is_class else np.abs(y - unseen)
    level = min(LEVEL, conformal.highest_level(int(folds.group.max()) + 1))
    quantile = conformal.residual_quantile(residuals, folds.group, level)
    if is_class:
        return conformal.prediction_sets(new, quantile)[np.arange(len(new_y)), new_y].mean(), level
    low, high = conformal.prediction_intervals(new, quantile)
    return ((low <= new_y) & (new_y <= high)).mean(), level


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--reps", type=int, default=500, help="data sets of each population")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="begin no other round of data sets after these"
    )
    parser.add_argument("--only", default="", help="the populations whose name contains this; nothing is written")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    chosen = parser.parse_args()
    cells = {i: cell for i, cell in enumerate(populations()) if chosen.only in cell.name}
    rows, predictions = collections.defaultdict(list), collections.defaultdict(list)
    ends, rounds = time.monotonic() + 60 * chosen.minutes, 0
    with ProcessPoolExecutor(chosen.jobs, get_context("spawn")) as pool:
        while rounds < chosen.reps and time.monotonic() < ends:
            for name, figures, predicted in pool.map(one_data_set, [(i, rounds) for i in cells]):
                predictions[name].append(predicted)
                for (score, item), row in figures.items():
                    rows[name, score, item].append(row)
            rounds += 1
            print(f"{rounds} data sets of each", end="\r", file=sys.stderr, flush=True)
    by_name = {cell.name: cell for cell in cells.values()}
    order = sorted(rows, key=lambda key: list(by_name).index(key[0]))
    table = {key: summary(by_name[key[0]], rows[key]) for key in order}
    predictions = {name: np.mean(predictions[name], axis=0).tolist() for name in by_name}
    text = page(table, predictions, rounds)
    print(text)
    if not chosen.only:
        (HERE / "results" / "intervals.md").write_text(text, encoding="utf-8")
        figures = [dict(zip(("population", "score", "item"), key, strict=True)) | row for key, row in table.items()]
        content = {"data sets": rounds, "seed": SEED, "figures": figures, "predictions": predictions}
        (HERE / "results" / "intervals.json").write_text(json.dumps(content, indent=1, default=float), encoding="utf-8")


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()
