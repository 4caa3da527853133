"""trace: every number of a step, from the input forward to the loss, back to each weight, and on to its new value."""

import copy
import dataclasses
import functools
from collections.abc import Callable, Hashable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet import random
from dragonet.core import arguments, compile_cache, errors, session
from dragonet.inspect.batch import prepare_batch
from dragonet.inspect.tracing import formulas
from dragonet.inspect.tracing.steps import Step, Trace, Weight
from dragonet.training.data.adapter import is_stream, model_inputs
from dragonet.training.objectives.supervised import leaf_masks

_MOST_PROGRAMS = 16
_programs: dict[Hashable, Callable] = {}


@arguments.checked
@errors.user_facing
def trace(
    model: arguments.Network, x: Any, y: Any = None, sample_weight: Any = None, *, training: bool = False
) -> Trace:
    """Every number of one step on this batch, in float64: forward, loss, backward, and what the optimizer would do.

    With L the loss and, for a Dense layer, z = x W + b and a = f(z): dL/dz = dL/da · f'(z), dL/dW = xᵀ dL/dz,
    dL/db = Σ dL/dz, dL/dx = dL/dz Wᵀ, which is the dL/da of the layer before (Rumelhart, Hinton and Williams 1986).
    Shapes: x (n, ...), y as for `fit`; without y the trace is the forward pass alone, of any model, compiled or not.

    training: as a training step does it, with dropout (the dice of the model's next step) and the batch's own
    statistics; False, as `predict` does. The model, its optimizer and its history stay as they are; a Sequential that
    does not know its input's shape is built. Every number is kept, so take a small batch.
    Where a cross-entropy takes over the softmax or sigmoid before it, as it does in `fit`, dL/dz is of both at once; dL/da
    is of the loss as it is written, of probabilities, which it keeps between 1e-7 and 1 − 1e-7.
    Raises ValueError for data that the model cannot learn from, and for y with a model that was not compiled.

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, name="neuron", kernel_initializer="ones")])
    >>> model.compile("sgd", "mse")
    >>> seen = trace(model, [[1.0, 2.0]], [2.0])
    >>> seen["neuron"].z.tolist(), seen.loss, seen["neuron"].dz.tolist(), seen["neuron"].dW.tolist()
    ([[3.0]], 1.0, [[2.0]], [[2.0], [4.0]])
    """
    if y is None:
        if sample_weight is not None or is_stream(x):
            got = "sample_weight without y" if sample_weight is not None else errors.short_repr(x)
            raise errors.value_error("trace", "arrays x and y, or x alone", got)
        inputs, graph = model_inputs(model, x), model.graph
        with jax.enable_x64(True), compile_cache.cache():
            return _forward(model, graph, inputs, training)
    objective, batch = prepare_batch(model, x, y, sample_weight, "trace")
    with jax.enable_x64(True), compile_cache.cache():
        return _step(model, objective, batch, training)


# --- computing --------------------------------------------------------------------------------------------------------


class _Recorder:
    """Puts a twin in each layer's place that notes x, z and a, and adds to z and a the nudges, which are all 0.

    The loss's slope along a nudge is its slope along the number that is nudged.
    """

    def __init__(self, nudges: list[dict] | None = None):
        self.nudges = nudges
        self.calls: list[tuple[Any, Any, bool]] = []  # node, layer, whether the loss takes its activation over
        self.seen: list[dict[str, Any]] = []

    def swap(self, node: Any, layer: Any) -> Any:
        """The twin."""
        place, fused = len(self.calls), layer is not node.layer
        self.calls.append((node, node.layer, fused))
        found: dict[str, Any] = {"z": None}

        def activation(z):
            found["z"] = self._nudged(place, "z", z)
            return found["z"] if fused else layer.activation(found["z"])

        inner = layer.replace(activation=activation) if formulas.ends_in_activation(layer) else layer

        def apply(params, state, *args, **kwargs):
            y, state = inner.apply(params, state, *args, **kwargs)
            y = y if fused else self._nudged(place, "a", y)
            found["a"] = node.layer.activation(y) if fused else y
            self.seen.append({"x": jax.tree.leaves(args), **found})
            return y, state

        return layer.replace(apply=apply)

    def _nudged(self, place: int, what: str, held: Any) -> Any:
        if self.nudges is None:
            return held
        return jax.tree.map(_plus, held, self.nudges[place][what])


