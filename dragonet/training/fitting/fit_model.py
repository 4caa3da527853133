"""fit_model: what `model.fit` does, from its arguments to the History."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import jax

from dragonet.callbacks.callback_list import CallbackList
from dragonet.callbacks.lambda_callback import LambdaCallback
from dragonet.core import checks, errors
from dragonet.engines.base import processors
from dragonet.training.data import arrays, labels
from dragonet.training.data.adapter import Feed, feed
from dragonet.training.data.sources import Rows
from dragonet.training.data.stream import Stream
from dragonet.training.data.target_sentences import target_sentences
from dragonet.training.fitting.fit_metadata import facts_after, facts_of, notice_overflow, prediction_statistics
from dragonet.training.fitting.loop import Fit
from dragonet.training.fitting.preflight import preflight
from dragonet.training.fitting.testing import test
from dragonet.training.history import History
from dragonet.training.objectives.check import check_test
from dragonet.training.progress import Progress


@dataclasses.dataclass
class FitArgs:
    """The arguments of `model.fit`."""

    x: Any
    y: Any
    batch_size: int | None
    epochs: int
    verbose: str | int
    callbacks: Any
    validation_split: float
    validation_data: Any
    shuffle: bool
    class_weight: Any
    sample_weight: Any
    initial_epoch: int
    steps_per_epoch: int | None
    validation_steps: int | None
    validation_batch_size: int | None
    validation_freq: Any
    preflight: bool

    def __post_init__(self) -> None:
        self.epochs = checks.whole("fit", "epochs", self.epochs, 0)
        self.initial_epoch = checks.whole("fit", "initial_epoch", self.initial_epoch, 0)
        self.validation_split = checks.fraction("fit", "validation_split", self.validation_split)
        self.validation_epochs = _validation_epochs(self.validation_freq)


def fit_model(model: Any, args: FitArgs) -> History:
    """Train a model; see `Model.fit`."""
    training, noticed = model.training_state, list[str]()
    training.compiled_for("fit")
    with errors.capture_warnings(noticed), labels.numbering_kept(model):
        rows, validation = _feeds(model, args)
        fit = training.fit = _fit(model, args, rows, validation, noticed)
        history = fit.history
        try:
            fit.run()
            notice_overflow(model.graph.flat)
        finally:
            if getattr(fit.engine, "failed", False):
                history.engine = "xla: the native engine could not make its code for this model"
            training.fit = None
        # A resumed training goes on from the facts of its checkpoint.
        history.facts["noticed"] = list(dict.fromkeys([*history.facts.get("noticed", []), *noticed]))
        history.facts |= facts_after(fit.callbacks.callbacks)
        history.answering = prediction_statistics(model, history, (validation or rows).first)
        return history


def _feeds(model: Any, args: FitArgs) -> tuple[Feed, Feed | None]:
    """The data to learn from and those to validate on, checked."""
    rows = feed(model, args.x, args.y, args.sample_weight, args.class_weight, "fit", learns=True)
    if args.validation_data is not None:
        return rows, _validation_feed(model, args.validation_data)
    return rows.split(args.validation_split) if args.validation_split else (rows, None)


def _validation_feed(model: Any, data: Any) -> Feed:
    if not isinstance(data, tuple | list):
        return feed(model, data, None, None, None, "validation_data")
    if len(data) not in (2, 3):
        needs, got = "validation_data=(x, y) or (x, y, sample_weight)", f"{len(data)} things"
        raise errors.value_error("fit", needs, got)
    return feed(model, data[0], data[1], data[2] if len(data) == 3 else None, None, "validation_data")


def _fit(model: Any, args: FitArgs, rows: Feed, validation: Feed | None, noticed: list[str]) -> Fit:
    """The training, ready to run."""
    training = model.training_state
    source = rows.source(args.batch_size, shuffle=args.shuffle, steps=args.steps_per_epoch)
    objective = training.objective_for(rows.first["y"])
    batch_size = getattr(source, "batch_size", None)
    history = model.history = _history(model, args, source)
    settings = {"epochs": args.epochs, "batch_size": batch_size, "processors": processors()}
    history.facts |= facts_of(rows.first, validation and validation.first, objective, settings)
    hooks = callback_list(args.callbacks, model, history, validation is not None)
    if hooks.steps_until_hook() == 1 and isinstance(source, Stream):
        source.at_once = 1  # a hook and the code that makes the batches take turns
    validate = None if validation is None else _validate(args, validation, rows.engine, objective, hooks)
    progress = Progress(args.verbose, args.epochs, source.steps)
    if args.preflight and isinstance(source, Rows):
        noticed += _preflight(model, rows.first, validation and validation.first, args.shuffle, progress)
    history.facts["noticed"] = noticed
    return Fit(
        training,
        objective,
        rows.engine,
        source,
        training.start(objective, rows.first, getattr(source, "first_batch", arrays.rows(rows.first))),
        seed=training.seed,
        epochs=args.epochs,
        initial_epoch=args.initial_epoch,
        callbacks=hooks,
        progress=progress,
        history=history,
        validate=validate,
        validation_epochs=args.validation_epochs,
        span_lengths=training.span_lengths,
    )


def _history(model: Any, args: FitArgs, source: Any) -> History:
    history = History()
    history.model = model
    history.params = {"verbose": args.verbose, "epochs": args.epochs, "steps": source.steps}
    history.engine = model.training_state.engine_and_reason()[1]
    return history


def callback_list(callbacks: Any, model: Any, history: History, has_validation: bool) -> CallbackList:
    """The user's callbacks and, after them, since they may add to the logs, the history."""
    append = LambdaCallback(on_epoch_end=history.append)
    append._reads_logs_only = True
    return CallbackList([callbacks, append], model, {**history.params, "validation": has_validation})


