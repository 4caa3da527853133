"""Saliency: which parts of an input a network's answer hangs on, by gradients."""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from dragonet.core import arguments, checks, errors, memory_limit
from dragonet.graph.graph import Graph
from dragonet.graph.tensors import Node, tensors
from dragonet.inspect.performance.scoring import Question, Score, score
from dragonet.layers import Embedding
from dragonet.layers.convolution.conv import Convolution


@dataclass(frozen=True, eq=False)
class Saliency:
    """What each part of each row of x has to do with the row's score, the logit of its target class.

    Shapes: values (n, ...) as x, or (n, *positions) without its channels for 'grad_cam' and 'occlusion'; target (n,), as
    the classes are called; score (n,); baseline_score (n,), f(baseline) of 'integrated_gradients', else None. positions:
    the axes of x that are steps, pixels or features. layer: the one that 'grad_cam' looked at.
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
        """One number a position, (n, *positions): of gradients the largest absolute one of the channels, of others the sum."""
        channels = tuple(axis for axis in range(1, self.values.ndim) if axis not in self.positions)
        if self.values.ndim == 1 + len(self.positions):
            channels = ()
        return np.abs(self.values).max(channels) if self.method == "gradient" else self.values.sum(channels)


@arguments.checked
def saliency(
    model: arguments.Network,
    x: Any,
    target: Any = None,
    method: str = "gradient",
    *,
    baseline: arguments.Numbers = 0.0,
    steps: int = 50,
    layer: Any = None,
) -> Saliency:
    """Which parts of each row of x the model's answer hangs on; works on rows of tables, series and images.

    f(x) is the logit of the target class: what goes into the last softmax or sigmoid, since behind these the gradient of
    a sure answer vanishes. For one sigmoid unit class 1 has the logit z and class 0 has −z; without either activation f
    is the output itself. method:
        "gradient": ∂f/∂x, by how much f would rise for a small rise of x (Simonyan et al. 2014)
        "integrated_gradients": (x − x₀) ∫₀¹ ∂f/∂x (x₀ + α (x − x₀)) dα, in `steps` midpoints from the `baseline` x₀; its
            values add up to f(x) − f(x₀) but for the error of the steps (Sundararajan et al. 2017)
        "grad_cam": relu(Σ_k α_k A_k), A_k being the channels of a convolution and α_k the mean of ∂f/∂A_k over its
            positions, brought to the size of x by linear interpolation (Selvaraju et al. 2017)
    Shapes: x (n, ...); target one class or (n,), as numbers or the words that the model was trained on, the predicted
    class of each row unless given; baseline a number, a row, or as x. layer: for "grad_cam", the last convolution unless
    given. Raises ValueError for a model of several inputs or outputs, for unknown classes, and for gradients with respect
    to the whole numbers that an Embedding looks up.

    What it cannot show: a gradient tells of a small change around x, not of x without the part; it is noisy, and it is 0
    where f is saturated. Integrated gradients depend on what the baseline means. Grad-CAM is coarse, and hides what speaks
    against the class. None says whether the parts act together, or whether the world works as the model does: a map
    of a model that has learned a flaw of the data looks as convincing. Compare with an untrained model (Adebayo et al. 2018).

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, activation="sigmoid")])
    >>> model.set_weights([np.array([[3.0], [-1.0]]), np.zeros(1)])
    >>> found = saliency(model, [[2.0, 1.0]], method="integrated_gradients")
    >>> found.values.round(4).tolist(), found.score.tolist(), found.baseline_score.tolist()
    ([[6.0, -1.0]], [5.0], [0.0])
    """
    if method not in _METHODS:
        raise errors.unknown_name("method of saliency", method, _METHODS)
    held = score("saliency", model, x, target)
    if method == "gradient":
        _differentiable(held)
        return _found(method, held, _gradients(held, held.x, held.weight))
    if method == "grad_cam":
        return _grad_cam(held, layer)
    _differentiable(held)
    x0 = _baseline(held.x, baseline)
    values = _along_path(held, x0, checks.whole("saliency", "steps", steps))
    return _found(method, held, values, baseline_score=held.of(x0, held.weight))


_METHODS = ("gradient", "integrated_gradients", "grad_cam")


def _found(method: str, held: Score, values: np.ndarray, **more: Any) -> Saliency:
    return Saliency(method, values, held.target, held.of(held.x, held.weight), held.places, **more)


def _differentiable(held: Score) -> None:
    """Refuse whole numbers that stand for words or letters: they cannot change a little."""
    for node in held.found.graph.nodes:
        if isinstance(node.layer, Embedding):
            got = f"whole numbers, which {node.layer.name!r} looks up"
            instead = (
                "Write method='grad_cam', or use inspect.occlusion, whose fill is the number that stands for nothing."
            )
            raise errors.value_error("saliency by gradients", "an input that can change a little", got, instead)


def _gradients(held: Score, x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """∂f/∂x for each row."""

    def function(params, state, arrays):
        def total(x):  # rows do not mix, so the slope of the sum is each row's own
            z = held.graph.run(params, state, x, logits=held.logits)[0]
            return (z * arrays[1]).sum()

        return jax.grad(total)(arrays[0])

    return Question(("gradient", *held.identity()), function).ask_rows(held.variables, [x, weight])


def _baseline(x: np.ndarray, baseline: Any) -> np.ndarray:
    x0 = np.asarray(baseline, np.float64)
    if x0.shape not in ((), x.shape[1:], x.shape):
        needs = f"a baseline that is a number, a row {x.shape[1:]} or of x's shape {x.shape}"
        raise errors.value_error("saliency", needs, f"shape {x0.shape}")
    if not np.isfinite(x0).all():
        raise errors.value_error("saliency", "a baseline of finite numbers", "NaN or infinity")
    return np.broadcast_to(x0, x.shape).astype(x.dtype)


def _along_path(held: Score, x0: np.ndarray, steps: int) -> np.ndarray:
    """The mean gradient on the way from x₀ to x, times the way."""
    memory_limit.check(f"saliency(steps={steps})", steps * (8 + 3 * held.x[:1].nbytes), "Some fifty steps are enough.")
    alpha = (np.arange(steps) + 0.5) / steps
    way = held.x - x0
    values = np.empty(held.x.shape, np.float64)
    for i in range(len(way)):
        path = x0[i] + alpha.reshape(-1, *(1,) * way[i].ndim) * way[i]
        slopes = _gradients(held, path.astype(held.x.dtype), np.repeat(held.weight[i : i + 1], steps, axis=0))
        values[i] = slopes.mean(axis=0, dtype=np.float64) * way[i]
    return values


def _grad_cam(held: Score, layer: Any) -> Saliency:
    node = _looked_at(held, layer)
    tensor = tensors(node.outputs)[0]
    axes = tuple(held.reaches[id(tensor)][axis].axis for axis in held.places)  # of the positions, in the layer's output
    channel = next(axis for axis in range(1, tensor.ndim) if axis not in axes)
    before = Graph(held.graph.inputs, tensor)
    after = Graph([tensor, *held.graph.input_list], held.graph.output_list[0])
    sizes = tuple(held.x.shape[axis] for axis in held.places)
    order = (0, *(1 + sorted(axes).index(axis) for axis in axes))  # a Permute may have turned them

    def function(params, state, arrays):
        own = [dict(zip(map(id, held.graph.flat), part, strict=True)) for part in (params, state)]

        def of(graph):
            return [tuple(part[id(layer)] for layer in graph.flat) for part in own]

        A = before.run(*of(before), arrays[0])[0]

        def total(A):
            z = after.run(*of(after), [A, arrays[0]], logits=held.logits)[0]
            return (z * arrays[1]).sum()

        alpha = jax.grad(total)(A).mean(axes, keepdims=True)
        weighed = jax.nn.relu((alpha * A).sum(channel)).transpose(order)
        return jax.image.resize(weighed, (len(weighed), *sizes), "linear")

    key = ("grad_cam", *held.identity(), held.graph.nodes.index(node))
    values = Question(key, function).ask_rows(held.variables, [held.x, held.weight])
    return _found("grad_cam", held, values, layer=held.found.label(node))


def _looked_at(held: Score, layer: Any) -> Node:
    """The call whose output Grad-CAM weighs: of a layer that still has channels at positions of the input."""

    def fits(node):
        tensor = tensors(node.outputs)[0]
        return set(held.places) <= set(held.reaches[id(tensor)] or {}) and tensor.ndim == len(held.places) + 2

    if layer is not None:
        node = held.found.find(layer)[0]
        if not fits(node):
            got = f"{held.found.label(node)!r}, whose output has none"
            raise errors.value_error("saliency by grad_cam", "a layer whose output has positions and channels", got)
        return node
    for node in reversed(held.graph.nodes):
        if isinstance(node.layer, Convolution) and fits(node):
            return node
    instead = "Write method='gradient' or method='integrated_gradients'."
    raise errors.value_error("saliency by grad_cam", "a model with a convolution", "one without", instead)