def _plus(held: jax.Array, nudge: jax.Array) -> jax.Array:
    return held + nudge if jnp.issubdtype(held.dtype, jnp.floating) else held


def _forward(model: Any, graph: Any, inputs: list, training: bool) -> Trace:
    def run(params, state, inputs, key, trainable, recorder):
        how = {"training": training, "key": key, "trainable": trainable, "swap": recorder.swap}
        return graph.run(params, state, inputs, **how)[0], recorder.seen

    params, state = _float64(graph.gather())
    given = params, state, inputs, _key(model), np.array([layer.trainable for layer in graph.flat])
    first = _Recorder()
    jax.eval_shape(lambda: run(*given, first))
    program = _kept(("forward", graph.identity(), training), lambda *given: run(*given, _Recorder()))
    outputs, seen = _numpy(program(*given))
    weights = [{name: Weight(name, w) for name, w in held.items()} for held in _by_name(graph, _numpy(params))]
    return Trace(_steps(graph, first, seen, _numpy(state), weights, training), outputs, training)


def _step(model: Any, objective: Any, batch: dict, training: bool) -> Trace:
    graph, optimizer = objective.graph, objective.optimizer

    def loss(params, state, batch, key, recorder):
        probed = copy.copy(objective)
        probed.graph = copy.copy(graph)
        probed.graph.run = functools.partial(graph.run, swap=recorder.swap)
        how = {"training": training, "key": key, "trainable": state["trainable"]}
        value, (_, predictions, masks, logs) = probed._loss(params, state["state"], batch, **how)
        return value, (predictions, masks, logs, recorder.seen)

    def step(state, nudges, batch, key):
        recorder = _Recorder()

        def nudged(params, nudges):
            recorder.nudges = nudges
            return loss(params, state, batch, key, recorder)

        params, sloped = state["params"], jax.value_and_grad(nudged, argnums=(0, 1), has_aux=True)
        (value, (predictions, masks, logs, seen)), (grads, slopes) = sloped(params, nudges)
        for place, slope in _along_probabilities(objective, batch, predictions, masks, recorder.calls):
            slopes[place]["a"] = slope
        # As in training, a step whose loss is no number is refused.
        moves = jax.tree.map(lambda may: may & jnp.isfinite(value), leaf_masks(params, state["trainable"]))
        rate = state["learning_rate"]
        new, after = optimizer.update(params, grads, state["opt"], learning_rate=rate, trainable=moves)
        return predictions, logs, seen, slopes, grads, objective._constrained(new, moves), after

    state = _float64(model.training_state(objective))
    first, key, rate = _Recorder(), _key(model), state["learning_rate"]
    shapes = jax.eval_shape(lambda: loss(state["params"], state, batch, key, first)[1][3])
    nudges = [{what: jax.tree.map(lambda a: jnp.zeros(a.shape), one[what]) for what in "za"} for one in shapes]
    program = _kept(("step", objective.identity(), training), step)
    predictions, logs, seen, slopes, grads, new, after = _numpy(program(state, nudges, batch, key))

    kept = {**after["slots"], **{name: after[name] for name in ("ema", "accumulated") if name in after}}
    weights = _weights(graph, _numpy(state["params"]), grads, kept, new, np.asarray(state["trainable"]))
    made = int(state["opt"]["iterations"])
    return Trace(
        _steps(graph, first, seen, _numpy(state["state"]), weights, training, slopes),
        jax.tree.unflatten(jax.tree.structure(graph.outputs), predictions),
        training,
        float(logs.pop("loss")),
        {name: float(part) for name, part in logs.items()},
        " + ".join(out.loss.name for out in objective.outputs if out.loss is not None),
        repr(optimizer),
        made + 1,
        float(optimizer.rate(made) if rate is None else rate),
    )


def _kept(key: Hashable, function: Callable) -> Callable:
    """The function compiled; the last ones are kept by what they compute, so that a second trace is quick."""
    if key not in _programs:
        _programs[key] = jax.jit(function)
        if len(_programs) > _MOST_PROGRAMS:
            del _programs[next(iter(_programs))]
    return _programs[key]


