"""Calling a layer: on `Input(...)` and what comes of it, which links a graph, and on arrays, which computes."""

from typing import Any

import jax
import numpy as np

from dragonet import random
from dragonet.core import arguments, errors, forked
from dragonet.graph import call_scope, tensors
from dragonet.graph.variable import Variable
from dragonet.layers.building import Building


class Calling(Building):
    """The part of a layer that runs its formula."""

    name: str | None
    trainable: bool
    supports_masking = False  # whether a mask that comes with x goes on with y; else it ends here
    makes_mask = False  # whether compute_mask makes one where none came in, as Embedding(mask_zero=True) does
    wraps_layers = False  # whether a layer of dragonet's own is written with `call`, as it runs other layers
    file_group = ""  # where a file has the variables, below the layer's own group
    inference_when_frozen = False  # BatchNormalization: trainable=False also means training=False
    _nodes: list[tensors.Node]

    def apply(self, params: Any, state: Any, x: Any, *, training: bool, key: jax.Array | None) -> tuple[Any, Any]:
        """The formula: the output y, and the state after it."""
        raise self._missing("apply(self, params, state, x, *, training, key)", "y, state")

    def compute_mask(self, x: Any, mask: Any) -> Any:
        """The mask that goes on with the output: x's own where the layer passes masks on."""
        return mask if self.supports_masking else None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """On `Input(...)` and what comes of it: link a graph. On arrays: compute, building first where needed."""
        if tensors.tensors((args, kwargs)):
            return self._link(args, kwargs)
        return self._compute(*args, **kwargs)

    def _link(self, args: tuple, kwargs: dict) -> Any:
        if not args:
            raise errors.type_error(f"{self!r}", "its input as the first argument", "none")
        kwargs.pop("training", None)  # fit and predict decide, in Keras too, whatever a call of the graph says
        out_shape = self.build(tensors.shapes(args[0]))
        node = tensors.Node(self, args, kwargs)
        node.outputs = tensors.outputs_of(node, out_shape)
        self._nodes.append(node)
        return node.outputs

    def _compute(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        forked.check_xla(f"Calling {self!r} on arrays")
        x = as_arrays(x)
        if not self.built:
            with jax.ensure_compile_time_eval():  # in the `call` of another layer, which may be traced
                self.build(tensors.shapes(x))
        return self._run_formula(x, *args, **kwargs)

    def _run_formula(self, x: Any, *args: Any, training: bool | None = None, mask: Any = None, **kwargs: Any) -> Any:
        """`apply` on the current variables; in the `call` of another layer, as a part of that run."""
        scope = call_scope.current()
        if scope is not None:
            training = scope.training if training is None else training
            mask = scope.mask_of(x) if mask is None else mask
        if mask is not None and tensors.takes_mask(type(self)):
            kwargs["mask"] = mask
        is_training: Any = bool(training)
        key = random.next_key() if is_training else None
        if is_training and self.inference_when_frozen:
            is_training = self.trainable if scope is None else scope.is_trainable(self)
        y, state = self.apply(*self.gather(), x, *args, training=is_training, key=key, **kwargs)
        self.scatter(None, state)
        if scope is not None:
            scope.losses += activity_penalties(self, y)
            if mask is not None or self.makes_mask:
                scope.set_mask(y, self.compute_mask(x, mask))
        return y

    @property
    def input(self) -> Any:
        """The symbolic input of the layer's first call."""
        return self._first_node().args[0]

    @property
    def output(self) -> Any:
        """The symbolic output of the layer's first call, from which a model can be cut out."""
        return self._first_node().outputs

    def _first_node(self) -> tensors.Node:
        if not self._nodes:
            raise errors.value_error(
                f"{self!r}",
                "to have been called on an Input before it has an input and an output",
                "a layer that stands alone",
                "Put it into a Sequential that starts with Input(shape).",
            )
        return self._nodes[0]


def activity_penalties(layer: Any, y: Any) -> list[Any]:
    """What the layer's activity_regularizer adds to the loss: a mean over the rows, the same for batches of any size."""
    regularizer = getattr(layer, "activity_regularizer", None)
    return [] if regularizer is None else [regularizer(array) / len(array) for array in jax.tree.leaves(y)]


def as_arrays(x: Any) -> Any:
    """An array, or a list or dict of arrays; a list of numbers is one array."""
    if isinstance(x, dict):
        return {name: as_arrays(item) for name, item in x.items()}
    if isinstance(x, list | tuple) and any(hasattr(leaf, "shape") for leaf in jax.tree.leaves(x)):
        return [as_arrays(item) for item in x]
    if isinstance(x, jax.Array):
        return x
    if isinstance(x, Variable):
        return x.value
    if not arguments.fits(x, arguments.Numbers):
        raise errors.type_error("A layer", "tensors or arrays of numbers as its input", errors.short_repr(x))
    return jax.numpy.asarray(np.asarray(x))
