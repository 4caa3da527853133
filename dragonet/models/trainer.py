"""What can be done with a model: compile, fit, evaluate, predict, and a batch at a time; Keras's arguments and results."""

import os
from collections.abc import Callable
from typing import Any, Literal

import jax
import numpy as np

from dragonet.core import arguments, checks, errors, session
from dragonet.engines.base import processors
from dragonet.training.data import arrays, labels
from dragonet.training.fit.compile_args import Compiled, compiled
from dragonet.training.fit.fit_metadata import answering, facts_after, facts_of, notice_overflow, notice_test
from dragonet.training.history import History


class Trainer:
    """The part of a model that learns. The network itself is in `graph`; how it learns, in dragonet/training."""

    stop_training = False
    _classes: np.ndarray | None = None
    encoder: Any = None  # data.Encoder or ArrayScaling, which makes numbers of raw rows before the model sees them
    target_scaling: Any = (
        None  # data.ArrayScaling of targets that float32 cannot hold: the network works on scaled ones
    )
    history: History | None = None
    _compiled: Compiled | None = None
    _objective: Any = None
    _live: dict[str, Any] | None = None  # the state that the engine left, used on while the variables still hold it
    seed: int | None = None  # of order and dice; the session's, unless a Fleet gave it one of its own
    threads: int | None = None  # for the native engine; all of them, unless a Fleet shares them out
    _fit: Any = None
    _span_lengths: dict | None = None  # how long steps of the objective took, for the next fit
    _looked: tuple | None = None  # at which data, and what was noticed
    _choices: dict[bool, tuple] | None = (
        None  # the engines for training and for prediction, with what they were chosen by
    )

    def __getstate__(self) -> dict[str, Any]:
        """What a copy takes along: not what was made for the very objects of this model."""
        made = ("_objective", "_objective_key", "_span_lengths", "_choices", "_fit", "_looked")
        return {name: held for name, held in vars(self).items() if name not in made}

    @property
    def classes_(self) -> np.ndarray | None:
        """What the classes are called, in the order of their numbers; None where labels are class numbers.

        The first training on words fixes them; assign a list to fix them before, or None to forget them.
        """
        return self._classes

    @classes_.setter
    def classes_(self, names: Any) -> None:
        self._classes = labels.class_names(names)

    @arguments.flags_checked
    @errors.user_facing
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: str | bool = "auto",
        auto_scale_loss: bool = True,
        *,
        engine: str = "auto",
    ) -> None:
        """Say how the model learns: by which optimizer, from which loss, watched by which metrics.

        Names, objects and functions are taken. run_eagerly, steps_per_execution, jit_compile and auto_scale_loss are
        for Keras's sake: the compiled loop replaces them. An optimizer object that the model was compiled with before keeps
        its moments and iterations. engine: 'xla' runs every model, 'native' those it knows, faster on
        a CPU; 'auto' takes the native one where it can.
        Raises ValueError with the nearest name for a misspelt one.
        """
        before, live = self.optimizer, self._live
        if not arguments.fits(jit_compile, bool | Literal["auto"]):
            raise errors.type_error(
                "compile", "jit_compile to be True, False or 'auto'", errors.short_repr(jit_compile)
            )
        if not (isinstance(steps_per_execution, str) and steps_per_execution == "auto"):
            checks.whole("compile", "steps_per_execution", steps_per_execution)
        self._compiled = compiled(optimizer, loss, loss_weights, metrics, weighted_metrics, engine)
        self._objective = self._live = None
        if live and before is self.optimizer:  # the same object goes on from its state, as in Keras
            self._live = {name: live[name] for name in ("params", "state", "opt") if name in live}

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called."""
        return self._compiled is not None

    @property
    def optimizer(self) -> Any:
        """The optimizer, whose learning_rate may be assigned at any time."""
        return self._compiled.optimizer if self._compiled else None

    @property
    def loss(self) -> Any:
        """The loss as it was given."""
        return self._compiled.given["loss"] if self._compiled else None

    @property
    def metrics(self) -> list:
        """The metrics as objects, once data were seen."""
        return [metric for out in self._objective.outputs for metric in out.metrics.values()] if self._objective else []

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns, in order."""
        if self._objective is None:
            return ["loss"]
        return [*self._objective.figures, *self._objective.metric_names]

    def _needs_compile(self, who: str) -> Compiled:
        if self._compiled is None:
            raise errors.value_error(
                who,
                "compile(optimizer, loss, metrics) before it",
                "a model that was not compiled",
                "Write model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy']).",
            )
        return self._compiled

    # --- fit ------------------------------------------------------------------------------------------------------------

    @arguments.flags_checked
    @errors.user_facing
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        *,
        preflight: bool = True,
    ) -> History:
        """Train for `epochs` rounds over the data, in batches of `batch_size` (32); returns the History.

        x, y: arrays, tables, lists, or dicts and lists of them; or x alone: a generator, an iterable of batches, a PyDataset.
        The other arguments are Keras's. preflight: look at some rows first (of arrays only; a few hundredths of a second), and
        say in a line each what would spoil the training: features on other scales than each other's or the network's, rows
        that are in training and validation data, classes that are missing or uneven, columns that hold one value. What was
        noticed, warnings too, is in `history.facts["noticed"]`. Raises ValueError or TypeError, in one sentence, for data
        that the model cannot learn from; warns of what is unwise. Ctrl-C ends the training with consistent weights.
        """
        from dragonet.callbacks.callback_list import CallbackList
        from dragonet.callbacks.lambda_callback import LambdaCallback
        from dragonet.training.data.sources import Rows
        from dragonet.training.data.stream import Stream
        from dragonet.training.fit.loop import Fit
        from dragonet.training.fit.testing import test
        from dragonet.training.progress import Progress

        self._needs_compile("fit")
        epochs, initial_epoch = (
            checks.whole("fit", "epochs", epochs, 0),
            checks.whole("fit", "initial_epoch", initial_epoch, 0),
        )
        split = checks.fraction("fit", "validation_split", validation_split)
        validation_epochs = _when(validation_freq)
        noticed: list[str] = []
        with errors.capture_warnings(noticed), labels.numbering_kept(self):
            feed = self._feed(x, y, sample_weight, class_weight, who="fit", learns=True)
            held_out = None
            if validation_data is not None:
                held_out = self._validation(validation_data)
            elif split:
                feed, held_out = feed.split(split)
            source = feed.source(batch_size, shuffle=shuffle, steps=steps_per_epoch)
            objective = self._objective_for(feed.first["y"])
            history = self.history = History()
            history.model = self
            history.params = {"verbose": verbose, "epochs": epochs, "steps": source.steps}
            history.engine = self._engine_and_why()[1]
            asked = {"epochs": epochs, "batch_size": getattr(source, "batch_size", None), "processors": processors()}
            history.facts |= facts_of(feed.first, held_out.first if held_out else None, objective, asked)
            # The history hears of an epoch after the callbacks, which may add to its figures, and before a checkpoint is written.
            told = LambdaCallback(on_epoch_end=history.append)
            told._logs_alone = True
            hooks = CallbackList(
                [callbacks, told],
                self,
                {**history.params, "validation": held_out is not None},
            )
            if hooks.steps_until_hook() == 1 and isinstance(source, Stream):
                source.at_once = 1  # a hook and the code that makes the batches take turns
            if validation_batch_size is not None:
                checks.whole("fit", "validation_batch_size", validation_batch_size)
            validate = None
            if held_out is not None:
                validation = held_out.source(
                    validation_batch_size or batch_size,
                    shuffle=False,
                    steps=validation_steps,
                    test=not hooks.wants_batches("test"),
                )
                validate = lambda state: test(feed.engine, objective, validation, state, hooks)  # noqa: E731
            progress = Progress(verbose, epochs, source.steps)
            if preflight and isinstance(source, Rows):
                noticed += self._preflight(feed.first, held_out and held_out.first, shuffle, progress)
            history.facts["noticed"] = noticed
            self._fit = Fit(
                self,
                objective,
                feed.engine,
                source,
                seed=session.seed() if self.seed is None else self.seed,
                epochs=epochs,
                initial_epoch=initial_epoch,
                callbacks=hooks,
                progress=progress,
                validate=validate,
                validation_epochs=validation_epochs,
                history=history,
                span_lengths=self._span_lengths,
            )
            try:
                self._fit.run()
                notice_overflow(self.graph.flat)
            finally:
                if getattr(self._fit.engine, "failed", False):
                    history.engine = "xla: the native engine could not make its code for this model"
                self._fit = None
            # A resumed training goes on from the facts of its checkpoint.
            history.facts["noticed"] = list(dict.fromkeys([*history.facts.get("noticed", []), *noticed]))
            history.facts |= facts_after(hooks.callbacks)
            history.answering = answering(self, history, (held_out or feed).first)
            return history

    def _preflight(self, batch: dict, held_out: dict | None, shuffle: bool, progress: Any) -> list[str]:
        """What is to be noticed of these data, said once: a second `fit` on the same ones need not look again."""
        from dragonet.training.data.targets import target_sentences
        from dragonet.training.fit.preflight import preflight

        weighted = any(w is not None for w in batch["w"])
        told = ("data", "validation_data", "class_counts", "losses", "targets")
        key = self.graph, shuffle, weighted, *(repr(self.history.facts.get(name)) for name in told)
        if self._looked is None or self._looked[0] != key:
            other = None if held_out is None else (jax.tree.leaves(held_out["x"]), held_out["y"])
            found = preflight(jax.tree.leaves(batch["x"]), batch["y"], other, self, shuffle=shuffle, weighted=weighted)
            found += target_sentences(self.history.facts["targets"])
            progress.notice(found)
            self._looked = key, found
        return self._looked[1]

    def _fit_snapshot(self, path: str | os.PathLike) -> None:
        """For callbacks: write all that going on from here needs."""
        from dragonet.training.fit import snapshot

        snapshot.write(self._fit, path)

    def _fit_restore(self, path: str | os.PathLike) -> None:
        """For callbacks: go on from a checkpoint."""
        from dragonet.training.fit import snapshot

        snapshot.read(self._fit, path)

    # --- evaluate and predict ---------------------------------------------------------------------------------------------

    @arguments.flags_checked
    @errors.user_facing
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss and the metrics on data that it does not learn from: a list in the order of `metrics_names`, or a dict.

        A lone loss comes as a number. batch_size None: as large as is quick.
        """
        from dragonet.callbacks.callback_list import CallbackList
        from dragonet.training.fit.testing import test
        from dragonet.training.progress import Progress

        self._needs_compile("evaluate")
        feed = self._feed(x, y, sample_weight, None, who="evaluate")
        hooks = CallbackList(callbacks, self, {})
        source = feed.source(batch_size, shuffle=False, steps=steps, test=not hooks.wants_batches("test"))
        objective = self._objective_for(feed.first["y"])
        hooks.set_params({"verbose": verbose, "epochs": 1, "steps": source.steps})
        if self.history is not None and self._fit is None:
            notice_test(self.history, feed.first)
        progress = Progress(verbose, 1, source.steps)
        progress.begin_test(source.steps)
        try:
            logs = test(feed.engine, objective, source, self.training_state(objective), hooks, progress)
            progress.end_test(logs)
        finally:
            progress.close()
        if return_dict:
            return logs
        return list(logs.values()) if len(logs) > 1 else logs["loss"]

    @errors.user_facing
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The outputs for x as NumPy arrays, rows in their order. batch_size None: as large as is quick."""
        from dragonet.callbacks.callback_list import CallbackList
        from dragonet.training.fit.predict import predict

        checks.one_of("predict", "verbose", verbose, ("auto", 0, 1, 2))

        return predict(self, x, batch_size, steps, CallbackList(callbacks, self, {}))

    @errors.user_facing
    def predict_classes(self, x: Any) -> np.ndarray:
        """The most probable class of each row, as the word or number that the labels used.

        Raises ValueError for a model with several outputs.
        """
        p = self.predict(x)
        if not isinstance(p, np.ndarray):
            raise errors.value_error("predict_classes", "a model of one output", f"{len(p)} outputs")
        even = 0.0 if getattr(self.loss, "from_logits", False) else 0.5
        index = (p[..., 0] > even).astype(int) if p.shape[-1] == 1 else p.argmax(-1)
        if self.classes_ is None:
            return index
        if index.max() >= len(self.classes_):
            needs, got = (
                f"a name for class {index.max()}",
                f"{len(self.classes_)}, {errors.short_repr(self.classes_.tolist())}",
            )
            raise errors.value_error(
                "predict_classes", needs, got, "Write model.classes_ = [...], a name for each output."
            )
        return self.classes_[index]

    # --- a batch at a time ------------------------------------------------------------------------------------------------

    @arguments.flags_checked
    @errors.user_facing
    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One step on this batch; the loss and the metrics of the steps since `reset_metrics`, as `fit` would show them."""
        from dragonet.training.fit.by_batch import train_on_batch

        self._needs_compile("train_on_batch")
        with labels.numbering_kept(self):
            return train_on_batch(self, x, y, sample_weight, class_weight, return_dict)

    @arguments.flags_checked
    @errors.user_facing
    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """The loss and the metrics on this batch, without learning."""
        logs = self.evaluate(
            x,
            y,
            batch_size=max(1, arrays.rows(arrays.inputs(x))),
            verbose=0,
            sample_weight=sample_weight,
            return_dict=True,
        )
        return logs if return_dict else list(logs.values()) if len(logs) > 1 else logs["loss"]

    @errors.user_facing
    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for this batch as NumPy arrays."""
        return self.predict(x, batch_size=max(1, arrays.rows(arrays.inputs(x))), verbose=0)

    def reset_metrics(self) -> None:
        """Count the metrics of `train_on_batch` from zero."""
        if self._live is not None:
            self._live.pop("totals", None)
            self._live.pop("sums", None)

    # --- between model and engine -----------------------------------------------------------------------------------------

    def _engine(self, learn: bool = True) -> Any:
        return self._engine_and_why(learn)[0]

    def _engine_and_why(self, learn: bool = True) -> tuple[Any, str]:
        """The engine for training and testing, or for prediction alone; found once for a graph and what is frozen in it."""
        from dragonet.engines.choice import engine_for

        wanted = "auto" if self.chosen_engine == "native" and not learn else self.chosen_engine
        key = (wanted, self.threads, self.graph)
        if learn:
            key += (self._compiled, *(layer.trainable for layer in self.graph.flat))
        self._choices = self._choices or {}
        if self._choices.get(learn, (None,))[0] != key:
            objective = self._compiled.objective(self, [None] * len(self.target_names)) if learn else None
            self._choices[learn] = key, *engine_for(wanted, self.graph, objective, self.threads)
        return self._choices[learn][1:]

    def engine_for_training(self) -> Any:
        """The engine that `fit` and `evaluate` run on; XLA while the model is not built, whatever comes after."""
        return self._engine() if self.built else None

    def compile_arguments(self) -> dict[str, Any]:
        """What `compile` was given, to compile another model the same."""
        return {**self._compiled.given, "engine": self._compiled.engine}

    @property
    def chosen_engine(self) -> str:
        """What `compile` was told: 'auto', 'xla' or 'native'."""
        return self._compiled.engine if self._compiled else "auto"

    def _feed(self, x: Any, y: Any, sample_weight: Any, class_weight: Any, who: str, **how: bool) -> Any:
        from dragonet.training.data.adapter import feed

        return feed(self, x, y, sample_weight, class_weight, who, **how)

    def _validation(self, given: Any) -> Any:
        if isinstance(given, tuple | list):
            if len(given) not in (2, 3):
                raise errors.value_error(
                    "fit", "validation_data=(x, y) or (x, y, sample_weight)", f"{len(given)} things"
                )
            return self._feed(given[0], given[1], given[2] if len(given) == 3 else None, None, who="validation_data")
        return self._feed(given, None, None, None, who="validation_data")

    def _objective_for(self, y: list) -> Any:
        """The objective for targets of these shapes; kept, so that the metrics' names and programs stay."""
        key = tuple(None if one is None else one.shape[1:] for one in y), self.graph
        if self._objective is None or self._objective_key != key:
            self._objective, self._objective_key, self._span_lengths = self._compiled.objective(self, y), key, {}
        return self._objective

    def training_state(self, objective: Any, state: dict | None = None) -> dict[str, Any]:
        """The state of a step: the variables as they are now, the optimizer's, and what a user may assign.

        The buffers that the engine left in the variables are used on; any others are copied, since a step uses them up.
        """
        state = state or self._live or {}
        params, running = self.graph.gather()
        same = "params" in state and all(
            a is b
            for a, b in zip(
                jax.tree.leaves((params, running)), jax.tree.leaves((state["params"], state["state"])), strict=True
            )
        )
        if not same:
            params, running = jax.tree.map(np.array, (params, running))
        optimizer = self.optimizer
        rate = optimizer.learning_rate
        return {
            **state,
            "params": params,
            "state": running,
            "opt": state["opt"] if "opt" in state else jax.tree.map(np.asarray, optimizer.init(params)),
            "totals": state["totals"] if "totals" in state else objective.zero_totals(),
            "learning_rate": None if callable(rate) else np.float32(rate),
            "trainable": np.array([layer.trainable for layer in self.graph.flat]),
        }

    def leave_weights(self, state: dict[str, Any], step: int) -> None:
        """Put the engine's arrays back into the variables, after `step` steps in all."""
        self.graph.scatter(state["params"], state["state"])
        self._live = {name: state[name] for name in ("params", "state", "opt")}
        self.optimizer.iterations = step

    def forget_optimizer_state(self) -> None:
        """Start the optimizer over."""
        self._live = None

    def _forget_training(self) -> None:
        """The architecture changed: nothing that was compiled holds."""
        self._objective = self._live = None


def _when(validation_freq: Any) -> Callable[[int], bool]:
    """Which epochs are validated: every n-th, or those in a list, counted from 1."""
    if isinstance(validation_freq, list | tuple | set):
        return lambda epoch: epoch + 1 in validation_freq
    every = checks.whole("fit", "validation_freq", validation_freq)
    return lambda epoch: (epoch + 1) % every == 0
