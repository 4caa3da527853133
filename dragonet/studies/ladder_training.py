"""Climbing: train every rung of a ladder on many splits of a user's data, two at a time, and see which are worth it."""

import concurrent.futures
import dataclasses
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet import data
from dragonet.comparison import inference, resampling
from dragonet.core import checks, errors
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.data.dataset import Data
from dragonet.models import Model
from dragonet.studies import measures, ranking, rungs, verdicts
from dragonet.studies.ladder import First, Ladder
from dragonet.studies.measures import Measure
from dragonet.training.progress import Progress

MODELS = ("mlp", "logistic", "cnn")
TRAININGS = 10  # seeds where nothing is said; with folds about as many trainings
_POLL = 0.1  # seconds between two looks at how far it is
_BLOCKS = 2000  # of rows, drawn together where there are more rows than that
_STREAMED = 100_000  # rows of a file that is too large for the memory


def train_ladder(
    rows: Data,
    *,
    seeds: int | None = None,
    seed: int = 0,
    folds: int | None = None,
    balance: bool = False,
    model: str | None = None,
    epochs: int = rungs.EPOCHS,
    engine: str = "auto",
    verbose: str | int = 0,
) -> Ladder:
    """Train the simplest guess, a linear model and a small network on many splits of the data, and say which is worth it.

    The guess is the commonest class, or the mean. The linear model is scikit-learn's LogisticRegression, or Ridge; the network
    has a hidden layer of 100 units, for images two convolutions, for series two over time, and the epoch that is best on the
    validation rows. A seed (seed, seed + 1, ...) redraws the split and the first weights; each split's test rows are used once.
    folds: cross-validation, each row being tested once a seed. balance: classes count the same, however many rows they have.
    model: 'mlp', 'logistic' or 'cnn' alone, beside the guess, with one seed unless `seeds` says more.

    How sure: the corrected resampled t-test over the splits, the bootstrap of the test rows (of groups, where there are any)
    where it is wider, and Holm's correction for the pairs: see `compare`.
    Where columns alone tell the answer too well (`rows.leaks`), there is a second ladder without them.
    What it cannot show: whether the model holds for rows gathered elsewhere; what a larger or better tuned network could do.

    Raises ValueError for data too few to be split, and for a model that does not fit them.

    >>> import numpy as np, pandas as pd
    >>> x = np.random.default_rng(0).normal(size=(200, 2))
    >>> table = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "sign": np.where(x[:, 0] > 0, "plus", "minus")})
    >>> train_ladder(data.read(table, target="sign"), seeds=2, epochs=20).kept
    'linear'
    """
    rows = in_memory(rows, seed)
    how = {
        "seeds": seeds,
        "seed": seed,
        "folds": folds,
        "balance": balance,
        "model": model,
        "epochs": epochs,
        "engine": engine,
    }
    found = _climb(rows, verbose, **how)
    if not rows.leaks:
        return found
    rest = rows.without(rows.leaks)
    if not rest.feature_names:
        return found
    return dataclasses.replace(found, without=_climb(rest, verbose, **how))


def _climb(
    rows: Data,
    verbose: str | int,
    *,
    seeds: int | None,
    seed: int,
    folds: int | None,
    balance: bool,
    model: str | None,
    epochs: int,
    engine: str,
) -> Ladder:
    """The ladder of rows in memory, all columns being used."""
    names, splits, seeds = planned(
        rows, seeds=seeds, seed=seed, folds=folds, balance=balance, model=model, epochs=epochs
    )
    measure = measures.deciding(rows.task, balance)
    drawn = _drawn(rows)

    def one(i: int, watch: Callable[[Model], None], threads: int | None) -> _Climbed:
        parts, split_seed = splits[i]
        return _climbed(
            rows, parts, split_seed, names, measure, drawn, balance, epochs, engine, watch, threads, first=i == 0
        )

    climbed = _all(len(splits), one, engine, Progress(verbose))
    return _ladder(rows, names, measure, seeds, folds, splits, climbed, drawn)


