"""A layer's forward and backward pass, in a line or two of mathematics."""

from typing import Any

from dragonet.layers import Activation, BatchNormalization, Conv1D, Conv2D, Dense, Dropout, Flatten
from dragonet.layers.base import Layer
from dragonet.layers.convolution.conv import Convolution

ALONG_AN_AXIS = ("softmax", "log_softmax", "sparsemax", "glu")  # each a depends on several z


def ends_in_activation(layer: Layer) -> bool:
    """Whether the last operation of this layer is its activation, so that there is a z before it and an a after it.

    >>> ends_in_activation(Dense(1)), ends_in_activation(Dropout(0.5))
    (True, False)
    """
    return isinstance(layer, Dense | Convolution | Activation)


def forward(layer: Layer, training: bool = False) -> tuple[str, ...]:
    """From the input x to z, and from z to the output a; for other layers from x to a, from their docstring.

    >>> forward(Dense(2, activation="relu"))
    ('z = x W + b', 'a = relu(z)')
    """
    if ends_in_activation(layer):
        activation = activation_name(layer)
        return _before_activation(layer), "a = z" if activation == "linear" else f"a = {activation}(z)"
    if isinstance(layer, BatchNormalization):
        source = "over the batch" if training else "the moving ones"
        gamma, beta = "gamma · " * layer.scale, " + beta" * layer.center
        return (f"a = {gamma}(x − mean) / √(variance + {layer.epsilon:g}){beta}, mean and variance {source}",)
    if type(layer) is Dropout:
        rate = layer.rate
        return (
            f"a = x / (1 − {rate:g}), or 0 with probability {rate:g}"
            if training
            else "a = x (no dropout outside of training)",
        )
    if isinstance(layer, Flatten):
        return ("a = x, each row as one vector",)
    summary = (type(layer).__doc__ or "").strip().split("\n")[0]
    summary = summary if summary.endswith("...") else summary.removesuffix(".")
    # The docstring of a layer begins with the formula, in which y is the a of a trace.
    return ("a" + summary[1:] if summary.startswith(("y = ", "y[")) else f"a = {layer!r} of x",)


def backward(layer: Layer, is_fused: bool = False) -> tuple[str, ...]:
    """From dL/da back to dL/dz and to the weights of a Dense layer or a convolution; nothing for other layers.

    is_fused: whether the loss was computed from z, so that the activation is part of the loss.

    >>> backward(Dense(2, activation="tanh"))
    ("dL/dz = dL/da · tanh'(z)", 'dL/dW = xᵀ dL/dz', 'dL/db = Σ dL/dz over the rows')
    """
    if not ends_in_activation(layer):
        return ()
    activation = activation_name(layer)
    if is_fused:
        z = f"dL/dz of loss and {activation} together, more exact than from dL/da"
    elif activation == "linear":
        z = "dL/dz = dL/da"
    elif activation in ALONG_AN_AXIS:
        z = "dL/dz = dL/da · ∂a/∂z, with a Jacobian matrix for each row"
    else:
        z = f"dL/dz = dL/da · {activation}'(z)"
    if isinstance(layer, Activation):
        return (z,)
    lines, regularized, penalty = [z], layer.regularizers(), " + the regularizer's gradient"
    if isinstance(layer, Dense | Conv1D | Conv2D):
        W = "xᵀ dL/dz" if isinstance(layer, Dense) else "Σ x · dL/dz over all positions of the filter"
        lines.append(f"dL/dW = {W}" + penalty * ("kernel" in regularized))
    if layer.use_bias:
        over = "the rows" if isinstance(layer, Dense) else "all rows and positions"
        lines.append(f"dL/db = Σ dL/dz over {over}" + penalty * ("bias" in regularized))
    return tuple(lines)


def activation_name(layer: Layer) -> str:
    """The name of a layer's activation.

    >>> activation_name(Dense(1))
    'linear'
    """
    activation = getattr(layer, "activation", None)
    return getattr(activation, "__name__", type(activation).__name__)


def _before_activation(layer: Any) -> str:
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
