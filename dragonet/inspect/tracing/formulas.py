"""What a layer computes, forwards and backwards, in a line or two of mathematics."""

from typing import Any

from dragonet.layers import Activation, BatchNormalization, Conv1D, Conv2D, Dense, Dropout, Flatten
from dragonet.layers.convolution.conv import Convolution

ALONG_AN_AXIS = ("softmax", "log_softmax", "sparsemax", "glu")  # where each a depends on several z


def ends_in_activation(layer: Any) -> bool:
    """Whether the last thing that this layer does is its activation, so that it has a z before and an a after.

    >>> ends_in_activation(Dense(1)), ends_in_activation(Dropout(0.5))
    (True, False)
    """
    return isinstance(layer, Dense | Convolution | Activation)


def forward(layer: Any, training: bool = False) -> tuple[str, ...]:
    """From the input x to z, and from z to the output a; for other layers from x to a, as their docstring says it.

    >>> forward(Dense(2, activation="relu"))
    ('z = x W + b', 'a = relu(z)')
    """
    if ends_in_activation(layer):
        after = activation_name(layer)
        return _before(layer), "a = z" if after == "linear" else f"a = {after}(z)"
    if isinstance(layer, BatchNormalization):
        source = "over the batch" if training else "the moving ones"
        gamma, beta = "gamma · " * layer.scale, " + beta" * layer.center
        return (f"a = {gamma}(x − mean) / √(variance + {layer.epsilon:g}){beta}, mean and variance {source}",)
    if type(layer) is Dropout:
        rate = layer.rate
        return (
            f"a = x / (1 − {rate:g}), or 0 with probability {rate:g}"
            if training
            else "a = x (all of it: not training)",
        )
    if isinstance(layer, Flatten):
        return ("a = x, each row as one vector",)
    said = (type(layer).__doc__ or "").strip().split("\n")[0]
    said = said if said.endswith("...") else said.removesuffix(".")
    # A docstring of ours begins with the formula; what it calls y is the a of a trace.
    return ("a" + said[1:] if said.startswith(("y = ", "y[")) else f"a = {layer!r} of x",)


def backward(layer: Any, fused: bool = False) -> tuple[str, ...]:
    """From dL/da back to dL/dz and to the weights of a Dense layer or a convolution; nothing for other layers.

    fused: the loss was computed from z, the activation taken over by it.

    >>> backward(Dense(2, activation="tanh"))
    ("dL/dz = dL/da · tanh'(z)", 'dL/dW = xᵀ dL/dz', 'dL/db = Σ dL/dz over the rows')
    """
    if not ends_in_activation(layer):
        return ()
    after = activation_name(layer)
    if fused:
        z = f"dL/dz of loss and {after} at once, more exact than by way of dL/da"
    elif after == "linear":
        z = "dL/dz = dL/da"
    else:
        z = (
            "dL/dz = dL/da · ∂a/∂z, each row by its own matrix"
            if after in ALONG_AN_AXIS
            else f"dL/dz = dL/da · {after}'(z)"
        )
    if isinstance(layer, Activation):
        return (z,)
    lines, penalised, slope = [z], layer.regularizers(), " + the regularizer's slope"
    if isinstance(layer, Dense | Conv1D | Conv2D):
        W = "xᵀ dL/dz" if isinstance(layer, Dense) else "Σ x · dL/dz over all places where the filter lay"
        lines.append(f"dL/dW = {W}" + slope * ("kernel" in penalised))
    if layer.use_bias:
        over = "the rows" if isinstance(layer, Dense) else "all rows and places"
        lines.append(f"dL/db = Σ dL/dz over {over}" + slope * ("bias" in penalised))
    return tuple(lines)


def activation_name(layer: Any) -> str:
    """The name of a layer's activation.

    >>> activation_name(Dense(1))
    'linear'
    """
    return getattr(layer.activation, "__name__", type(layer.activation).__name__)


def _before(layer: Any) -> str:
    if isinstance(layer, Activation):
        return "z = x"
    kind = type(layer).__name__
    if isinstance(layer, Dense):
        product = "x W"
    elif kind.startswith("Separable"):
        product = "(x ∗ depthwise_kernel) ∗ pointwise_kernel"
    elif kind.startswith("Depthwise"):
        product = "(x ∗ W, each channel by its own filters)"
    else:
        product = "(x ∗ W, transposed)" if kind.endswith("Transpose") else "x ∗ W"
    return f"z = {product} + b" if layer.use_bias else f"z = {product}"
