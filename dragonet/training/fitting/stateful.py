"""Predicting with layers that begin where the last batch ended: their states go from batch to batch."""

import functools
from collections.abc import Callable
from typing import Any

import jax


def is_stateful(graph: Any) -> bool:
    """Whether a layer of the graph keeps its states for the next batch."""
    return any(getattr(layer, "stateful", False) for layer in graph.flat)


def batch_of(graph: Any) -> int | None:
    """The number of rows that stateful layers were built for."""
    return graph.input_list[0].shape[0] if is_stateful(graph) else None


def run_and_keep_states(graph: Any, rows: list) -> Any:
    """The outputs for a batch; the layers' states are those after it."""
    outputs, state = _program(graph)(*graph.gather(), rows)
    graph.scatter(None, state)
    return outputs


@functools.lru_cache(maxsize=8)
def _program(graph: Any) -> Callable:
    return jax.jit(lambda params, state, x: graph.run(params, state, x)[:2])
