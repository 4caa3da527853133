"""How a model is called: on symbolic tensors as one layer of a larger graph, on arrays to compute, and as a pure function."""

from collections.abc import Sequence
from typing import Any

import jax

from dragonet import random
from dragonet.core import arguments, errors, forked
from dragonet.graph import call_scope, tensors
from dragonet.graph.graph import Graph
from dragonet.graph.tensors import KerasTensor


class CalledModel:
    """The part of a model that runs its graph."""

    graph: Graph
    is_subclassed: bool
    build_from: Any
    run_on_arrays: Any
    inputs: Any

    def init(self, key: jax.Array, in_shape: Any = None) -> tuple[tuple[tuple, tuple], Any]:
        """Fresh variables (params, state), one dict a layer in each, drawn from a key; and the output's shape. Pure."""
        graph = self.graph
        made: dict[int, tuple] = {}

        def visit(layer, shape):
            if id(layer) not in made:
                made[id(layer)], out_shape = layer.init(random.fold_in(key, graph.place[id(layer)]), shape)
                return out_shape
            return None

        shapes = [tensor.shape for tensor in self.inputs] if in_shape is None else in_shape
        out = graph.output_shapes([shapes] if isinstance(shapes, tuple) else list(shapes), visit)
        pairs = [made.get(id(layer)) or layer.draw_own(random.fold_in(key, i)) for i, layer in enumerate(graph.flat)]
        variables = tuple(params for params, _ in pairs), tuple(state for _, state in pairs)
        return variables, out[0] if len(out) == 1 else out

    def apply(
        self, variables: tuple[tuple, tuple], x: Any, *, training: bool = False, key: jax.Array | None = None
    ) -> tuple:
        """The output for x, and the state after it. Pure: `variables` is what `init` made, not what the model holds."""
        params, state = variables
        y, state, *_ = self.graph.run(params, state, x, training=training, key=key)
        return y, state

    def __call__(self, inputs: Any, *args: Any, training: bool | None = None, mask: Any = None, **kwargs: Any) -> Any:
        """On `Input(...)` and what comes of it: link this model as one layer. On arrays: compute."""
        if tensors.tensors(inputs):
            if self.is_subclassed:
                self.build_from(inputs)
            return self._link(inputs)
        if self.is_subclassed:
            return self.run_on_arrays(inputs, args, {"training": training, "mask": mask, **kwargs})
        forked.check_xla(f"Calling {self!r} on arrays")
        scope = call_scope.current()
        if scope is None:
            self.graph.renew_random_state()
        if training is None:
            training = bool(scope and scope.training)
        trainable = None if scope is None else [scope.is_trainable(layer) for layer in self.graph.flat]
        key = random.next_key() if training else None
        params, state = self.graph.gather()
        y, state, penalty, masks = self.graph.run(
            params, state, inputs, training=training, key=key, trainable=trainable
        )
        self.graph.scatter(None, state)
        if scope is None:
            self._losses = [penalty] if hasattr(penalty, "shape") else []
        else:
            scope.losses += [penalty] if hasattr(penalty, "shape") else []
            for array, array_mask in zip(jax.tree.leaves(y), masks, strict=True):
                scope.set_mask(array, array_mask)
        return tensors.unpacked(y)

    def _link(self, inputs: Any) -> Any:
        node = tensors.Node(self, (inputs,), {})
        shapes = self.graph.output_shapes([tensor.shape for tensor in match_symbolic(self, inputs)])
        made = tensors.outputs_of(node, shapes)
        node.outputs = jax.tree.unflatten(jax.tree.structure(self.graph.outputs), made)
        return node.outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape that comes out for this shape going in."""
        if not arguments.fits(input_shape, Sequence):
            raise errors.type_error(
                "compute_output_shape", "input_shape to be a shape, or a list of them", errors.short_repr(input_shape)
            )
        out = self.graph.output_shapes([input_shape] if isinstance(input_shape, tuple) else list(input_shape))
        return out[0] if len(out) == 1 else out


def match_symbolic(model: Any, inputs: Any) -> list[KerasTensor]:
    """The tensors that a model is called on, as many as it has inputs."""
    matched = tensors.tensors(inputs)
    if len(matched) != len(model.inputs):
        raise errors.value_error(f"The model {model.name!r}", f"{len(model.inputs)} inputs", f"{len(matched)}")
    return matched
