"""Scoring: the one number of a model's answer that is explained, its logit for a class, and how it is computed in batches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dragonet import activations
from dragonet.core import errors
from dragonet.engines.xla.engine import XLA
from dragonet.graph.graph import Graph
from dragonet.inspect.performance.labels import places as places_among
from dragonet.inspect.structure.flatten_graph import Opened, class_columns, flatten, one_input
from dragonet.inspect.structure.receptive_field_graph import Reaches, places, reaches
from dragonet.layers import Softmax
from dragonet.training.data.adapter import even_size

_ROWS = 256  # rows at a time


@dataclass(frozen=True, eq=False)
class Question:
    """A function of (params, state, arrays) that the engine compiles, stores and runs like a graph's outputs."""

    key: tuple
    function: Callable

    def identity(self) -> tuple:
        """Equal for questions that may share a compiled program."""
        return self.key

    def run(self, params: tuple, state: tuple, arrays: list, training: bool = False) -> tuple:
        """The function's value, where a graph has its outputs."""
        return (self.function(params, state, arrays),)

    def ask(self, variables: tuple, arrays: list) -> np.ndarray:
        """The function's value for these arrays."""
        return np.array(XLA().prediction(self)(*variables, arrays))

    def ask_rows(self, variables: tuple, arrays: list) -> np.ndarray:
        """The function's values for all rows of the arrays, so many at a time."""
        n = len(arrays[0])
        size = even_size(n, _ROWS)
        parts = [self.ask(variables, [array[i : i + size] for array in arrays]) for i in range(0, n, size)]
        return np.concatenate(parts)


@dataclass(frozen=True, eq=False)
class Score:
    """What is explained: for each row one logit, Σ_k weight[k] z[k], z being the outputs before softmax or sigmoid.

    Shapes: x (n, ...), weight (n, width), target (n,) as the classes are called. places: the axes of x that are steps,
    pixels or features, the others being channels.
    """

    found: Opened
    graph: Graph
    logits: tuple[int, ...]
    x: np.ndarray
    weight: np.ndarray
    target: np.ndarray
    places: tuple[int, ...]
    reaches: dict[int, Reaches | None]

    @property
    def variables(self) -> tuple:
        """The model's current (params, state)."""
        return self.graph.gather()

    def of(self, x: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """The score of other rows; shapes x (m, ...), weight (m, width), the result (m,)."""

        def function(params, state, arrays):
            z = self.graph.run(params, state, arrays[0], logits=self.logits)[0]
            return (z * arrays[1]).sum(-1)

        return Question(("score", *self.identity()), function).ask_rows(self.variables, [x, weight])

    def identity(self) -> tuple:
        """What the score computes, for the store of programs."""
        return self.graph.identity(), bool(self.logits)


def score(who: str, model: Any, x: Any, target: Any) -> Score:
    """The score of each row's target class, or of the class that the model predicts where target is None.

    Raises ValueError for a model with several inputs or outputs, outputs that are not (n, width), and unknown classes.
    """
    found = flatten(who, model)
    x = one_input(who, model, x)
    outputs = found.graph.output_list
    if len(outputs) != 1 or outputs[0].ndim != 2:
        got = f"{len(outputs)}" if len(outputs) != 1 else f"shape {outputs[0].shape}"
        raise errors.value_error(
            who, "a model with one output of shape (n, width)", got, "Cut one out: Model(inputs, output)."
        )
    if not found.graph.nodes:
        raise errors.value_error(who, "a model with layers", "one without")
    if x.dtype.kind != "f" and found.graph.input_list[0].dtype.startswith("float"):
        x = x.astype(np.float32)
    graph, logits, ending = _before_activation(found.graph)
    z = Question(
        ("logits", graph.identity(), bool(logits)),
        lambda params, state, arrays: graph.run(params, state, arrays[0], logits=logits)[0],
    ).ask_rows(graph.gather(), [x])
    width = z.shape[1]
    binary = ending is activations.sigmoid and width == 1
    columns = class_columns(model, 2 if binary else width)
    chosen = (z[:, 0] > 0).astype(int) if binary else z.argmax(1)
    if target is not None:
        chosen = _columns(who, target, columns, len(x))
    weight = np.where(chosen[:, None] == 1, 1.0, -1.0) if binary else np.eye(width)[chosen]
    held = reaches(found.graph, found.graph.input_list[0])
    axes = places(found.graph, held) or tuple(range(1, min(x.ndim, 3)))
    return Score(found, graph, logits, x, weight.astype(np.float32), columns[chosen], axes, held)


def _before_activation(graph: Graph) -> tuple[Graph, tuple[int, ...], Any]:
    """The graph up to its logits, the ids of nodes to run without their activation, and the activation left out."""
    node = graph.output_list[0].node
    if isinstance(node.layer, Softmax):
        return Graph(graph.inputs, node.inputs[0]), (), activations.softmax
    ending = getattr(node.layer, "activation", None)
    if ending in (activations.softmax, activations.sigmoid):
        return graph, (id(node),), ending
    return graph, (), None


def _columns(who: str, target: Any, columns: np.ndarray, n: int) -> np.ndarray:
    given = np.asarray(target)
    if given.ndim == 0:
        given = np.full(n, given)
    if given.shape != (n,):
        raise errors.value_error(
            who, f"target to be one class, or one for each of the {n} rows", f"shape {given.shape}"
        )
    return places_among(given, columns, f"{who}, for its target,")
