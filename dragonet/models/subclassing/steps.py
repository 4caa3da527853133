"""Train and test steps in Keras's form on JAX: pure functions on lists of arrays, which a user's class may override."""

import inspect
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from dragonet.core import errors
from dragonet.core.serialization import is_ours
from dragonet.graph import call_scope
from dragonet.graph.call_scope import CallScope
from dragonet.layers.subclassing.stateless import StatelessCalls
from dragonet.metrics import stateless
from dragonet.metrics.base import Metric
from dragonet.metrics.mean import Mean
from dragonet.models.subclassing.compiled_metrics import CompiledMetrics

OVERRIDDEN = ("train_step", "test_step", "compute_loss", "compute_loss_and_updates", "compute_metrics")
_PAGE = "docs/subclassing.md shows such a step."


class Steps(StatelessCalls):
    """The part of a model that makes the steps of `fit` where a user's class overrides one of them."""

    optimizer: Any
    training_state: Any
    _loss_tracker: Mean | None = None
    _compiled_metrics: CompiledMetrics | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not is_ours(cls):
            for name in ("train_step", "test_step"):
                check_signature(cls, name)

    @property
    def has_own_steps(self) -> bool:
        """Whether the class of the model overrides a step, or what a step consists of."""
        return any(not is_ours(getattr(type(self), name)) for name in OVERRIDDEN)

    # --- losses and metrics -----------------------------------------------------------------------------------------------

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The losses of `compile`, each with its weight, and what `losses` lists."""
        outputs = self.training_state.plain_outputs(y)
        leaves = zip(outputs, jax.tree.leaves(y), jax.tree.leaves(y_pred), strict=False)
        parts = [out.weight * out.loss(truth, p, sample_weight=sample_weight) for out, truth, p in leaves if out.loss]
        return sum([*parts, *self.losses], jnp.zeros(()))

    def stateless_compute_loss(
        self,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        metrics_variables: Sequence[Any],
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> tuple[Any, tuple[list[Any], list[Any], list[Any]]]:
        """`compute_loss` on lists of arrays: the loss, and the three lists after it. Pure."""
        values = self._bound_values(trainable_variables, non_trainable_variables)
        more = {"training": training} if "training" in inspect.signature(self.compute_loss).parameters else {}
        metrics = _parts(self.metrics)
        with call_scope.entered(CallScope(values, training)), stateless.bound(metrics, metrics_variables):
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, **more)
            totals = [array for metric in metrics for array in stateless.variables_of(metric)]
        after = [values[id(variable)] for variable in self.non_trainable_variables]
        return loss, (list(trainable_variables), after, totals)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Add a batch to the metrics of `compile`; the results of all metrics by name."""
        if self._compiled_metrics is not None:
            self._compiled_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """The results of all metrics by name."""
        results: dict[str, Any] = {}
        for metric in self.metrics:
            value = metric.result()
            results |= value if isinstance(value, dict) else {metric.name: value}
        return results

    @property
    def metrics_variables(self) -> list[Any]:
        """The totals of all metrics."""
        return [array for metric in self.metrics for array in metric.variables]

    @property
    def metrics(self) -> list[Any]:
        """Of a model with steps of its own the mean of the loss, the metrics of `compile` as one, and those that it holds."""
        if not self.has_own_steps:
            return super().metrics  # pyright: ignore[reportAttributeAccessIssue]
        shared = [metric for metric in (self._loss_tracker, self._compiled_metrics) if metric is not None]
        own = [value for value in vars(self).values() if isinstance(value, Metric) and value is not self._loss_tracker]
        return [*shared, *own]

    def begin_steps(self, y: Any) -> None:
        """Make the metrics that Keras makes in `compile`, for targets of these shapes; forget the losses of earlier calls."""
        if self._loss_tracker is None:
            self._loss_tracker = Mean("loss")
        self._losses = []
        outputs = self.training_state.plain_outputs(y)
        self._compiled_metrics = CompiledMetrics(outputs) if any(out.metrics for out in outputs) else None

    # --- steps ------------------------------------------------------------------------------------------------------------

    def compute_loss_and_updates(
        self,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        metrics_variables: Sequence[Any],
        x: Any,
        y: Any,
        sample_weight: Any,
        training: bool = False,
        optimizer_variables: Any = None,
    ) -> tuple[Any, tuple[Any, Any, list[Any], list[Any]]]:
        """The loss to differentiate, and (loss, predictions, non-trainable variables, totals of the metrics). Pure."""
        y_pred, non_trainable_variables, losses = self.stateless_call(
            trainable_variables, non_trainable_variables, x, return_losses=True, training=training
        )
        self._losses_override = losses
        try:
            loss, (_, non_trainable_variables, metrics_variables) = self.stateless_compute_loss(
                trainable_variables,
                non_trainable_variables,
                metrics_variables,
                x=x,
                y=y,
                y_pred=y_pred,
                sample_weight=sample_weight,
                training=training,
            )
        finally:
            self._losses_override = None
        scaled = self.optimizer.scale_loss(loss) if training and self.optimizer is not None else loss
        return scaled, (loss, y_pred, list(non_trainable_variables), list(metrics_variables))

    def train_step(self, state: Any, data: Any) -> tuple[dict[str, Any], Any]:
        """One step: (trainable, non-trainable, optimizer, metrics) variables and a batch in, logs and the new state out."""
        trainable, non_trainable, optimizer_variables, metrics_variables = state
        x, y, sample_weight = unpack(data)
        gradient = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)
        (_, (loss, y_pred, non_trainable, metrics_variables)), grads = gradient(
            trainable,
            non_trainable,
            metrics_variables,
            x,
            y,
            sample_weight,
            training=True,
            optimizer_variables=optimizer_variables,
        )
        trainable, optimizer_variables = self.optimizer.stateless_apply(optimizer_variables, grads, trainable)
        logs, metrics_variables = self._count(metrics_variables, loss, x, y, y_pred, sample_weight)
        return logs, (trainable, non_trainable, optimizer_variables, metrics_variables)

    def test_step(self, state: Any, data: Any) -> tuple[dict[str, Any], Any]:
        """The same without learning, on (trainable, non-trainable, metrics) variables."""
        trainable, non_trainable, metrics_variables = state
        x, y, sample_weight = unpack(data)
        _, (loss, y_pred, non_trainable, metrics_variables) = self.compute_loss_and_updates(
            trainable, non_trainable, metrics_variables, x, y, sample_weight, training=False
        )
        logs, metrics_variables = self._count(metrics_variables, loss, x, y, y_pred, sample_weight)
        return logs, (trainable, non_trainable, metrics_variables)

    def _count(self, variables: Sequence[Any], loss: Any, x: Any, y: Any, y_pred: Any, weight: Any) -> tuple:
        """The logs, and the totals of the metrics with a batch added."""
        metrics = _parts(self.metrics)
        with stateless.bound(metrics, variables):
            if self._loss_tracker is not None and self._loss_tracker in metrics:
                rows = len(jax.tree.leaves(x)[0])
                self._loss_tracker.update_state(loss, sample_weight=rows)
            logs = self.compute_metrics(x, y, y_pred, weight)
            return logs, [array for metric in metrics for array in stateless.variables_of(metric)]


def unpack(data: Any) -> tuple[Any, Any, Any]:
    """x, y and the sample weights of a batch; None for what it lacks."""
    parts = tuple(data) if isinstance(data, tuple | list) else (data,)
    x, y, sample_weight = (*parts, None, None, None)[:3]
    return x, y, sample_weight


def _parts(metrics: Sequence[Any]) -> list[Any]:
    """The metrics with those of `compile` taken one by one, in the order of their variables."""
    return [part for metric in metrics for part in getattr(metric, "parts", [metric])]


def check_signature(cls: type, name: str) -> None:
    """Refuse a step in TensorFlow's form, which takes the data alone.

    Raises TypeError.
    """
    step = getattr(cls, name)
    if is_ours(step) or not callable(step):
        return
    names = [parameter.name for parameter in inspect.signature(step).parameters.values()]
    if len(names) < 3 and not any(p.kind is p.VAR_POSITIONAL for p in inspect.signature(step).parameters.values()):
        raise errors.type_error(
            f"The model {cls.__name__}",
            f"{name}(self, state, data), Keras's form on JAX, whose gradient is jax.value_and_grad",
            f"{name}({', '.join(names)}), the form of TensorFlow with its GradientTape",
            _PAGE,
        )
