"""The number that saliency and occlusion explain: the logit of a target class, computed in batches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dragonet import activations
from dragonet.core import arguments, errors
from dragonet.engines.xla.engine import XLA
from dragonet.graph.graph import Graph
from dragonet.inspect.performance.labels import class_indices
from dragonet.inspect.structure.flatten_graph import FlatModel, class_names, flatten, one_input
from dragonet.inspect.structure.receptive_field_graph import AxisReaches, compute_reaches, sliding_axes
from dragonet.layers import Softmax
from dragonet.training.data.adapter import even_size

_ROWS = 256  # rows at a time


@dataclass(frozen=True, eq=False)
class ModelFunction:
    """A function of (params, state, arrays) that the engine compiles, stores and runs as if it were a graph."""

    key: tuple
    function: Callable

    def identity(self) -> tuple:
        """Equal for functions that can use the same compiled program."""
        return self.key

    def run(self, params: tuple, state: tuple, arrays: list, training: bool = False) -> tuple:
        """The function's value, in the place of a graph's outputs."""
        return (self.function(params, state, arrays),)

    def evaluate(self, variables: tuple, arrays: list) -> np.ndarray:
        """The function's value for these arrays."""
        return np.array(XLA().prediction(self)(*variables, arrays))

    def evaluate_rows(self, variables: tuple, arrays: list) -> np.ndarray:
        """The function's values for all rows of the arrays, computed in batches."""
        n = len(arrays[0])
        size = even_size(n, _ROWS)
        batches = [self.evaluate(variables, [array[i : i + size] for array in arrays]) for i in range(0, n, size)]
        return np.concatenate(batches)


@dataclass(frozen=True, eq=False)
class TargetScore:
    """The score f(x) to explain: for each row the logit Σ_k weight[k] z[k], where z are the outputs before softmax or sigmoid.

    Shapes: x (n, ...), weight (n, width), target (n,) the names of the classes. graph: computes z, when the nodes whose ids
    are in `logits` leave out their activation. positions: the axes of x that are steps, pixels or features; the other axes
    are channels. reaches: those of every tensor of `flat` into the input.
    """

    flat: FlatModel
    graph: Graph
    logits: tuple[int, ...]
    x: np.ndarray
    weight: np.ndarray
    target: np.ndarray
    positions: tuple[int, ...]
    reaches: dict[int, AxisReaches | None]

    @property
    def variables(self) -> tuple:
        """The model's current (params, state)."""
        return self.graph.gather()

    def compute(self, x: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """The score of these rows; shapes x (m, ...), weight (m, width), the result (m,)."""

        def function(params, state, arrays):
            z = self.graph.run(params, state, arrays[0], logits=self.logits)[0]
            return (z * arrays[1]).sum(-1)

        return ModelFunction(("score", *self.identity()), function).evaluate_rows(self.variables, [x, weight])

    def identity(self) -> tuple:
        """What the score computes, as a key of compiled programs."""
        return self.graph.identity(), bool(self.logits)


def target_score(who: str, model: arguments.Network, x: ArrayLike, target: ArrayLike | None) -> TargetScore:
    """The score of each row's target class, or of the class that the model predicts where target is None.

    Raises ValueError for a model with several inputs or outputs, outputs that are not (n, width), and unknown classes.
    """
    flat = flatten(who, model)
    rows = one_input(who, model, x)
    _check_output(who, flat.graph)
    if rows.dtype.kind != "f" and flat.graph.input_list[0].dtype.startswith("float"):
        rows = rows.astype(np.float32)
    graph, logits, activation = _before_activation(flat.graph)
    z = ModelFunction(
        ("logits", graph.identity(), bool(logits)),
        lambda params, state, arrays: graph.run(params, state, arrays[0], logits=logits)[0],
    ).evaluate_rows(graph.gather(), [rows])
    width = z.shape[1]
    is_binary = activation is activations.sigmoid and width == 1
    classes = class_names(model, 2 if is_binary else width)
    if target is not None:
        index = _target_indices(who, target, classes, len(rows))
    else:
        index = (z[:, 0] > 0).astype(int) if is_binary else z.argmax(1)
    weight = np.where(index[:, None] == 1, 1.0, -1.0) if is_binary else np.eye(width)[index]
    reaches = compute_reaches(flat.graph, flat.graph.input_list[0])
    positions = sliding_axes(flat.graph, reaches) or tuple(range(1, min(rows.ndim, 3)))
    return TargetScore(flat, graph, logits, rows, weight.astype(np.float32), classes[index], positions, reaches)


def _check_output(who: str, graph: Graph) -> None:
    outputs = graph.output_list
    if len(outputs) != 1 or outputs[0].ndim != 2:
        got = f"{len(outputs)}" if len(outputs) != 1 else f"shape {outputs[0].shape}"
        raise errors.value_error(
            who, "a model with one output of shape (n, width)", got, "Cut one out: Model(inputs, output)."
        )
    if not graph.nodes:
        raise errors.value_error(who, "a model with layers", "one without")


def _before_activation(graph: Graph) -> tuple[Graph, tuple[int, ...], Any]:
    """The graph up to its logits, the ids of nodes to run without their activation, and the activation that is left out."""
    node = graph.output_list[0].node
    assert node is not None  # target_score refuses graphs without layers
    if isinstance(node.layer, Softmax):
        return Graph(graph.inputs, node.inputs[0]), (), activations.softmax
    activation = getattr(node.layer, "activation", None)
    if activation in (activations.softmax, activations.sigmoid):
        return graph, (id(node),), activation
    return graph, (), None


def _target_indices(who: str, target: ArrayLike, classes: np.ndarray, n: int) -> np.ndarray:
    targets = np.asarray(target)
    if targets.ndim == 0:
        targets = np.full(n, targets)
    if targets.shape != (n,):
        raise errors.value_error(
            who, f"target to be one class, or one for each of the {n} rows", f"shape {targets.shape}"
        )
    return class_indices(targets, classes, f"{who}, for its target,")
