"""The exact decision boundary of a linear model, in the coordinates of its input."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from dragonet import activations, layers
from dragonet.core import arguments, errors
from dragonet.graph.graph import Graph
from dragonet.graph.tensors import Node
from dragonet.inspect.performance.classifier_outputs import outputs_logits

# These layers are affine functions of a row in inference, without an activation.
_AFFINE = (
    layers.Activation,
    layers.ActivityRegularization,
    layers.Add,
    layers.Average,
    layers.BatchNormalization,
    layers.Concatenate,
    layers.Dense,
    layers.Dropout,
    layers.Flatten,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.Identity,
    layers.Normalization,
    layers.Permute,
    layers.Rescaling,
    layers.Reshape,
    layers.Subtract,
)
_LAST = (activations.sigmoid, activations.softmax, activations.linear)  # they do not change where the boundary is


@arguments.checked
def boundary_line(model: object) -> tuple[np.ndarray, float]:
    """w and b of a linear model of two classes, whose boundary is w·x + b = 0; the second class is where w·x + b > 0.

    Normalization, Rescaling and all other affine layers are multiplied out, in float64, so that x is the model's own input.
    model: a model of dragonet with no activation but that of the last layer, or a fitted estimator with `coef_` and
    `intercept_`. Shapes: w as one row of x. Raises ValueError for a model that is not linear, or of more than two classes.

    >>> from dragonet import Sequential
    >>> model = Sequential([layers.Rescaling(0.1, input_shape=(2,)), layers.Dense(1, activation="sigmoid")])
    >>> model.layers[1].set_weights([np.array([[1.0], [-2.0]]), np.array([0.5])])
    >>> w, b = boundary_line(model)
    >>> w.round(6).tolist(), b
    ([0.1, -0.2], 0.5)
    """
    reason = why_not_linear(model)
    if reason:
        instead = "decision_regions(model, x) shows the boundary of any model of two features."
        raise errors.value_error("boundary_line", "a model that is linear up to its last activation", reason, instead)
    W, b = linear_scores(model)
    if len(W) != 2:
        instead = "decision_regions(model, x).lines has the boundaries between each two."
        raise errors.value_error("boundary_line", "a model of two classes", f"one of {len(W)}", instead)
    return W[1] - W[0], float(b[1] - b[0])


def why_not_linear(model: Any) -> str:
    """The reason why the model's scores are not linear; empty for a linear model."""
    if not hasattr(model, "graph"):
        has_weights = hasattr(model, "coef_") and hasattr(model, "intercept_")
        return "" if has_weights else f"{errors.short_repr(model)}, which has no coef_ and intercept_"
    graph = model.graph
    if len(graph.input_list) != 1 or len(graph.output_list) != 1:
        return f"{len(graph.input_list)} inputs and {len(graph.output_list)} outputs"
    last = graph.output_list[0].node
    for node in _layer_calls(graph):
        allowed = _LAST if node is last else (activations.linear,)
        if type(node.layer) not in _AFFINE or getattr(node.layer, "activation", activations.linear) not in allowed:
            return f"the layer {node.layer!r}"
    in_shape, out_shape = graph.input_list[0].shape, graph.output_list[0].shape
    if None in in_shape[1:]:
        return f"an input of shape {in_shape}, whose size is not known"
    return "" if len(out_shape) == 2 else f"an output of shape {out_shape}"


def linear_scores(model: Any) -> tuple[np.ndarray, np.ndarray]:
    """W and b in float64, where class k has the score W_k·x + b_k and the largest decides; for two classes W_0 and b_0 are 0.

    Shapes: W (classes, ...) with the axes of a row of x, b (classes,). The model must be linear: see `why_not_linear`.
    """
    if hasattr(model, "graph"):
        W, b = _multiply_out(model)
    else:
        W = np.atleast_2d(np.asarray(model.coef_, np.float64))
        b = np.broadcast_to(np.asarray(model.intercept_, np.float64), len(W))
    return class_scores(W, b)


def class_scores(W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A single score becomes that of the second class, beside a score of 0 for the first; several are returned as they are."""
    return (np.concatenate([0 * W, W]), np.concatenate([0 * b, b])) if len(W) == 1 else (W, b)


def _multiply_out(model: Any) -> tuple[np.ndarray, np.ndarray]:
    """W and b before the last activation, from the scores of 0 and of each unit vector."""
    import jax
    import jax.numpy as jnp

    graph = model.graph
    last, shape = graph.output_list[0].node, graph.input_list[0].shape[1:]
    n = math.prod(shape)
    with jax.enable_x64(True):  # the differences of float32 would lose digits
        params, state = jax.tree.map(lambda array: jnp.asarray(np.asarray(array, np.float64)), graph.gather())
        rows = np.concatenate([np.zeros((1, n)), np.eye(n)]).reshape(-1, *shape)
        scores = np.asarray(graph.run(params, state, rows, logits={id(last)})[0])
    b, W = scores[0], (scores[1:] - scores[0]).T.reshape(-1, *shape)
    is_plain = getattr(last.layer, "activation", activations.linear) is activations.linear
    if len(W) == 1 and is_plain and not outputs_logits(model):
        b = b - 0.5  # an output above 0.5 is the second class, as in predict_classes
    return W, b


def _layer_calls(graph: Graph) -> Iterator[Node]:
    """All calls of layers, also those in nested models."""
    for node in graph.nodes:
        if hasattr(node.layer, "graph"):
            yield from _layer_calls(node.layer.graph)
        else:
            yield node
