"""The exact boundary of a linear model, in the coordinates that its data came in."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from dragonet import activations, layers
from dragonet.core import arguments, errors
from dragonet.inspect.performance.classifier_outputs import outputs_logits

# What these do with a row is linear, up to a constant, when they do not train and have no activation.
_LINEAR = (
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
_LAST = (activations.sigmoid, activations.softmax, activations.linear)  # none of them moves the boundary


@arguments.checked
def boundary_line(model: Any) -> tuple[np.ndarray, float]:
    """w and b of a linear model of two classes, whose boundary is w·x + b = 0; above 0 lies the second class.

    Normalization, Rescaling and whatever else is linear in the model is multiplied out, in float64, so that x is what
    the model is given. Taken are models of dragonet without activations but the last, and fitted ones with `coef_`
    and `intercept_`. Shapes: w as one row of x. Raises ValueError for a model that is not linear, or of more classes.

    >>> from dragonet import Sequential
    >>> model = Sequential([layers.Rescaling(0.1, input_shape=(2,)), layers.Dense(1, activation="sigmoid")])
    >>> model.layers[1].set_weights([np.array([[1.0], [-2.0]]), np.array([0.5])])
    >>> w, b = boundary_line(model)
    >>> w.round(6).tolist(), b
    ([0.1, -0.2], 0.5)
    """
    obstacle = why_not_linear(model)
    if obstacle:
        instead = "decision_regions(model, x) shows the boundary of any model of two features."
        raise errors.value_error("boundary_line", "a model that is linear up to its last activation", obstacle, instead)
    W, b = linear_scores(model)
    if len(W) != 2:
        instead = "decision_regions(model, x).lines has the boundaries between each two."
        raise errors.value_error("boundary_line", "a model of two classes", f"one of {len(W)}", instead)
    return W[1] - W[0], float(b[1] - b[0])


def why_not_linear(model: Any) -> str:
    """What is in the way of calling the model's scores linear; empty where nothing is."""
    if not hasattr(model, "graph"):
        fitted = hasattr(model, "coef_") and hasattr(model, "intercept_")
        return "" if fitted else f"{errors.short_repr(model)}, which has no coef_ and intercept_"
    graph = model.graph
    if len(graph.input_list) != 1 or len(graph.output_list) != 1:
        return f"{len(graph.input_list)} inputs and {len(graph.output_list)} outputs"
    last = graph.output_list[0].node
    for node in _nodes(graph):
        free = _LAST if node is last else (activations.linear,)
        if type(node.layer) not in _LINEAR or getattr(node.layer, "activation", activations.linear) not in free:
            return f"the layer {node.layer!r}"
    came, went = graph.input_list[0].shape, graph.output_list[0].shape
    if None in came[1:]:
        return f"an input of shape {came}, whose size is not known"
    return "" if len(went) == 2 else f"an output of shape {went}"


def linear_scores(model: Any) -> tuple[np.ndarray, np.ndarray]:
    """W and b in float64, where class k's score is W_k·x + b_k and the largest wins; of two classes, W_0 and b_0 are 0.

    Shapes: W (classes, ...) with the axes of a row of x, b (classes,). The model must be one that is linear.
    """
    if hasattr(model, "graph"):
        W, b = _multiplied_out(model)
    else:
        W = np.atleast_2d(np.asarray(model.coef_, np.float64))
        b = np.broadcast_to(np.asarray(model.intercept_, np.float64), len(W))
    return two_sided(W, b)


def two_sided(W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A single score as that of the second class against a 0 of the first; several stay."""
    return (np.concatenate([0 * W, W]), np.concatenate([0 * b, b])) if len(W) == 1 else (W, b)


def _multiplied_out(model: Any) -> tuple[np.ndarray, np.ndarray]:
    """A linear map is known from what it makes of 0 and of each unit vector; here of what comes before the last activation."""
    import jax
    import jax.numpy as jnp

    graph = model.graph
    last, shape = graph.output_list[0].node, graph.input_list[0].shape[1:]
    n = math.prod(shape)
    with jax.enable_x64(True):  # in float32 the differences would lose digits
        params, state = jax.tree.map(lambda held: jnp.asarray(np.asarray(held, np.float64)), graph.gather())
        rows = np.concatenate([np.zeros((1, n)), np.eye(n)]).reshape(-1, *shape)
        scores = np.asarray(graph.run(params, state, rows, logits={id(last)})[0])
    b, W = scores[0], (scores[1:] - scores[0]).T.reshape(-1, *shape)
    bare = getattr(last.layer, "activation", activations.linear) is activations.linear
    if len(W) == 1 and bare and not outputs_logits(model):
        b = b - 0.5  # a number is the second class from there on, as for predict_classes
    return W, b


def _nodes(graph: Any) -> Iterator[Any]:
    """All calls of layers, those in nested models too."""
    for node in graph.nodes:
        if hasattr(node.layer, "graph"):
            yield from _nodes(node.layer.graph)
        else:
            yield node