def _validate(args: FitArgs, validation: Feed, engine: Any, objective: Any, hooks: CallbackList) -> Callable:
    """The function that scores a state on the validation data."""
    check_test("fit(validation_data=...)", objective)
    if args.validation_batch_size is not None:
        checks.whole("fit", "validation_batch_size", args.validation_batch_size)
    source = validation.source(
        args.validation_batch_size or args.batch_size,
        shuffle=False,
        steps=args.validation_steps,
        test=not hooks.wants_batches("test"),
    )
    return functools.partial(_validation_scores, engine, objective, source, hooks)


def _validation_scores(engine: Any, objective: Any, source: Any, hooks: CallbackList, state: Any) -> dict[str, Any]:
    return test(engine, objective, source, state, hooks)


def _preflight(model: Any, batch: dict, validation: dict | None, shuffle: bool, progress: Progress) -> list[str]:
    """What is unwise about these data, shown once: a second `fit` on the same data does not look again."""
    training, facts = model.training_state, model.history.facts
    if model.has_own_steps:  # what its data are for is known to its steps alone
        return []
    is_weighted = any(w is not None for w in batch["w"])
    names = ("data", "validation_data", "class_counts", "losses", "targets")
    key = model.graph, shuffle, is_weighted, *(repr(facts.get(name)) for name in names)
    if training.preflight[0] != key:
        other = None if validation is None else (jax.tree.leaves(validation["x"]), validation["y"])
        x = jax.tree.leaves(batch["x"])
        sentences = preflight(x, batch["y"], other, model, shuffle=shuffle, weighted=is_weighted)
        sentences += target_sentences(facts.get("targets", []))
        progress.notice(sentences)
        training.preflight = key, sentences
    return training.preflight[1]


def _validation_epochs(validation_freq: Any) -> Callable[[int], bool]:
    """Which epochs are validated: every n-th, or those in a list, counted from 1."""
    if isinstance(validation_freq, list | tuple | set):
        return lambda epoch: epoch + 1 in validation_freq
    every = checks.whole("fit", "validation_freq", validation_freq)
    return lambda epoch: (epoch + 1) % every == 0