def in_memory(rows: Data, seed: int) -> Data:
    """The data themselves, or of a file too large for the memory some of the rows, drawn at random."""
    if not rows.streamed:
        return rows
    some = np.sort(np.random.default_rng(seed).permutation(len(rows))[:_STREAMED])
    x = rows.x.some(some, _STREAMED) if rows.kind == "table" else np.array(rows.x[some])
    groups, time, numbers = (
        None if held is None else held[some] for held in (rows.groups, rows.time, rows.row_numbers)
    )
    said = f"{rows.name} is too large for the memory: the ladder is of {len(some):,} of its {len(rows):,} rows, drawn at random."
    return dataclasses.replace(
        rows, x=x, y=rows.y[some], groups=groups, time=time, row_numbers=numbers, noticed=(*rows.noticed, said)
    )


# --- what is trained --------------------------------------------------------------------------------------------------


def planned(
    rows: Data,
    *,
    seeds: int | None = None,
    seed: int = 0,
    folds: int | None = None,
    balance: bool = False,
    model: str | None = None,
    epochs: int = rungs.EPOCHS,
    engine: str = "auto",
) -> tuple[tuple, list, tuple[int, ...]]:
    """The names of the rungs, (parts, seed) of each split, and the seeds; nothing is trained.

    Raises ValueError for all that `train_ladder` refuses.
    """
    names = _names(rows, model)
    if balance and rows.task != "classes":
        raise errors.value_error("balance", "classes to predict", f"{rows.task} in {', '.join(rows.targets)}")
    checks.whole("train", "epochs", epochs)
    return names, *_splits(rows, seeds, seed, folds, model)


def _names(rows: Data, model: str | None) -> tuple[str, ...]:
    base = "mean" if rows.task == "numbers" else "majority"
    if model is None:
        return base, "linear", "cnn" if rows.kind in ("images", "series") else "mlp"
    if model not in MODELS:
        raise errors.unknown_name("model", model, MODELS)
    if model == "cnn" and rows.kind not in ("images", "series"):
        raise errors.value_error(
            "The model 'cnn'",
            "images or series",
            f"the {'table' if rows.kind == 'table' else 'rows'} {rows.name}",
            "There are 'mlp' and 'logistic'.",
        )
    return base, model


