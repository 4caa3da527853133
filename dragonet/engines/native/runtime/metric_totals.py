"""Add the sums that a program counted in each step to the totals of losses and metrics."""

import functools
from collections.abc import Callable, Iterable
from typing import Any

import jax
import numpy as np

from dragonet.core import forked
from dragonet.engines.native.plan.step_plan import Plan
from dragonet.metrics.mean import Averaging


def counted(
    objective: Any,
    plan: Plan,
    totals: list[dict],
    sums: dict[str, Any],
    out: np.ndarray,
    rows: int,
    penalties: np.ndarray,
    predictions_of: Callable[[Any], Iterable[tuple]],
) -> tuple[list[dict], dict[str, Any]]:
    """The metrics' totals and the sums of losses, with these rows added.

    out (pieces, figures): sums over each piece's rows. penalties (pieces,): the regularizers' penalty times the piece's rows.
    predictions_of(loss): batches (y, predictions, weights) of one output, for metrics that the program cannot count.
    """
    pieces = len(out)
    after: list[dict] = [dict(by_metric) for by_metric in totals]
    total, column = penalties.astype(np.float64), 0
    figures = dict(sums, rows=np.float64(sums["rows"]) + rows)
    for loss in plan.losses:
        output, metric_totals = objective.outputs[loss.index], after[loss.index]
        total = total + out[:, column] * np.float64(output.weight)
        if len(objective.outputs) > 1:
            figures[f"{output.name}_loss"] = _added(sums[f"{output.name}_loss"], out[:, column])
        for place, name in enumerate(loss.counted, column + 1):
            count = np.float32(np.asarray(metric_totals[name]["count"])) + np.float32(rows)
            metric_totals[name] = {
                "total": np.float32(_added(metric_totals[name]["total"], out[:, place])),
                "count": count,
            }
        others = {name: metric for name, metric in output.metrics.items() if name not in loss.counted}
        if others and pieces:
            metric_totals |= _from_predictions(others, output, metric_totals, predictions_of(loss))
        column += 1 + len(loss.counted)
    return after, figures | {"loss": _added(sums["loss"], total)}


def values(objective: Any) -> Callable | None:
    """The function totals -> metrics by name, where all metrics are means of counted sums; else None, and XLA computes them."""
    every = [(out, name) for out in objective.outputs for name in out.metrics]
    if any(type(out.metrics[name]).compute is not Averaging.compute for out, name in every):
        return None
    names = objective.metric_names

    def means(totals: list[dict]) -> dict[str, float]:
        by_metric = [sums[name] for sums, out in zip(totals, objective.outputs, strict=True) for name in out.metrics]
        pairs = [(float(metric["total"]), float(metric["count"])) for metric in by_metric]
        return {name: total / count if count else 0.0 for name, (total, count) in zip(names, pairs, strict=True)}

    return means


def _added(before: Any, values: np.ndarray) -> np.float64:
    """A running sum in the order of the steps, so that the result does not depend on where spans end."""
    return np.add.accumulate(np.concatenate([[np.float64(before)], values.astype(np.float64)]))[-1]


def _from_predictions(metrics: dict, output: Any, metric_totals: dict, batches: Iterable[tuple]) -> dict:
    forked.check_xla(f"The metric {next(iter(metrics))!r}")
    update, totals = _update(output, tuple(metrics)), {name: metric_totals[name] for name in metrics}
    for y, predictions, w in batches:
        totals = update(totals, y, predictions, w)
    return totals


@functools.lru_cache(maxsize=16)
def _update(output: Any, names: tuple[str, ...]) -> Callable:
    def update(totals: dict, y: Any, predictions: Any, w: Any) -> dict:
        metrics = {name: output.metrics[name] for name in names}
        return {
            name: metric.update(totals[name], y, predictions, w if name in output.weighted else None)
            for name, metric in metrics.items()
        }

    return jax.jit(update)
