"""The part of a model that has a `call` of its own instead of inputs and outputs."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import jax

from dragonet.core import errors
from dragonet.core.serialization import is_ours
from dragonet.graph import tensors
from dragonet.graph.graph import Graph
from dragonet.graph.tensors import KerasTensor
from dragonet.graph.variable import Variable
from dragonet.layers.core.input import Input
from dragonet.layers.subclassing import running, tracking
from dragonet.models.subclassing.body import ModelBody


class SubclassedModel:
    """What a model offers to a class that is derived from it with `call`: weights, losses, and its graph once data were seen."""

    name: str
    supports_masking = False
    _body: ModelBody | None = None  # where the model has no inputs and outputs
    _graph: Graph | None
    _seen_inputs: Any = None  # symbolic tensors like the arrays of the last call, from which a graph can be made

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """A model that remembers its arguments, for its config."""
        model = super().__new__(cls)
        object.__setattr__(model, "_init_arguments", (args, kwargs) if not is_ours(cls) else ((), {}))
        return model

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not is_ours(cls) and "build" in vars(cls):
            cls.build = _marks_built(vars(cls)["build"])  # pyright: ignore[reportAttributeAccessIssue]

    @property
    def is_subclassed(self) -> bool:
        """Whether the model is a `call` of the user's, and no graph of layers."""
        return self._body is not None

    @property
    def body(self) -> ModelBody:
        """The `call` as a layer.

        Raises ValueError for a model with inputs and outputs.
        """
        if self._body is None:
            who = f"The model {self.name!r}"
            raise errors.value_error(who, "a call of its own for this", "a graph of layers")
        return self._body

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What the model computes; a class derived from Model writes it.

        Raises TypeError.
        """
        raise errors.type_error(
            f"The model {type(self).__name__}",
            "inputs and outputs, or a function call(self, inputs)",
            "neither",
            "docs/subclassing.md shows both.",
        )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask that goes on with the outputs."""
        return mask

    def add_weight(self, *args: Any, **kwargs: Any) -> Variable:
        """A new weight of the model itself; see `Layer.add_weight`."""
        return self.body.add_weight(*args, **kwargs)

    def add_loss(self, loss: Any) -> None:
        """Add a scalar, or a list of them, to what is minimized; for use in `call`."""
        self.body.add_loss(loss)

    def build_from(self, x: Any) -> None:
        """Make the graph, and all variables, for inputs shaped as these arrays or tensors; again for other shapes."""
        inputs = jax.tree.map(_symbolic, x)
        if self._graph is not None and _accepts(self._graph, inputs):
            return
        self._graph = Graph(inputs, self.body(inputs))

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Make the variables for the input's shape that a file holds."""
        shapes = config.get("input_shape", list((config.get("shapes_dict") or {}).values()))
        if shapes and isinstance(shapes, list | tuple | dict):
            self.build(shapes)  # pyright: ignore[reportAttributeAccessIssue]

    def build_config(self, graph: Graph) -> dict[str, Any]:
        """The input's shape, for a file."""
        return {"input_shape": jax.tree.map(lambda tensor: list(tensor.shape), graph.inputs)}

    def track(self, name: str, value: Any) -> None:
        """Notice that a layer was assigned: the graph is made again, with it."""
        if name in tracking.NOT_TRACKED or "_graph" not in vars(self) or self._body is None or self._graph is None:
            return
        if any(tracking.layers_in(value)):
            self._graph = None

    def run_on_arrays(self, inputs: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """The `call` on arrays, or as a part of another `call`."""
        if self._graph is None and all(hasattr(leaf, "shape") and leaf.shape for leaf in jax.tree.leaves(inputs)):
            self._seen_inputs = jax.tree.map(_symbolic, inputs)
        y = running.call(self.body, (inputs, *args), kwargs)
        self._losses = vars(self.body).get("_losses", [])
        return y


def _symbolic(leaf: Any) -> KerasTensor:
    if isinstance(leaf, KerasTensor):
        return Input(batch_shape=leaf.shape, dtype=leaf.dtype)
    dtype = jax.dtypes.canonicalize_dtype(leaf.dtype)
    return Input(tuple(leaf.shape)[1:], dtype="float32" if dtype.kind == "f" else str(dtype))


def _accepts(graph: Graph, inputs: Any) -> bool:
    """Whether a graph was made for inputs nested and shaped like these; a length that it does not know may be any."""
    if jax.tree.structure(graph.inputs) != jax.tree.structure(inputs):
        return False
    pairs = zip(graph.input_list, tensors.tensors(inputs), strict=True)
    return all(_fits(mine.shape, other.shape) and mine.dtype == other.dtype for mine, other in pairs)


def _fits(shape: tuple, other: tuple) -> bool:
    return len(shape) == len(other) and all(m in (None, n) for m, n in zip(shape[1:], other[1:], strict=True))


def _marks_built(build: Callable[..., Any]) -> Callable[..., Any]:
    """A user's `build`, which remembers that it ran."""

    @functools.wraps(build)
    def build_and_mark(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = build(self, *args, **kwargs)
        self.body.built = True
        return result

    build_and_mark.__signature__ = inspect.signature(build)  # pyright: ignore[reportAttributeAccessIssue]
    return build_and_mark
