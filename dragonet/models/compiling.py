"""What a model is trained by: `compile`, and its arguments."""

from typing import Any

from dragonet.core import arguments, errors
from dragonet.training.fitting.compile_args import check_ignored, compile_args
from dragonet.training.model_state import ModelState
from dragonet.training.objectives.protocol import Objective


class Compiling:
    """The part of a model that holds how it learns."""

    seed: int | None = None  # of order and random numbers; None: the session's
    threads: int | None = None  # for the native engine; None: all of them

    @property
    def training_state(self) -> ModelState:
        """What training keeps about the model: arguments of `compile`, the optimizer's memory, the `fit` under way."""
        if "_training_state" not in vars(self):
            self._training_state = ModelState(self)
        return self._training_state

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
        objective: Objective | None = None,
        engine: str = "auto",
    ) -> None:
        """Say how the model learns: by which optimizer, from which loss, watched by which metrics.

        Names, objects and functions are taken. run_eagerly, steps_per_execution, jit_compile and auto_scale_loss are
        for Keras's sake: the compiled loop replaces them. An optimizer object that the model was compiled with before keeps
        its moments and iterations. objective: a `training.Objective` of your own, which takes the place of all of these.
        engine: 'xla' runs every model, 'native' those it knows, faster on a CPU; 'auto' takes the native one where it can.
        Raises ValueError with the nearest name for a misspelt one.
        """
        check_ignored(steps_per_execution, jit_compile)
        args = compile_args(optimizer, loss, loss_weights, metrics, weighted_metrics, objective, engine)
        self.training_state.compile(args)

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called."""
        return self.training_state.compile_args is not None

    @property
    def optimizer(self) -> Any:
        """The optimizer, whose learning_rate may be assigned at any time."""
        args = self.training_state.compile_args
        return args.optimizer if args else None

    @property
    def loss(self) -> Any:
        """The loss as it was passed to `compile`."""
        args = self.training_state.compile_args
        return args.loss if args else None

    @property
    def metrics(self) -> list:
        """The metrics as objects, once data were seen."""
        outputs = getattr(self.training_state.objective, "outputs", ())
        return [metric for output in outputs for metric in output.metrics.values()]

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns, in order."""
        objective = self.training_state.objective
        return ["loss"] if objective is None else [*objective.figures, *objective.metric_names]

    def compile_arguments(self) -> dict[str, Any]:
        """The arguments of `compile`, to compile another model the same."""
        args = self.training_state.compiled_for("compile_arguments")
        return {**args.as_passed, "engine": args.engine}
