"""trace: every number of a step, from the input forward to the loss, back to each weight, and on to its new value."""

from typing import Any

import jax
import numpy as np

from dragonet import random
from dragonet.core import arguments, compile_cache, errors
from dragonet.inspect.batch import ModelData, prepare_batch
from dragonet.inspect.tracing.assemble_steps import build_steps, build_weights, by_name
from dragonet.inspect.tracing.compiled_programs import compiled, to_float64, to_numpy
from dragonet.inspect.tracing.layer_recorder import LayerRecorder
from dragonet.inspect.tracing.steps import Trace, Weight
from dragonet.inspect.tracing.training_step import run_training_step
from dragonet.training.data.adapter import is_stream, model_inputs


@arguments.leaving("x", "y", "sample_weight")
@errors.user_facing
def trace(
    model: arguments.Network,
    x: ModelData,
    y: ModelData | None = None,
    sample_weight: ModelData | None = None,
    *,
    training: bool = False,
) -> Trace:
    """Every number of one step on this batch, in float64: forward pass, loss, backward pass, and the optimizer's update.

    With L the loss and, for a Dense layer, z = x W + b and a = f(z): dL/dz = dL/da · f'(z), dL/dW = xᵀ dL/dz,
    dL/db = Σ dL/dz, dL/dx = dL/dz Wᵀ, which is the dL/da of the previous layer (Rumelhart, Hinton and Williams 1986).
    Shapes: x (n, ...), y as for `fit`; without y the trace is the forward pass only, of any model, compiled or not.

    training: True to compute as in a training step, with the dropout of the model's next step and the statistics of the
    batch; False to compute as in `predict`. The model, its optimizer and its history are not changed, but a Sequential
    without an input shape is built. All numbers are stored, so use a small batch.
    A cross-entropy after a softmax or sigmoid is computed from z, as in `fit`: dL/dz is the gradient of both together.
    dL/da is the gradient of the loss of the probabilities, which are clipped to 1e-7 … 1 − 1e-7.
    Raises ValueError for data that the model cannot learn from, and for y with a model that was not compiled.

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, name="neuron", kernel_initializer="ones")])
    >>> model.compile("sgd", "mse")
    >>> step = trace(model, [[1.0, 2.0]], [2.0])
    >>> step["neuron"].z.tolist(), step.loss, step["neuron"].dz.tolist(), step["neuron"].dW.tolist()
    ([[3.0]], 1.0, [[2.0]], [[2.0], [4.0]])
    """
    if y is None:
        if sample_weight is not None or is_stream(x):
            got = "sample_weight without y" if sample_weight is not None else errors.short_repr(x)
            raise errors.value_error("trace", "arrays x and y, or x alone", got)
        inputs = model_inputs(model, x)
        with jax.enable_x64(True), compile_cache.cache():
            return _forward_pass(model, inputs, training)
    objective, batch = prepare_batch(model, x, y, sample_weight, "trace")
    with jax.enable_x64(True), compile_cache.cache():
        return _training_step(model, objective, batch, training)


def _forward_pass(model: Any, inputs: list, training: bool) -> Trace:
    graph = model.graph

    def run(params, state, inputs, key, trainable, recorder):
        options = {"training": training, "key": key, "trainable": trainable, "swap": recorder.swap}
        return graph.run(params, state, inputs, **options)[0], recorder.values

    params, state = to_float64(graph.gather())
    args = params, state, inputs, _step_key(model), np.array([layer.trainable for layer in graph.flat])
    recorder = LayerRecorder()
    jax.eval_shape(lambda: run(*args, recorder))  # records the calls; a stored program does not run `swap` again
    program = compiled(("forward", graph.identity(), training), lambda *args: run(*args, recorder=LayerRecorder()))
    outputs, values = to_numpy(program(*args))
    weights = [
        {name: Weight(name, w) for name, w in layer_weights.items()}
        for layer_weights in by_name(graph, to_numpy(params))
    ]
    return Trace(build_steps(graph, recorder.calls, values, to_numpy(state), weights, training), outputs, training)


def _training_step(model: Any, objective: Any, batch: dict, training: bool) -> Trace:
    graph, optimizer = objective.graph, objective.optimizer
    state = to_float64(model.training_state.start(objective, batch, 1))
    calls, result = run_training_step(objective, state, batch, _step_key(model), training)

    after = result.optimizer_state
    slots = {**after["slots"], **{name: after[name] for name in ("ema", "accumulated") if name in after}}
    trainable = np.asarray(state["trainable"])
    weights = build_weights(graph, to_numpy(state["params"]), result.gradients, slots, result.new_params, trainable)
    layer_state, rate = to_numpy(state["state"]), state["learning_rate"]
    steps_before = int(state["opt"]["iterations"])
    return Trace(
        steps=build_steps(graph, calls, result.values, layer_state, weights, training, result.value_gradients),
        outputs=jax.tree.unflatten(jax.tree.structure(graph.outputs), result.predictions),
        training=training,
        loss=float(result.logs["loss"]),
        losses={name: float(value) for name, value in result.logs.items() if name != "loss"},
        loss_name=" + ".join(out.loss.name for out in objective.outputs if out.loss is not None),
        optimizer=repr(optimizer),
        number=steps_before + 1,
        learning_rate=float(optimizer.rate(steps_before) if rate is None else rate),
    )


def _step_key(model: Any) -> jax.Array:
    """The random key of the model's next step, for dropout."""
    return jax.random.fold_in(random.key(model.training_state.seed), model.training_state.steps)
