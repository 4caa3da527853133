"""How large the gradient is in each layer: whether it vanishes, or explodes, on its way back to the input."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet.core import arguments, errors
from dragonet.inspect.tracing.trace_step import trace


@dataclass(frozen=True, eq=False)
class GradientNorms:
    """The length of the gradient in each of k layers, from the input to the output.

    Shapes: layers (k,) names, weights (k,) the norm of dL/dw over all weights of the layer, nan where it has none,
    outputs (k,) the norm of dL/da. `loss` is L.
    """

    layers: tuple[str, ...]
    weights: np.ndarray
    outputs: np.ndarray
    loss: float

    def __str__(self) -> str:
        wide = max(len("layer"), *map(len, self.layers))
        rows = zip(self.layers, self.weights, self.outputs, strict=True)
        lines = [f"{name:<{wide}}  {_shown(w):>9}  {_shown(a):>9}" for name, w, a in rows]
        return "\n".join([f"{'layer':<{wide}}  {'|dL/dw|':>9}  {'|dL/da|':>9}", *lines])


@arguments.checked
@errors.user_facing
def gradient_norms(model: arguments.Network, x: Any, y: Any, sample_weight: Any = None) -> GradientNorms:
    """The norms √Σ(dL/dw)² and √Σ(dL/da)² of each layer on this batch, in float64.

    By the chain rule dL/da of a layer is that of the next, times its slope and its weights. The sigmoid's slope is at
    most 1/4, so that through many layers little is left: the gradient vanishes (Hochreiter 1991; Bengio, Simard and
    Frasconi 1994).
    Shapes: x (n, ...), y as for `fit`; the model is compiled and stays as it is. Every number of the batch is kept on
    the way, so a few hundred rows are plenty.
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
        raise errors.value_error("gradient_norms", "y, the right answers", "None", "Write gradient_norms(model, x, y).")
    steps = trace(model, x, y, sample_weight)
    return GradientNorms(
        layers=tuple(step.name for step in steps),
        weights=np.array([_norm([weight.gradient for weight in step.weights.values()]) for step in steps]),
        outputs=np.array([_norm(step.da if isinstance(step.da, tuple) else [step.da]) for step in steps]),
        loss=steps.loss,
    )


def _norm(arrays: Any) -> float:
    return float(np.sqrt(sum((array**2).sum() for array in arrays))) if len(arrays) else np.nan


def _shown(number: float) -> str:
    return "–" if np.isnan(number) else f"{number:.3g}"
