"""CompiledMetrics: the metrics of `compile` as a single one, which is how Keras's train steps see them."""

from collections.abc import Sequence
from typing import Any

import jax

from dragonet.metrics import stateless


class CompiledMetrics:
    """The metrics of all outputs; its result is a dict of numbers by name.

    outputs: each with `metrics` by their names in the history, and `weighted`, the names of those that take sample weights.
    """

    name = "compile_metrics"

    def __init__(self, outputs: Sequence[Any]):
        self.outputs = outputs
        self.parts = [metric for output in outputs for metric in output.metrics.values()]

    @property
    def variables(self) -> list[Any]:
        """The current totals of all metrics."""
        return [array for metric in self.parts for array in stateless.variables_of(metric)]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch."""
        trios = zip(self.outputs, jax.tree.leaves(y_true), jax.tree.leaves(y_pred), strict=True)
        for output, truth, prediction in trios:
            for name, metric in output.metrics.items():
                metric.update_state(truth, prediction, sample_weight if name in output.weighted else None)

    def result(self) -> dict[str, Any]:
        """The numbers by name, with the output's name before them where there are several outputs."""
        several = len(self.outputs) > 1
        names = [f"{out.name}_{name}" if several else name for out in self.outputs for name in out.metrics]
        return {name: metric.result() for name, metric in zip(names, self.parts, strict=True)}

    def reset_state(self) -> None:
        """Forget the batches."""
        for metric in self.parts:
            metric.reset_state()

    def stateless_update_state(self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """The totals with a batch added. Pure."""
        with stateless.bound(self.parts, metric_variables):
            self.update_state(*args, **kwargs)
            return self.variables

    def stateless_result(self, metric_variables: Sequence[Any]) -> dict[str, Any]:
        """What these totals amount to. Pure."""
        with stateless.bound(self.parts, metric_variables):
            return self.result()

    def stateless_reset_state(self) -> list[Any]:
        """The totals before the first batch."""
        return [array for metric in self.parts for array in stateless.zeros_of(metric)]
