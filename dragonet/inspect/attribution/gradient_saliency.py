"""Saliency: which parts of an input a network's prediction depends on, by gradients."""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors, memory_limit
from dragonet.graph.graph import Graph
from dragonet.graph.tensors import Node, tensors
from dragonet.inspect.performance.scoring import ModelFunction, TargetScore, target_score
from dragonet.layers import Embedding
from dragonet.layers.base import Layer
from dragonet.layers.convolution.conv import Convolution


@dataclass(frozen=True, eq=False)
class Saliency:
    """How much each part of each row of x contributes to the row's score, the logit of its target class.

    Shapes: values (n, ...) as x, or (n, *positions) without its channels for 'grad_cam' and 'occlusion'; target (n,), the
    names of the classes; score (n,); baseline_score (n,), f(baseline) of 'integrated_gradients', else None. positions:
    the axes of x that are steps, pixels or features. layer: the one whose output 'grad_cam' used.
    """

    method: str
    values: np.ndarray
    target: np.ndarray
    score: np.ndarray
    positions: tuple[int, ...]
    baseline_score: np.ndarray | None = None
    layer: str | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def map(self) -> np.ndarray:
        """One number for each position, (n, *positions): the largest |gradient| over the channels; for other methods the sum."""
        channels = tuple(axis for axis in range(1, self.values.ndim) if axis not in self.positions)
        if self.values.ndim == 1 + len(self.positions):
            channels = ()
        return np.abs(self.values).max(channels) if self.method == "gradient" else self.values.sum(channels)


@arguments.leaving("x", "target", "layer")
def saliency(
    model: arguments.Network,
    x: ArrayLike,
    target: ArrayLike | None = None,
    method: str = "gradient",
    *,
    baseline: float | arguments.Numbers = 0.0,
    steps: int = 50,
    layer: str | Layer | None = None,
) -> Saliency:
    """Which parts of each row of x the model's prediction depends on; for rows of tables, series and images.

    f(x) is the logit of the target class: the input of the last softmax or sigmoid, because after these the gradient of
    a confident prediction vanishes. For one sigmoid unit, class 1 has the logit z and class 0 has −z; without softmax or
    sigmoid f is the output itself. method:
        "gradient": ∂f/∂x, the change of f for a small change of x (Simonyan et al. 2014)
        "integrated_gradients": (x − x₀) ∫₀¹ ∂f/∂x (x₀ + α (x − x₀)) dα, by `steps` midpoints from the `baseline` x₀; its
            values add up to f(x) − f(x₀), up to the error of the midpoint rule (Sundararajan et al. 2017)
        "grad_cam": relu(Σ_k α_k A_k), where A_k are the channels of a convolution and α_k the mean of ∂f/∂A_k over its
            positions, resized to x by linear interpolation (Selvaraju et al. 2017)
    Shapes: x (n, ...); target one class or (n,), as numbers or as the labels that the model was trained on, by default the
    predicted class of each row; baseline a number, a row, or as x. layer: for "grad_cam", by default the last convolution.
    Raises ValueError for a model of several inputs or outputs, for unknown classes, and for gradients with respect to the
    integers that an Embedding looks up.

    What it cannot show: a gradient is about a small change of x, not about x without the part; it is noisy, and it is 0
    where f is saturated. Integrated gradients depend on what the baseline means. Grad-CAM has a low resolution, and hides
    evidence against the class. None shows interactions between parts, or whether the model is right: the map of a model
    that has learned a flaw of the data looks as convincing. Compare with an untrained model (Adebayo et al. 2018).

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, activation="sigmoid")])
    >>> model.set_weights([np.array([[3.0], [-1.0]]), np.zeros(1)])
    >>> result = saliency(model, [[2.0, 1.0]], method="integrated_gradients")
    >>> result.values.round(4).tolist(), result.score.tolist(), result.baseline_score.tolist()
    ([[6.0, -1.0]], [5.0], [0.0])
    """
    if method not in _METHODS:
        raise errors.unknown_name("method of saliency", method, _METHODS)
    score = target_score("saliency", model, x, target)
    if method == "gradient":
        _check_differentiable(score)
        return _result(method, score, _gradients(score, score.x, score.weight))
    if method == "grad_cam":
        return _grad_cam(score, layer)
    _check_differentiable(score)
    x0 = _baseline(score.x, baseline)
    values = _integrated_gradients(score, x0, checks.whole("saliency", "steps", steps))
    return _result(method, score, values, baseline_score=score.compute(x0, score.weight))


_METHODS = ("gradient", "integrated_gradients", "grad_cam")


def _result(method: str, score: TargetScore, values: np.ndarray, **fields: Any) -> Saliency:
    return Saliency(method, values, score.target, score.compute(score.x, score.weight), score.positions, **fields)


