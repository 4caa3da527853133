"""ModelState: what training keeps about one model, between one `fit` and the next."""

from typing import Any

import jax
import numpy as np

from dragonet.core import errors, session
from dragonet.training.fitting.compile_args import CompileArgs
from dragonet.training.objectives.check import check_step, first_state
from dragonet.training.objectives.protocol import Batch, Objective, State, with_assigned

_CACHES = (
    "objective",
    "span_lengths",
    "preflight",
    "fit",
    "_objective_key",
    "_engines",
    "_plain_outputs",
)  # of these very objects


class ModelState:
    """`model.training_state`: the arguments of `compile`, the arrays that the engine left, caches, and the fit under way.

    `state` is the objective's state after the last step, without what is assignable; None before the first step.
    `steps` counts the steps of all trainings. `span_lengths` say for each batch size how many steps fit into one call of
    the engine, `preflight` what the last look at the data found. `batch_sums` are the sums of `train_on_batch`.
    """

    def __init__(self, model: Any):
        self.model = model
        self.compile_args: CompileArgs | None = None
        self.state: State | None = None
        self.steps = 0
        self.batch_sums: dict[str, Any] | None = None
        self.data_structure: tuple[Any, Any, Any] = (None, None, None)  # of x, y and weights, for a model's own steps
        self._clear_caches()

    def _clear_caches(self) -> None:
        self.objective: Objective | None = None
        self._objective_key: Any = None
        self.span_lengths: dict[int, Any] = {}
        self.preflight: tuple[Any, list[str]] = (None, [])
        self.fit: Any = None
        self._plain_outputs: tuple[Any, list[Any]] = (None, [])
        self._engines: dict[bool, tuple] = {}  # for training and for prediction: key, engine, reason

    def __getstate__(self) -> dict[str, Any]:
        """A copy of a model begins with empty caches."""
        return {name: value for name, value in vars(self).items() if name not in _CACHES}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        self._clear_caches()
        vars(self).update(kept)

    # --- what the model is trained by -------------------------------------------------------------------------------------

    def compile(self, args: CompileArgs) -> None:
        """Train by these from now on. With the same optimizer object as before, its memory stays, as in Keras."""
        before, self.compile_args = self.compile_args, args
        goes_on = before is not None and before.optimizer is args.optimizer
        if not goes_on or self._is_own(before) or self._is_own(args):
            self.forget()
        self.objective = self.batch_sums = None

    @staticmethod
    def _is_own(args: CompileArgs | None) -> bool:
        return args is not None and args.own_objective is not None

    def forget(self) -> None:
        """Nothing of earlier trainings holds: neither the optimizer's memory nor the compiled objective."""
        self.objective = self.state = self.batch_sums = None
        self.steps = 0

    def compiled_for(self, who: str) -> CompileArgs:
        """The arguments of `compile`.

        Raises ValueError where it was not called.
        """
        if self.compile_args is None:
            raise errors.value_error(
                who,
                "compile(optimizer, loss, metrics) before it",
                "a model that was not compiled",
                "Write model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy']).",
            )
        return self.compile_args

    def objective_for(self, y: list) -> Objective:
        """The objective for targets of these shapes; kept, so that the metrics' names and programs stay."""
        key = tuple(None if target is None else target.shape[1:] for target in y), self.model.graph
        if self.objective is None or self._objective_key != key:
            self.objective, self._objective_key = self.compiled_for("fit").objective(self.model, y), key
            self.span_lengths, self.batch_sums = {}, None
        return self.objective

    def plain_outputs(self, y: Any) -> list[Any]:
        """How `compile` says that each output is scored; kept for targets of the same shapes, as metrics hold their sums."""
        leaves = jax.tree.leaves(y)
        key = self.compile_args, self.model.graph, tuple(np.shape(leaf)[1:] for leaf in leaves)
        if self._plain_outputs[0] != key:
            self._plain_outputs = key, self.compiled_for("fit").plain_outputs(self.model, leaves)
        return self._plain_outputs[1]

    @property
    def seed(self) -> int:
        """The seed of order and random numbers: the model's own, or the session's."""
        return session.seed() if self.model.seed is None else self.model.seed

    # --- where it is trained ----------------------------------------------------------------------------------------------

    @property
    def chosen_engine(self) -> str:
        """The engine argument of `compile`: 'auto', 'xla' or 'native'."""
        return self.compile_args.engine if self.compile_args else "auto"

    def engine(self, learn: bool = True) -> Any:
        """The engine for training and testing, or for prediction alone."""
        return self.engine_and_reason(learn)[0]

    def engine_and_reason(self, learn: bool = True) -> tuple[Any, str]:
        """The engine, and why it is this one; chosen once for a graph and what is frozen in it."""
        from dragonet.engines.choice import engine_for

        wanted, graph = self.chosen_engine, self.model.graph
        wanted = "auto" if wanted == "native" and not learn else wanted
        key = (wanted, self.model.threads, graph)
        if learn:
            key += (self.compile_args, *(layer.trainable for layer in graph.flat))
        if self._engines.get(learn, (None,))[0] != key:
            no_targets: list[np.ndarray | None] = [None for _ in self.model.target_names]
            objective = self.compiled_for("fit").objective(self.model, no_targets) if learn else None
            self._engines[learn] = key, *engine_for(wanted, graph, objective, self.model.threads)
        return self._engines[learn][1:]

    # --- its arrays: from the variables to the engine and back ------------------------------------------------------------

    @property
    def stop_training(self) -> bool:
        """Whether a callback asked for the end of the training."""
        return self.model.stop_training

    @stop_training.setter
    def stop_training(self, value: bool) -> None:
        self.model.stop_training = value

    def start(self, objective: Objective, batch: Batch, rows: int) -> State:
        """The state to start from: the last one or a new one, with the variables as they are now and metrics at zero.

        batch, rows: the data, and how many rows of them a step sees, for an objective that starts anew.
        """
        if self.state is not None:
            return self.refresh(objective, objective.reset_metrics(self.state))
        weights = jax.tree.map(np.array, self.model.graph.gather())  # copies, since a step uses them up
        if self.compiled_for("fit").own_objective is None:
            state = objective.init_state(None, batch)
        else:
            state = self._first_state(objective, batch, weights)
            check_step(objective, state, batch, rows)
        return with_assigned(objective, objective.with_weights(state, weights))

    def _first_state(self, objective: Objective, batch: Batch, weights: Any) -> State:
        state = first_state(objective, batch, self.seed)
        if jax.tree.map(np.shape, objective.weights(state)) != jax.tree.map(np.shape, weights):
            raise errors.value_error(
                f"{type(objective).__name__}.weights",
                "to return the pair (params, state) of the model's graph",
                "something else",
                "Write init_state so that the state holds model.graph.gather().",
            )
        return state

    def refresh(self, objective: Objective, state: State) -> State:
        """The state with what a user may have assigned: learning rates, `trainable`, weights.

        The buffers that the engine left in the variables are used on; any others are copied, since a step uses them up.
        """
        weights = self.model.graph.gather()
        pairs = zip(jax.tree.leaves(weights), jax.tree.leaves(objective.weights(state)), strict=True)
        if not all(a is b for a, b in pairs):
            state = objective.with_weights(state, jax.tree.map(np.array, weights))
        return with_assigned(objective, state)

    def publish(self, objective: Objective, state: State, steps: int) -> None:
        """Put the engine's arrays into the model's variables, after so many steps in all."""
        self.model.graph.scatter(*objective.weights(state))
        assignable = objective.assignable()
        self.state = {name: value for name, value in state.items() if name not in assignable}
        self.steps, self.batch_sums = steps, None
        if self.model.optimizer is not None:
            self.model.optimizer.iterations = steps

    def restore_weights(self, objective: Objective, weights: Any) -> None:
        """Put back weights after a failure in which the state was lost."""
        self.model.graph.scatter(*weights)
        self.state, self.batch_sums, self.steps = None, None, 0

    def put_optimizer_state(self, opt: dict[str, Any]) -> None:
        """Let the next training go on from an optimizer's memory, from a file."""
        params, running = jax.tree.map(np.array, self.model.graph.gather())
        self.state, self.steps = {"params": params, "state": running, "opt": opt}, int(opt["iterations"])
        self.model.optimizer.iterations = self.steps

    @property
    def optimizer_state(self) -> dict[str, Any]:
        """The optimizer's memory as it is now; as before the first step, where there was none."""
        if self.state is not None:
            return self.state["opt"]
        return self.model.optimizer.init(self.model.graph.gather()[0])