def _along_probabilities(
    objective: Any, batch: dict, predictions: list, masks: list, calls: list
) -> list[tuple[int, Any]]:
    """dL/da of the outputs whose loss was computed from z: (place of the call, slope)."""
    fused = [i for i, out in enumerate(objective.outputs) if out.fused]

    def loss(probabilities):
        total = 0.0
        for i, a in zip(fused, probabilities, strict=True):
            out, y, w = objective.outputs[i], batch["y"][i], batch["w"][i]
            as_written = dataclasses.replace(out.loss, from_logits=False)
            total += out.weight * as_written(y, a, sample_weight=w, mask=masks[i])
        return total

    slopes = jax.grad(loss)([predictions[i] for i in fused]) if fused else []
    place = {id(node): k for k, (node, _, _) in enumerate(calls)}
    return [(place[id(objective.graph.output_list[i].node)], slope) for i, slope in zip(fused, slopes, strict=True)]


def _weights(
    graph: Any, params: tuple, grads: tuple, kept: dict, new: tuple, trainable: np.ndarray
) -> list[dict[str, Weight]]:
    """The weights of each layer by their names."""
    w, g, after = (_by_name(graph, tree) for tree in (params, grads, new))
    beside = {name: _by_name(graph, tree) for name, tree in kept.items()}

    def weight(i: int, name: str) -> Weight:
        own = {slot: each[i][name] for slot, each in beside.items()}
        change = after[i][name] - w[i][name]
        return Weight(name, w[i][name], g[i][name], own, change, after[i][name], bool(trainable[i]))

    return [{name: weight(i, name) for name in w[i]} for i in range(len(w))]


def _steps(
    graph: Any, recorder: _Recorder, seen: list, state: tuple, weights: list, training: bool, slopes: list | None = None
) -> tuple[Step, ...]:
    times: dict[str, int] = {}
    steps = []
    for k, ((_, layer, fused), found) in enumerate(zip(recorder.calls, seen, strict=True)):
        times[layer.name] = times.get(layer.name, 0) + 1
        place, slope = graph.place[id(layer)], slopes[k] if slopes else {"a": None, "z": None}
        steps.append(
            Step(
                name=layer.name if times[layer.name] == 1 else f"{layer.name} ({times[layer.name]})",
                layer=repr(layer),
                formula=formulas.forward(layer, training and (layer.trainable or not layer.inference_when_frozen)),
                inputs=tuple(found["x"]),
                a=_one_or_tuple(found["a"]),
                z=found["z"],
                da=_one_or_tuple(slope["a"]),
                dz=slope["z"],
                weights=weights[place],
                state=_flat(state[place]),
                back=formulas.backward(layer, fused),
            )
        )
    return tuple(steps)


def _key(model: Any) -> jax.Array:
    """The key of the model's next step, from which dropout throws its dice."""
    seed = session.seed() if model.seed is None else model.seed
    return jax.random.fold_in(random.key(seed), model.optimizer.iterations if model.compiled else 0)


def _float64(tree: Any) -> Any:
    return jax.tree.map(
        lambda a: jnp.asarray(a, float) if jnp.issubdtype(a.dtype, jnp.floating) else jnp.asarray(a), tree
    )


def _numpy(tree: Any) -> Any:
    return jax.tree.map(np.array, tree)


def _flat(tree: dict, before: str = "") -> dict[str, Any]:
    """A layer's variables, nested or not, by name."""
    found: dict[str, Any] = {}
    for name, held in tree.items():
        found |= _flat(held, f"{before}{name}/") if isinstance(held, dict) else {before + name: held}
    return found


def _by_name(graph: Any, params: tuple) -> list[dict[str, np.ndarray]]:
    """Each layer's weights in the layer's own order, which JAX does not keep."""
    pairs = [(_flat(layer.gather()[0]), _flat(held)) for layer, held in zip(graph.flat, params, strict=True)]
    return [{name: held[name] for name in own} for own, held in pairs]


def _one_or_tuple(nest: Any) -> Any:
    arrays = jax.tree.leaves(nest)
    return arrays[0] if len(arrays) == 1 else tuple(arrays) or None