def _splits(
    rows: Data, seeds: int | None, seed: int, folds: int | None, model: str | None
) -> tuple[list, tuple[int, ...]]:
    """(parts, seed) of each split, and the seeds."""
    checks.whole("train", "seed", seed, least=0)
    if folds is not None:
        checks.whole("train", "folds", folds, least=2)
    if seeds is None:
        many = 1 if model is not None else TRAININGS if folds is None else -(-TRAININGS // folds)
    else:
        many = checks.whole("train", "seeds", seeds)
    each = tuple(range(seed, seed + many))
    splits = []
    for one in each:
        found = data.parts(rows, seed=one, folds=folds)
        splits += [(parts, one) for parts in (found if isinstance(found, list | tuple) else [found])]
    return splits, each


@dataclass(frozen=True, eq=False)
class _Climbed:
    """One split's scores, each (rungs,); drawn (draws, rungs); the first split's models and outputs."""

    scores: np.ndarray
    train_scores: np.ndarray
    validation_scores: np.ndarray
    seconds: np.ndarray
    figures: list[dict[str, float]]
    drawn: np.ndarray
    history: Any
    first: First | None
    keys: dict[str, list[np.ndarray]]  # by which each rung but the first ranks the validation and the test rows


def _climbed(
    rows: Data,
    parts: Any,
    seed: int,
    names: tuple[str, ...],
    measure: Measure,
    drawn: np.ndarray,
    balance: bool,
    epochs: int,
    engine: str,
    watch: Callable,
    threads: int | None,
    first: bool,
) -> _Climbed:
    """Every rung on one split."""
    x, encoder = _encoded(rows, parts.train)
    places = {"train": parts.train, "validation": parts.validation, "test": parts.test}
    y = _targets(rows)
    outputs = len(rows.classes) if rows.task == "classes" else y.shape[1]
    weights = _balanced(y[parts.train]) if balance else None
    learned, watched = ((x[place], y[place]) for place in (parts.train, parts.validation))
    split = rungs.Split(*learned, *watched, rows.task, outputs, rows.kind, weights)
    scores, figures, again, trained, said = {name: [] for name in places}, [], [], {}, {}
    keys = {"validation": [], "test": []}
    for name in names:
        one = rungs.train(
            name, split, seed, epochs=epochs, engine=engine, threads=threads, watch=watch, preflight=first
        )
        one.model.threads = threads
        for part, place in places.items():
            out = one.model.predict(x[place])
            answered = measures.answers(rows.task, out)
            scores[part].append(measure.once(y[place], answered))
            if part in keys:
                keys[part].append(ranking.sort_keys(one.model, x[place], rows.task, out))
        one.model.threads = None
        figures.append(measures.measured(rows.task, y[parts.test], out, keys["test"][-1]))
        again.append(measure.formula(y[parts.test], answered, drawn[:, parts.test]))
        trained[name], said[name] = one, out
        one.model.encoder = encoder
        if rows.task == "classes":
            one.model.classes_ = np.array(rows.classes)
    kept = First(parts.train, parts.validation, parts.test, trained, said) if first else None
    return _Climbed(
        *(np.array(scores[part]) for part in ("test", "train", "validation")),
        np.array([one.seconds for one in trained.values()]),
        figures,
        np.stack(again, axis=1),
        trained[names[-1]].history,
        kept,
        {part: each[1:] for part, each in keys.items()},
    )


def _encoded(rows: Data, train: np.ndarray) -> tuple[np.ndarray, Any]:
    """All rows as numbers, and the encoder that made them of a table, which has seen the rows to learn from and no others."""
    if rows.kind != "table":
        scaling = ArrayScaling.fit(rows.x[train]) if rows.kind == "arrays" else None
        if scaling is not None:
            return scaling.encode(rows.x), scaling
        return (rows.x.astype(np.float32) if rows.x.dtype == np.float64 else rows.x), None
    encoder = data.Encoder.fit(rows, train)
    return encoder.encode(rows.x, say=lambda sentence: None), encoder


def _targets(rows: Data) -> np.ndarray:
    """y as places of classes (n,), or as columns (n, k)."""
    if rows.task == "classes":
        return rows.y.astype(np.int32)
    return rows.y.reshape(len(rows.y), -1).astype(np.float32 if rows.task == "labels" else np.float64)


def _balanced(y: np.ndarray) -> np.ndarray:
    """A weight for each row with which the classes weigh the same, 1 in the mean."""
    counts = np.bincount(y)
    return (len(y) / ((counts > 0).sum() * counts[y])).astype(np.float32)


def _drawn(rows: Data) -> np.ndarray:
    """How often each row is drawn anew, (draws, n): rows of a group together, of very many rows some at a time."""
    n = len(rows)
    if rows.groups is not None:
        _, places = np.unique(np.asarray(rows.groups, dtype=str), return_inverse=True)
    else:
        places = np.arange(n) if n <= _BLOCKS else np.random.default_rng(0).permutation(n) % _BLOCKS
    return resampling.rows_drawn(int(places.max()) + 1)[1:, places]


# --- many at once -----------------------------------------------------------------------------------------------------


def _all(many: int, one: Callable, engine: str, progress: Progress) -> list[_Climbed]:
    """one(i) for each i, on as many threads as the native engine has; Ctrl-C stops all."""
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    from dragonet.engines.native.cpu import target

    at_once = 1 if engine == "xla" or target.host() is None else min(many, target.threads())
    training: list[Model] = []
    stopping = False

    def watch(model: Model) -> None:
        if stopping:
            raise KeyboardInterrupt
        training.append(model)

    progress.begin_test(many)
    # BLAS on one thread: splits are the work to be shared out, and the bits do not depend on the number of processors.
    with warnings.catch_warnings(), threadpool_limits(1), concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # the penalty is chosen among those that were tried, converged or not
        futures = [pool.submit(one, i, watch, 1 if at_once > 1 else None) for i in range(many)]
        try:
            while (waiting := concurrent.futures.wait(futures, _POLL, concurrent.futures.FIRST_EXCEPTION)).not_done:
                progress.update(len(waiting.done), {})
                if any(future.exception() for future in waiting.done):
                    break
            found = [future.result() for future in futures]
            progress.update(many, {})
            progress.end_test({})
        except BaseException:
            stopping = True
            for future in futures:
                future.cancel()
            for model in training:
                model.stop_training = True
            raise
        finally:
            progress.close()
    return found


# --- what it comes to -------------------------------------------------------------------------------------------------


def _ladder(
    rows: Data,
    names: tuple[str, ...],
    measure: Measure,
    seeds: tuple[int, ...],
    folds: int | None,
    splits: list,
    climbed: list[_Climbed],
    row_draws: np.ndarray,
) -> Ladder:
    each = "scores", "train_scores", "validation_scores", "seconds"
    scores, train_scores, validation_scores, seconds = (
        np.stack([getattr(one, what) for one in climbed], axis=1) for what in each
    )
    drawn = np.stack([one.drawn for one in climbed], axis=2)  # (draws, rungs, splits)
    figures = {
        name: np.array([[figure[name] for figure in one.figures] for one in climbed]).T
        for name in climbed[0].figures[0]
    }
    first = climbed[0].first
    sizes = len(first.train), len(first.validation), len(first.test)
    counted = sizes[0], sizes[2]
    tested = len(np.unique(np.concatenate([parts.test for parts, _ in splits])))
    intervals = np.array(
        [inference.interval(scores[i], drawn[:, i], counted, tested, measure.formula) for i in range(len(names))]
    )
    intervals = np.maximum(intervals, 0) if measure.share else intervals
    pairs = inference.differences(names, scores, drawn, counted, measure.name)
    noticed = list(dict.fromkeys([*rows.noticed, *(text for parts, _ in splits for text in parts.noticed)]))
    if sizes[2] < 30:
        noticed.append(f"Each score is of {sizes[2]} test rows only. Gather more rows.")
    ranked = None
    if not verdicts.tells(names, scores, pairs):
        ranked = _ranked(rows, names, splits, climbed, row_draws, counted, tested)
    kept = names[1] if len(names) == 2 else _kept(names, validation_scores, sizes)
    if ranked is not None and ranked.clear and len(names) > 2:
        kept = _kept(names[1:], _ranking_scores(rows, splits, climbed), sizes)
    histories = tuple(one.history for one in climbed if one.history is not None)
    return Ladder(
        rows,
        names,
        measure,
        seeds,
        folds,
        sizes,
        scores,
        train_scores,
        validation_scores,
        figures,
        seconds,
        intervals,
        pairs,
        kept,
        first,
        histories,
        tuple(noticed),
        ranking=ranked,
    )


def _ranked(
    rows: Data,
    names: tuple[str, ...],
    splits: list,
    climbed: list[_Climbed],
    row_draws: np.ndarray,
    sizes: tuple[int, int],
    tested: int,
) -> ranking.Ranking | None:
    """How well the rungs that learn rank the test rows."""
    y = _targets(rows)
    return ranking.ranked(
        names[1:],
        rows.task,
        [y[parts.test] for parts, _ in splits],
        [one.keys["test"] for one in climbed],
        [row_draws[:, parts.test] for parts, _ in splits],
        sizes,
        tested,
    )


def _ranking_scores(rows: Data, splits: list, climbed: list[_Climbed]) -> np.ndarray:
    """How well they rank the validation rows, (rungs that learn, splits)."""
    y, (measure, chance) = _targets(rows), ranking.measure(rows.task)
    found = np.array(
        [
            [measure.once(y[parts.validation], keys) for keys in one.keys["validation"]]
            for (parts, _), one in zip(splits, climbed, strict=True)
        ]
    ).T
    return np.where(np.isfinite(found), found, chance)


def _kept(names: tuple[str, ...], scores: np.ndarray, sizes: tuple[int, int, int]) -> str:
    """The plainest rung whose validation score is within two standard errors of the best's; scores (rungs, splits)."""
    means = np.where(np.isfinite(scores), scores, -np.inf).mean(axis=1)
    best = int(means.argmax())
    for i, name in enumerate(names):
        behind = scores[best] - scores[i]
        error = 0.0 if len(behind) < 2 else behind.std(ddof=1) * np.sqrt(1 / len(behind) + sizes[1] / sizes[0])
        if i == best or behind.mean() <= 2 * error:
            return name
    raise AssertionError
