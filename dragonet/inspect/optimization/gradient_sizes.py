"""The norm of the gradient in each layer: whether it vanishes or explodes from the output back to the input."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.core import arguments, errors
from dragonet.inspect.batch import ModelData
from dragonet.inspect.tracing.trace_step import trace


@dataclass(frozen=True, eq=False)
class GradientNorms:
    """The norm of the gradient in each of k layers, from the input to the output.

    Shapes: layers (k,) names, weights (k,) the norm of dL/dw over all weights of the layer, nan for a layer without weights,
    outputs (k,) the norm of dL/da. `loss` is L.
    """

    layers: tuple[str, ...]
    weights: np.ndarray
    outputs: np.ndarray
    loss: float

    def __str__(self) -> str:
        width = max(len("layer"), *map(len, self.layers))
        rows = zip(self.layers, self.weights, self.outputs, strict=True)
        lines = [f"{name:<{width}}  {_format(w):>9}  {_format(a):>9}" for name, w, a in rows]
        return "\n".join([f"{'layer':<{width}}  {'|dL/dw|':>9}  {'|dL/da|':>9}", *lines])


@arguments.leaving("x", "y", "sample_weight")
@errors.user_facing
def gradient_norms(
    model: arguments.Network, x: ModelData, y: ModelData, sample_weight: ModelData | None = None
) -> GradientNorms:
    """The norms √Σ(dL/dw)² and √Σ(dL/da)² of each layer on this batch, in float64.

    By the chain rule, dL/da of a layer is that of the next layer times the next layer's slope and weights. The slope of a
    sigmoid is at most 1/4, so that through many layers the gradient vanishes (Hochreiter 1991; Bengio, Simard and Frasconi
    1994).
    Shapes: x (n, ...), y as for `fit`; the model is compiled and not changed. All intermediate values of the batch are
    stored, so use a few hundred rows.
    What it cannot show: how fast a layer learns. An optimizer such as Adam divides by the gradient's size.
    Raises ValueError as `trace`.

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((1,))] + [layers.Dense(1, "sigmoid", name=f"d{i}") for i in range(3)])
    >>> model.compile("sgd", "mse")
    >>> norms = gradient_norms(model, [[1.0]], [0.0])
    >>> norms.layers, bool(norms.outputs[0] < norms.outputs[2] / 4)
    (('d0', 'd1', 'd2'), True)
    """
    if y is None:
        raise errors.value_error("gradient_norms", "y, the targets", "None", "Write gradient_norms(model, x, y).")
    steps = trace(model, x, y, sample_weight)
    assert steps.loss is not None  # a trace with y has a loss
    return GradientNorms(
        layers=tuple(step.name for step in steps),
        weights=np.array([_norm([weight.gradient for weight in step.weights.values()]) for step in steps]),
        outputs=np.array([_norm(step.da if isinstance(step.da, tuple) else [step.da]) for step in steps]),
        loss=steps.loss,
    )


def _norm(arrays: Sequence[Any]) -> float:
    return float(np.sqrt(sum((array**2).sum() for array in arrays))) if len(arrays) else np.nan


def _format(number: float) -> str:
    return "–" if np.isnan(number) else f"{number:.3g}"
