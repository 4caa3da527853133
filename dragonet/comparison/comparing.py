"""Comparing: is one model better than another, or was it luck? Many splits and seeds, one table, and a sentence that says it."""

import inspect
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dragonet.comparison import adapters, inference, notes, resampling
from dragonet.comparison.adapters import Targets
from dragonet.comparison.result import Comparison, Difference
from dragonet.comparison.rules import Rule
from dragonet.comparison.trainings import Trainings
from dragonet.core import checks, errors
from dragonet.data import split
from dragonet.runs.units import Result
from dragonet.training.data import arrays


def compare(
    models: Any,
    x: Any,
    y: Any,
    *,
    seeds: int | Iterable[int] = 10,
    test_size: float = 0.25,
    score: Any = None,
    folder: str | os.PathLike | None = None,
    jobs: int = 1,
    verbose: str | int = 0,
    **fit: Any,
) -> Comparison:
    """Train every model on the same splits of x and y, each seed with another one, and say which is better and how sure that is.

    A seed redraws the split, the initial weights, the order of the rows and the dice; all models get the same splits.

    models: a dict of names, or a list. Each is a compiled model, of which copies with new weights are trained, or a function
    that makes one, called anew for each seed, or an estimator with scikit-learn's fit and predict, cloned for each seed, its
    random_state being the seed. What was given stays as it is.
    x, y: arrays or tables; y are labels (words or numbers), one-hot rows, or numbers to be predicted.
    seeds: how many (0, 1, 2, ...), or the seeds. test_size: the share or the number of rows to test with. score: a metric or
    its name; None is the accuracy where the losses are of classes, else R². folder: where each training's result is kept: a call
    that was stopped goes on where it stood when it is made again, and a model that is added is trained alone. Results are named by
    rows, seed, model, arguments and versions; change the folder after a change in the code of your own layers or functions. jobs:
    how many seeds are trained at once, on threads unless `joblib.parallel_config` says otherwise. verbose: 'auto' shows how far it
    is. fit: epochs, batch_size and the other arguments of `Model.fit`, for the networks.

    How sure: other splits of the same table share most of their rows, so their scores are not independent, and the usual
    t-test over seeds takes luck for a difference: on tables of pure noise it did so in up to 39 of 100 cases, the more seeds
    the more. Here the variance of the mean over J seeds is (1/J + n_test/n_train) s², with Student's t for J − 1 (Nadeau &
    Bengio 2003, "Inference for the generalization error", the corrected resampled t-test), or that of the bootstrap of the
    test rows, where it is larger. The bootstrap alone would leave out what other training rows do (up to 11 of 100). With
    three models or more the best was chosen after the fact, so all pairs count: Holm's step-down keeps the chance that any of
    them is told apart by luck at 5 %. The intervals of accuracies are also as wide as Wilson's for the rows tested.

    What it cannot show: whether a model would do as well on rows gathered elsewhere; or with settings that were tuned on
    these rows, which look better than they are.

    Raises ValueError or TypeError for what is no model, for fewer than two seeds, and for models with no score in common.

    >>> from sklearn.linear_model import LogisticRegression
    >>> from dragonet import Sequential, layers, optimizers
    >>> def net(rate):
    ...     model = Sequential([layers.Input((2,)), layers.Dense(16, "tanh"), layers.Dense(1, "sigmoid")])
    ...     model.compile(optimizers.Adam(rate), "binary_crossentropy")
    ...     return model
    >>> x = np.random.default_rng(0).normal(size=(200, 2))
    >>> y = (x[:, 0] * x[:, 1] > 0).astype(int)  # XOR
    >>> models = {f"rate {rate}": net(rate) for rate in (0.001, 0.1)} | {"logistic": LogisticRegression()}
    >>> result = compare(models, x, y, seeds=6, epochs=30)
    >>> result.scores.shape, [(pair.better, pair.other, pair.significant) for pair in result.differences]
    ((3, 6), [('rate 0.1', 'rate 0.001', True), ('rate 0.1', 'logistic', True)])
    """
    named = adapters.named(models)
    adapters.check_fit_arguments(fit, inspect.signature(compare).parameters)
    seeds = list(range(checks.whole("compare", "seeds", seeds, 2)) if isinstance(seeds, int) else seeds)
    if len(set(seeds)) < max(2, len(seeds)):
        raise errors.value_error("compare", "two seeds or more, all different", errors.short_repr(seeds))
    targets, x = Targets(y), x if hasattr(x, "iloc") else arrays.array("x", x)
    n = arrays.rows([x, targets.raw])
    splits = [split(np.arange(n), test_size=test_size, seed=seed) for seed in seeds]
    trainings = Trainings(named, x, targets, seeds, splits, resampling.rows_drawn(n), score, fit)
    _ = trainings.rule  # raises for models that cannot be compared, before anything is trained
    return _comparison(trainings, trainings.run(None if folder is None else Path(folder), jobs, verbose))


def _comparison(trainings: Trainings, results: Sequence[Sequence[Result]]) -> Comparison:
    """What the results come to, results[seed][model]."""
    rule = trainings.rule
    names, seeds, splits = tuple(trainings.models), tuple(trainings.seeds), trainings.splits
    all_drawn = np.stack([[result.arrays["drawn"] for result in of_seed] for of_seed in results], axis=1)
    train_scores, seconds = (
        np.array([[of_seed[i].values[what] for of_seed in results] for i in range(len(names))])
        for what in ("train", "seconds")
    )
    all_drawn = np.ascontiguousarray(all_drawn.transpose(2, 0, 1))  # (1 + draws, models, seeds)
    scores, drawn = all_drawn[0], all_drawn[1:]
    tested = len(np.unique(np.concatenate([test for _, test in splits])))
    rows = len(splits[0][0]), len(splits[0][1])
    with np.errstate(invalid="ignore"):  # the training of a model may have diverged
        interval = np.array(
            [
                inference.interval(*each, rows, tested, rule.formula, rule.smaller_is_better)
                for each in zip(scores, drawn.swapaxes(0, 1), strict=True)
            ]
        )
        differences = _differences(names, scores, drawn, rows, rule)
    all_notes = (
        *notes.on_sureness(rows[1], len(seeds), differences, rule),
        *notes.on_missing_scores(names, seeds, scores),
        *notes.on_unknown_classes(trainings.y, seeds, splits, rule),
    )
    return Comparison(
        names,
        seeds,
        rule.name,
        scores,
        train_scores,
        seconds,
        interval,
        rows,
        differences,
        all_notes,
        rule.smaller_is_better,
    )


def _differences(
    names: Sequence[str], scores: np.ndarray, drawn: np.ndarray, rows: tuple[int, int], rule: Rule
) -> tuple[Difference, ...]:
    """The best model against each other one; all pairs of models are counted in."""
    means = scores.mean(axis=1) * (-1 if rule.smaller_is_better else 1)
    best = names[int(np.where(np.isfinite(means), means, -np.inf).argmax())]
    pairs = inference.differences(names, scores, drawn, rows, rule.name, rule.smaller_is_better)
    return tuple(pair for pair in pairs if pair.better == best)
