"""One training step, compiled so that it also returns every intermediate value and its gradient."""

import copy
import dataclasses
import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from dragonet.inspect.tracing.compiled_programs import compiled, to_numpy
from dragonet.inspect.tracing.layer_recorder import LayerCall, LayerRecorder
from dragonet.training.objectives.gradient_step import leaf_masks


class StepResult(NamedTuple):
    """What a step computes. values and value_gradients have {'x', 'z', 'a'} and {'z', 'a'} for each layer call."""

    predictions: list
    logs: dict[str, Any]
    values: list[dict[str, Any]]
    value_gradients: list[dict[str, Any]]
    gradients: tuple
    new_params: tuple
    optimizer_state: dict[str, Any]


def run_training_step(
    objective: Any, state: dict[str, Any], batch: dict, key: jax.Array, training: bool
) -> tuple[list[LayerCall], StepResult]:
    """The layer calls of a step, and all that it computes, as NumPy arrays."""

    def step(state: dict, offsets: list, batch: dict, key: jax.Array) -> StepResult:
        recorder = LayerRecorder()

        def loss(params, offsets):
            recorder.offsets = offsets
            return _loss(objective, params, state, batch, key, training, recorder)

        params, loss_and_gradients = state["params"], jax.value_and_grad(loss, argnums=(0, 1), has_aux=True)
        (value, outputs), (gradients, value_gradients) = loss_and_gradients(params, offsets)
        predictions, masks, logs, values = outputs
        fused = _probability_gradients(objective, batch, predictions, masks, recorder.calls)
        for index, gradient in fused:
            value_gradients[index]["a"] = gradient
        # As in training, a step is skipped where the loss is not finite.
        is_updated = jax.tree.map(lambda mask: mask & jnp.isfinite(value), leaf_masks(params, state["trainable"]))
        rate = state["learning_rate"]
        new, optimizer_state = objective.optimizer.update(
            params, gradients, state["opt"], learning_rate=rate, trainable=is_updated
        )
        new_params = objective.constrain(new, is_updated)
        return StepResult(predictions, logs, values, value_gradients, gradients, new_params, optimizer_state)

    recorder = LayerRecorder()

    shapes = jax.eval_shape(lambda: _loss(objective, state["params"], state, batch, key, training, recorder)[1][3])
    offsets = [{name: jax.tree.map(lambda a: jnp.zeros(a.shape), call[name]) for name in "za"} for call in shapes]
    program = compiled(("step", objective.identity(), training), step)
    return recorder.calls, to_numpy(program(state, offsets, batch, key))


def _loss(
    objective: Any, params: tuple, state: dict, batch: dict, key: jax.Array, training: bool, recorder: LayerRecorder
) -> tuple[jax.Array, tuple]:
    """The loss as in training, and (predictions, masks, logs, values); values are the recorder's, of every layer call."""
    recording = copy.copy(objective)
    recording.graph = copy.copy(objective.graph)
    recording.graph.run = functools.partial(objective.graph.run, swap=recorder.swap)
    value, (_, predictions, masks, logs) = recording.loss(
        params, state["state"], batch, training=training, key=key, trainable=state["trainable"]
    )
    return value, (predictions, masks, logs, recorder.values)


def _probability_gradients(
    objective: Any, batch: dict, predictions: list, masks: list, calls: list[LayerCall]
) -> list[tuple[int, jax.Array]]:
    """dL/da of the outputs whose loss is computed from z: (index of the layer call, gradient)."""
    fused = [i for i, out in enumerate(objective.outputs) if out.fused]

    def loss(probabilities):
        total = 0.0
        for i, a in zip(fused, probabilities, strict=True):
            out, y, w = objective.outputs[i], batch["y"][i], batch["w"][i]
            loss_of_probabilities = dataclasses.replace(out.loss, from_logits=False)
            total += out.weight * loss_of_probabilities(y, a, sample_weight=w, mask=masks[i])
        return total

    gradients = jax.grad(loss)([predictions[i] for i in fused]) if fused else []
    index = {id(call.node): k for k, call in enumerate(calls)}
    outputs = objective.graph.output_list
    return [(index[id(outputs[i].node)], gradient) for i, gradient in zip(fused, gradients, strict=True)]