def _check_differentiable(score: TargetScore) -> None:
    """Refuse integers that stand for words or letters: there is no gradient with respect to them."""
    for node in score.flat.graph.nodes:
        if isinstance(node.layer, Embedding):
            got = f"whole numbers, which {node.layer.name!r} looks up"
            instead = "Write method='grad_cam', or use inspect.occlusion, whose fill is the number of the empty token."
            raise errors.value_error("saliency by gradients", "an input of real numbers", got, instead)


def _gradients(score: TargetScore, x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """∂f/∂x for each row."""

    def function(params, state, arrays):
        def total(x):  # rows do not interact, so the gradient of the sum has the gradient of each row
            z = score.graph.run(params, state, x, logits=score.logits)[0]
            return (z * arrays[1]).sum()

        return jax.grad(total)(arrays[0])

    return ModelFunction(("gradient", *score.identity()), function).evaluate_rows(score.variables, [x, weight])


def _baseline(x: np.ndarray, baseline: float | arguments.Numbers) -> np.ndarray:
    x0 = np.asarray(baseline, np.float64)
    if x0.shape not in ((), x.shape[1:], x.shape):
        needs = f"a baseline that is a number, a row {x.shape[1:]} or of x's shape {x.shape}"
        raise errors.value_error("saliency", needs, f"shape {x0.shape}")
    if not np.isfinite(x0).all():
        raise errors.value_error("saliency", "a baseline of finite numbers", "NaN or infinity")
    return np.broadcast_to(x0, x.shape).astype(x.dtype)


def _integrated_gradients(score: TargetScore, x0: np.ndarray, steps: int) -> np.ndarray:
    """The mean gradient on the line from x₀ to x, times x − x₀."""
    memory_limit.check(f"saliency(steps={steps})", steps * (8 + 3 * score.x[:1].nbytes), "Some fifty steps are enough.")
    alpha = (np.arange(steps) + 0.5) / steps
    difference = score.x - x0
    values = np.empty(score.x.shape, np.float64)
    for i in range(len(difference)):
        path = x0[i] + alpha.reshape(-1, *(1,) * difference[i].ndim) * difference[i]
        gradients = _gradients(score, path.astype(score.x.dtype), np.repeat(score.weight[i : i + 1], steps, axis=0))
        values[i] = gradients.mean(axis=0, dtype=np.float64) * difference[i]
    return values


def _grad_cam(score: TargetScore, layer: str | Layer | None) -> Saliency:
    node = _find_feature_map(score, layer)
    tensor = tensors(node.outputs)[0]
    reaches = score.reaches[id(tensor)] or {}
    axes = tuple(reaches[axis].axis for axis in score.positions)  # of the positions, in the layer's output
    channel = next(axis for axis in range(1, tensor.ndim) if axis not in axes)
    before = Graph(score.graph.inputs, tensor)
    after = Graph([tensor, *score.graph.input_list], score.graph.output_list[0])
    sizes = tuple(score.x.shape[axis] for axis in score.positions)
    order = (0, *(1 + sorted(axes).index(axis) for axis in axes))  # a Permute may have exchanged them

    def function(params, state, arrays):
        by_layer = [dict(zip(map(id, score.graph.flat), tree, strict=True)) for tree in (params, state)]

        def variables(graph):
            params, state = (tuple(tree[id(layer)] for layer in graph.flat) for tree in by_layer)
            return params, state

        A = before.run(*variables(before), arrays[0])[0]

        def total(A):
            z = after.run(*variables(after), [A, arrays[0]], logits=score.logits)[0]
            return (z * arrays[1]).sum()

        alpha = jax.grad(total)(A).mean(axes, keepdims=True)
        weighted = jax.nn.relu((alpha * A).sum(channel)).transpose(order)
        return jax.image.resize(weighted, (len(weighted), *sizes), "linear")

    key = ("grad_cam", *score.identity(), score.graph.nodes.index(node))
    values = ModelFunction(key, function).evaluate_rows(score.variables, [score.x, score.weight])
    return _result("grad_cam", score, values, layer=score.flat.label(node))


def _find_feature_map(score: TargetScore, layer: str | Layer | None) -> Node:
    """The layer call whose output Grad-CAM weighs, which must have channels at positions of the input."""

    def has_positions(node):
        tensor = tensors(node.outputs)[0]
        return set(score.positions) <= set(score.reaches[id(tensor)] or {}) and tensor.ndim == len(score.positions) + 2

    if layer is not None:
        node = score.flat.find(layer)[0]
        if not has_positions(node):
            got = f"{score.flat.label(node)!r}, whose output has none"
            raise errors.value_error("saliency by grad_cam", "a layer whose output has positions and channels", got)
        return node
    for node in reversed(score.graph.nodes):
        if isinstance(node.layer, Convolution) and has_positions(node):
            return node
    instead = "Write method='gradient' or method='integrated_gradients'."
    raise errors.value_error("saliency by grad_cam", "a model with a convolution", "one without", instead)
