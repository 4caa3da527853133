"""Running a user's `call`: on arrays, as a part of another layer's, and as a pure function of the variables' values."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import random
from dragonet.core import errors, forked
from dragonet.graph import call_scope, tensors
from dragonet.graph.call_scope import CallScope
from dragonet.graph.tensors import KerasTensor
from dragonet.graph.variable import Variable
from dragonet.layers.building import next_layer_key
from dragonet.layers.calling import activity_penalties
from dragonet.layers.subclassing import methods

_SIZES = (83, 89)  # Keras's sizes for axes that are not known; what differs between the two follows such an axis
RANDOM_STATE = "_random_state"  # in the cell of a layer that draws random numbers where no training gives it a key


def call(layer: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """`layer(*args, **kwargs)`: on symbolic tensors a node of a graph, on arrays the result."""
    if tensors.tensors((args, kwargs)):
        return _link(layer, args, kwargs)
    args, kwargs = _with_arrays((args, kwargs))
    build_own(layer, args, kwargs)
    scope = call_scope.current()
    if scope is not None:
        return run_call(layer, args, kwargs, scope)
    forked.check_xla(f"Calling {layer!r} on arrays")
    with call_scope.entered(CallScope(None, training=None)) as scope:
        y = run_call(layer, args, kwargs, scope)
    layer._losses = scope.losses
    return y


def run_call(layer: Any, args: tuple, kwargs: dict[str, Any], scope: CallScope) -> Any:
    """The user's `call` with the arguments that it takes, within a scope; penalties and masks go into the scope."""
    training, kwargs = kwargs.get("training"), _taken(layer, kwargs)
    arguments = methods.bind(layer.call, args, kwargs)
    outer, scope.training = scope.training, _training(layer, training, arguments, scope)
    if methods.takes(layer.call, "training") and arguments.get("training") is None:
        kwargs["training"] = scope.training
    first = next(iter(arguments.values()), None)
    kwargs |= _masks(layer, arguments, scope)
    mask = kwargs.get("mask", arguments.get("mask"))
    mask = scope.mask_of(first) if mask is None else mask
    try:
        y = layer.call(*args, **kwargs)
    finally:
        scope.training = outer
    scope.losses += activity_penalties(layer, y)
    if layer.supports_masking and scope.mask_of(y) is None:
        scope.set_mask(y, layer.compute_mask(first, mask))
    return y


