"""Comparing: is one model better than another, or was it luck? Many splits and seeds, one table, and a sentence that says it."""

import itertools
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet import metrics
from dragonet.callbacks.monitor import direction
from dragonet.comparison import adapters, inference, resampling
from dragonet.comparison.adapters import Targets, contestant
from dragonet.comparison.result import Comparison
from dragonet.core import checks, errors
from dragonet.data import split
from dragonet.training.data import arrays
from dragonet.training.progress import Progress

_FEW_ROWS = 30  # to test with, below which a score says little
_FEW_SEEDS = 10


def compare(
    models: Any,
    x: Any,
    y: Any,
    *,
    seeds: int | Iterable[int] = 10,
    test_size: float = 0.25,
    score: Any = None,
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
    its name; None is the accuracy where the losses are of classes, else R². verbose: 'auto' shows how far it is. fit: epochs,
    batch_size and the other arguments of `Model.fit`, for the networks.

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
    given = adapters.named(models)
    adapters.fit_arguments(fit, ("models", "x", "y", "seeds", "test_size", "score", "verbose"))
    seeds = list(range(checks.whole("compare", "seeds", seeds, 2)) if isinstance(seeds, int) else seeds)
    if len(set(seeds)) < max(2, len(seeds)):
        raise errors.value_error("compare", "two seeds or more, all different", errors.short_repr(seeds))
    targets, x = Targets(y), x if hasattr(x, "iloc") else arrays.array("x", x)
    n = arrays.rows([x, targets.raw])
    splits = [split(np.arange(n), test_size=test_size, seed=seed) for seed in seeds]
    times = resampling.rows_drawn(n)

    train_scores, seconds = np.empty((2, len(given), len(seeds)))
    drawn = np.empty((len(times), len(given), len(seeds)))  # the scores, and then those with the test rows drawn anew
    rule = None
    progress = Progress(verbose)
    progress.begin_test(seconds.size)
    try:
        for (j, seed), (i, name) in itertools.product(enumerate(seeds), enumerate(given)):
            train, test = splits[j]
            one = contestant(name, given[name], seed)
            rule = rule or _rule(score, one, targets)
            rule.check(one, targets)
            began = time.perf_counter()
            one.train(x, targets, train, fit)
            seconds[i, j] = time.perf_counter() - began
            train_scores[i, j] = rule.scores(one, x, targets, train, np.ones((1, len(train)), np.float32))[0]
            drawn[:, i, j] = rule.scores(one, x, targets, test, times[:, test])
            progress.update(j * len(given) + i + 1, {})
        progress.end_test({})
    finally:
        progress.close()

    scores, drawn = drawn[0], drawn[1:]
    tested = len(np.unique(np.concatenate([test for _, test in splits])))
    rows = len(splits[0][0]), len(splits[0][1])
    with np.errstate(invalid="ignore"):  # a model may have gone astray
        interval = np.array(
            [
                inference.interval(*each, rows, tested, rule.formula, rule.smaller_is_better)
                for each in zip(scores, drawn.swapaxes(0, 1), strict=True)
            ]
        )
        differences = _differences(list(given), scores, drawn, rows, rule)
    notes = (
        *_unsure(rows[1], len(seeds), differences, rule),
        *_astray(list(given), seeds, scores),
        *_unknown(targets, seeds, splits, rule),
    )
    return Comparison(
        tuple(given),
        tuple(seeds),
        rule.name,
        scores,
        train_scores,
        seconds,
        interval,
        rows,
        differences,
        notes,
        rule.smaller_is_better,
    )


# --- what is scored ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rule:
    """A score: what the models are asked for, and the formula over the answers."""

    name: str
    labels: bool
    formula: resampling.Score
    smaller_is_better: bool = False
    of: str | None = None  # the model whose loss chose it

    def scores(self, one: Any, x: Any, y: Targets, rows: np.ndarray, times: np.ndarray) -> np.ndarray:
        return self.formula(*(one.labels(x, y, rows) if self.labels else one.numbers(x, y, rows)), times)

    def check(self, one: Any, y: Targets) -> None:
        if self.of is not None and one.classifies(y) != self.labels:
            kinds = [
                f"{name!r} for {'classes' if classes else 'numbers'}"
                for name, classes in ((self.of, self.labels), (one.name, not self.labels))
            ]
            raise errors.value_error(
                "compare", "models of one kind", " and ".join(kinds), "Compare them apart, or give a score."
            )


def _rule(score: Any, one: Any, y: Targets) -> _Rule:
    if score is None and not one.classifies(y):
        return _Rule("R²", False, resampling.r_squared, of=one.name)
    if score is None or score in ("accuracy", "acc"):
        return _Rule("accuracy", True, resampling.accuracy, of=one.name if score is None else None)
    metric = metrics.as_metric(score)
    better = {"up": "max", "down": "min"}.get(metric._direction) or direction(metric.name)
    if better is None:
        raise errors.value_error("compare", "a score of which more, or less, is known to be better", repr(metric.name))
    return _Rule(metric.name, False, resampling.of_metric(metric), better == "min")


# --- what it comes to -------------------------------------------------------------------------------------------------


def _differences(names: list[str], scores: np.ndarray, drawn: np.ndarray, rows: tuple[int, int], rule: _Rule) -> tuple:
    """The best model against each other one; all pairs of models are counted in."""
    means = scores.mean(axis=1) * (-1 if rule.smaller_is_better else 1)
    best = names[int(np.where(np.isfinite(means), means, -np.inf).argmax())]
    pairs = inference.differences(names, scores, drawn, rows, rule.name, rule.smaller_is_better)
    return tuple(pair for pair in pairs if pair.better == best)


def _unsure(n_test: int, seeds: int, differences: tuple, rule: _Rule) -> list[str]:
    """What would make the comparison surer."""
    said = []
    if n_test < _FEW_ROWS:
        one = f": one row more that is right moves it by {100 / n_test:.1f} points" * (
            rule.formula is resampling.accuracy
        )
        said.append(f"Each score is of {n_test} test rows only{one}. Gather more rows, or write a larger test_size.")
    if seeds < _FEW_SEEDS and not all(pair.significant for pair in differences):
        said.append(f"{seeds} seeds tell only what is far apart; seeds={_FEW_SEEDS} or more tell more.")
    return said


def _astray(names: list[str], seeds: list[int], scores: np.ndarray) -> list[str]:
    return [
        f"{names[i]} has no score with seed {seeds[j]}: it predicts numbers that are not finite, or there is no spread in y."
        for i, j in np.argwhere(~np.isfinite(scores))
    ]


def _unknown(y: Targets, seeds: list[int], splits: list[tuple], rule: _Rule) -> list[str]:
    """Classes that were tested and not trained."""
    if not rule.labels:
        return []
    labels, found = y.labels(slice(None)), {}
    for seed, (train, test) in zip(seeds, splits, strict=True):
        for label in np.setdiff1d(labels[test], labels[train]).tolist():
            found.setdefault(label if y.words is None else y.words[label].item(), []).append(seed)
    return [
        f"No row of class {label!r} was among the training rows with seed {', '.join(map(str, where))}, so that no model "
        "could know it there."
        for label, where in found.items()
    ]
