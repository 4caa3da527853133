"""From the arrays of a run to the steps and weights of a Trace."""

from typing import Any

import jax
import numpy as np

from dragonet.graph.graph import Graph
from dragonet.inspect.tracing import formulas
from dragonet.inspect.tracing.layer_recorder import LayerCall
from dragonet.inspect.tracing.steps import Step, Weight


def build_weights(
    graph: Graph, params: tuple, gradients: tuple, slots: dict[str, tuple], new: tuple, trainable: np.ndarray
) -> list[dict[str, Weight]]:
    """The weights of each layer by their names. slots: trees like params, of arrays that the optimizer keeps for each weight."""
    w, g, after = (by_name(graph, tree) for tree in (params, gradients, new))
    slots_by_name = {slot: by_name(graph, tree) for slot, tree in slots.items()}

    def weight(i: int, name: str) -> Weight:
        optimizer_state = {slot: layers[i][name] for slot, layers in slots_by_name.items()}
        change = after[i][name] - w[i][name]
        return Weight(name, w[i][name], g[i][name], optimizer_state, change, after[i][name], bool(trainable[i]))

    return [{name: weight(i, name) for name in w[i]} for i in range(len(w))]


def build_steps(
    graph: Graph,
    calls: list[LayerCall],
    values: list[dict[str, Any]],
    state: tuple,
    weights: list[dict[str, Weight]],
    training: bool,
    gradients: list[dict[str, Any]] | None = None,
) -> tuple[Step, ...]:
    """One step for each layer call; values {'x', 'z', 'a'} and gradients {'z', 'a'} are in the order of the calls."""
    counts: dict[str, int] = {}
    steps = []
    for k, ((_, layer, is_fused), value) in enumerate(zip(calls, values, strict=True)):
        name = str(layer.name)
        counts[name] = counts.get(name, 0) + 1
        place, gradient = graph.place[id(layer)], gradients[k] if gradients else {"a": None, "z": None}
        is_training = training and (layer.trainable or not layer.inference_when_frozen)
        steps.append(
            Step(
                name=name if counts[name] == 1 else f"{name} ({counts[name]})",
                layer=repr(layer),
                formula=formulas.forward(layer, is_training),
                inputs=tuple(value["x"]),
                a=_array_or_tuple(value["a"]),
                z=value["z"],
                da=_array_or_tuple(gradient["a"]),
                dz=gradient["z"],
                weights=weights[place],
                state=_flatten(state[place]),
                backward_formula=formulas.backward(layer, is_fused),
            )
        )
    return tuple(steps)


def by_name(graph: Graph, params: tuple) -> list[dict[str, np.ndarray]]:
    """Each layer's weights by name, in the layer's own order. JAX sorts the keys of dicts."""
    pairs = [(_flatten(layer.gather()[0]), _flatten(tree)) for layer, tree in zip(graph.flat, params, strict=True)]
    return [{name: arrays[name] for name in names} for names, arrays in pairs]


def _flatten(tree: dict, prefix: str = "") -> dict[str, Any]:
    """A layer's variables, nested or not, by 'outer/inner' names."""
    result: dict[str, Any] = {}
    for name, item in tree.items():
        result |= _flatten(item, f"{prefix}{name}/") if isinstance(item, dict) else {prefix + name: item}
    return result


def _array_or_tuple(nest: Any) -> Any:
    arrays = jax.tree.leaves(nest)
    return arrays[0] if len(arrays) == 1 else tuple(arrays) or None