def _taken(layer: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords of a call without a training or mask that is None, or that the user's `call` does not take."""
    optional = [name for name in ("training", "mask") if name in kwargs]
    dropped = [name for name in optional if kwargs[name] is None or not methods.takes(layer.call, name)]
    return {name: value for name, value in kwargs.items() if name not in dropped}


def _training(layer: Any, explicit: Any, arguments: Mapping[str, Any], scope: CallScope) -> Any:
    """Whether the layer trains: as its call says, else as the call around it, else by the default of its argument."""
    if explicit is None:
        explicit = arguments.get("training")
    if explicit is not None:
        return bool(explicit)
    if scope.training is not None:
        return scope.training
    default = methods.default_of(layer.call, "training") if methods.takes(layer.call, "training") else None
    return bool(default)


def _masks(layer: Any, arguments: Mapping[str, Any], scope: CallScope) -> dict[str, Any]:
    """The masks that come with the arguments and that `call` takes as arguments of its own."""
    nests = {name: value for name, value in arguments.items() if jax.tree.leaves(value) and _is_arrays(value)}
    wanted = {name: "mask" if len(nests) == 1 else f"{name}_mask" for name in nests}
    masks = {mask: scope.mask_of(nests[name]) for name, mask in wanted.items() if arguments.get(mask) is None}
    return {name: mask for name, mask in masks.items() if mask is not None and methods.takes(layer.call, name)}


def _is_arrays(nest: Any) -> bool:
    return all(hasattr(leaf, "shape") for leaf in jax.tree.leaves(nest))


# --- as a pure function -----------------------------------------------------------------------------------------------


def run(
    layer: Any,
    params: Sequence[dict],
    state: Sequence[dict],
    args: tuple,
    kwargs: dict[str, Any],
    *,
    training: Any,
    key: Any,
    masked: Sequence[tuple[Any, Any]] = (),
    trainable: dict[int, Any] | None = None,
) -> tuple[Any, list[dict], list[Any], list[Any]]:
    """The output, the states after it, the losses, and a mask or None for each output array. Pure.

    params, state: one dict for each of `layer.owners()`. masked: arrays among the arguments, with their masks. trainable: by
    the ids of layers.
    """
    owners = layer.owners()
    values: dict[int, Any] = {}
    for owner, weights, states in zip(owners, params, state, strict=True):
        bind(owner, weights, states, values)
    if key is None and RANDOM_STATE in state[0]:
        key = random.as_jax_key(state[0][RANDOM_STATE])
    with call_scope.entered(CallScope(values, bool(training), key, trainable)) as scope:
        for array, mask in masked:
            scope.set_mask(array, mask)
        y = run_call(layer, args, kwargs, scope)
        states = [owner.gather()[1] for owner in owners]
    return y, states, scope.losses, [scope.mask_of(array) for array in jax.tree.leaves(y)]


def bind(layer: Any, params: dict, state: dict, values: dict[int, Any]) -> None:
    """Let these arrays stand for the variables in the layer's own cell."""
    if layer._cell is not None:
        _bind(layer._cell.params, params, values)
        _bind(layer._cell.state, state, values)


def bound_tree(layers: Sequence[Any], values: dict[int, Any]) -> tuple[tuple, tuple]:
    """The arrays that stand for the layers' variables, as (params, state) with one dict for each layer."""
    with call_scope.entered(CallScope(values)):
        pairs = [layer.gather() for layer in layers]
    return tuple(params for params, _ in pairs), tuple(state for _, state in pairs)


def _bind(variables: Any, arrays: Any, values: dict[int, Any]) -> None:
    if isinstance(variables, Variable):
        values[id(variables)] = arrays
        return
    for name, item in variables.items():
        _bind(item, arrays[name], values)


# --- building ---------------------------------------------------------------------------------------------------------


def build_own(layer: Any, args: tuple, kwargs: dict[str, Any]) -> None:
    """Run a user's `build` where it has not run: with the shape of the first argument, or of each by `<name>_shape`."""
    if layer.built and layer._cell is not None:
        return
    arguments = methods.bind(layer.call, args, _taken(layer, kwargs))
    shapes = {
        name: tensors.shapes(nest) for name, nest in arguments.items() if jax.tree.leaves(nest) and _is_arrays(nest)
    }
    first = next(iter(shapes.values()), None)
    build = type(layer).build
    with jax.ensure_compile_time_eval():
        if layer.built or build is _default_build(layer):
            layer.build_formula(first)
        else:
            by_name = {
                f"{name}_shape": shape for name, shape in shapes.items() if methods.takes(build, f"{name}_shape")
            }
            several = len(shapes) > 1 and len(by_name) > 1
            layer.build(**by_name) if several else layer.build(first)
    layer.built = True


def _default_build(layer: Any) -> Any:
    from dragonet.layers.subclassing.layer import Subclassing

    return Subclassing.build


def output_shape(layer: Any, in_shape: Any) -> Any:
    """The shape, or nest of shapes, that comes out for this shape, or nest of shapes, going in; builds the layer."""
    float_dtype = str(jnp.zeros(()).dtype)
    nest = jax.tree.map(lambda shape: KerasTensor(shape, float_dtype), in_shape, is_leaf=is_shape)
    build_own(layer, (nest,), {})
    return tensors.shapes(trace(layer, (nest,), {}))


def is_shape(value: Any) -> bool:
    """Whether a value is one shape, and no nest of them."""
    return isinstance(value, list | tuple) and all(n is None or isinstance(n, int) for n in value)


def trace(layer: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    """The output of a call on symbolic tensors as tensors without a node; builds the layers that the layer holds."""
    leaves, tree = jax.tree.flatten((args, kwargs))
    is_tensor = [isinstance(leaf, KerasTensor) for leaf in leaves]
    symbolic = [leaf for leaf, symbol in zip(leaves, is_tensor, strict=True) if symbol]
    has_drawn = False

    def run_once(*arrays: Any) -> Any:
        nonlocal has_drawn
        queue = iter(arrays)
        filled = [next(queue) if symbol else leaf for leaf, symbol in zip(leaves, is_tensor, strict=True)]
        call_args, call_kwargs = jax.tree.unflatten(tree, filled)
        with call_scope.entered(CallScope({}, False, random.key(0))) as scope:
            y = run_call(layer, call_args, call_kwargs, scope)
        has_drawn |= scope.has_drawn
        return y

    results = [jax.eval_shape(run_once, *[_struct(tensor, size) for tensor in symbolic]) for size in _SIZES]
    if has_drawn:
        _add_random_state(layer)
    return jax.tree.map(_tensor, *results)


def _struct(tensor: KerasTensor, size: int) -> jax.ShapeDtypeStruct:
    dtype = jax.dtypes.canonicalize_dtype(tensor.dtype)
    return jax.ShapeDtypeStruct([size if n is None else n for n in tensor.shape], dtype)


def _tensor(first: Any, second: Any) -> KerasTensor:
    shape = tuple(m if m == n else None for m, n in zip(first.shape, second.shape, strict=True))
    return KerasTensor(shape, str(first.dtype))


def _add_random_state(layer: Any) -> None:
    """Two words from which the layer draws where no training gives it a key; no weight, and in no file."""
    if RANDOM_STATE not in layer._cell.state:
        words = np.array(next_layer_key())
        layer._cell.state[RANDOM_STATE] = Variable.of_layer(words, RANDOM_STATE, layer, False)


def _link(layer: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
    kwargs = {name: value for name, value in kwargs.items() if name != "training"}  # fit and predict decide
    build_own(layer, args, kwargs)
    outputs = trace(layer, args, kwargs)
    leaves = jax.tree.leaves(outputs)
    if not leaves:
        who = f"call of the layer {type(layer).__name__}"
        raise errors.type_error(who, "to return an array, or a nest of them", errors.short_repr(outputs))
    node = tensors.Node(layer, args, kwargs, outputs)
    for i, tensor in enumerate(leaves):
        tensor.node, tensor.index = node, i
    layer._nodes.append(node)
    return outputs


def _with_arrays(nest: Any) -> Any:
    """A nest with its arrays as JAX's; a list of numbers is one array."""
    from dragonet.layers.calling import as_arrays

    args, kwargs = nest
    args = tuple(as_arrays(arg) if isinstance(arg, list | np.ndarray | np.generic | Variable) else arg for arg in args)
    return jax.tree.map(_as_jax, (args, kwargs))


def _as_jax(leaf: Any) -> Any:
    return jnp.asarray(leaf) if isinstance(leaf, np.ndarray | np.generic | Variable) else leaf
