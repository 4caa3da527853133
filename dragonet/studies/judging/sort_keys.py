"""Sort keys: numbers in the order of a model's outputs, without the ties of probabilities that round to 0 or 1."""

from typing import Any

import numpy as np

from dragonet import activations, layers, models
from dragonet.data.columns.array_scaling import ArrayScaling

_TINY = 1e-300  # the least probability whose logarithm is taken


def sort_keys(model: Any, x: Any, task: str, outputs: np.ndarray) -> np.ndarray:
    """Numbers in the order of a model's outputs (n, k), with no ties where float32 probabilities round to 0 or 1, (n, k) float64.

    Of a network whose last layer is Dense with sigmoid or softmax, the log-odds log p/(1 − p), computed in float64 from that
    layer's input; of other probabilities their own log-odds; numbers are taken as they are. x: rows as `predict` takes them.
    """
    outputs = np.asarray(outputs, np.float64)
    if task == "numbers":
        return outputs
    log_odds = _log_odds(model, x) if isinstance(model, models.Model) else None
    if log_odds is None:
        return np.log(np.maximum(outputs, _TINY)) - np.log(np.maximum(1 - outputs, _TINY))
    return log_odds


def _log_odds(model: models.Model, x: Any) -> np.ndarray | None:
    """Of a last Dense layer with sigmoid or softmax, (n, k) float64; None where the last layer is another one."""
    last: Any = model.layers[-1]
    if not isinstance(last, layers.Dense) or last.activation not in (activations.sigmoid, activations.softmax):
        return None
    below = models.Model(model.inputs, last.input)
    below.threads, below.encoder = model.threads, model.encoder  # raw rows are encoded as model.predict encodes them
    before = below.predict(x) if below.graph.nodes else np.asarray(_encoded(model, x))
    z = before.astype(np.float64) @ np.asarray(last.kernel.numpy(), np.float64)
    if last.use_bias:
        z += last.bias.numpy()
    return z if last.activation is activations.sigmoid else _against_the_rest(z)


def _encoded(model: models.Model, x: Any) -> Any:
    """Raw rows as the numbers that the model takes."""
    encoder = model.encoder
    is_raw = isinstance(encoder, ArrayScaling) or (encoder is not None and hasattr(x, "iloc"))
    return encoder.encode(x) if encoder is not None and is_raw else x


def _against_the_rest(z: np.ndarray) -> np.ndarray:
    """The log-odds of each class from its logits: z_c − log Σ exp z over the other classes.

    >>> _against_the_rest(np.array([[50.0, 0.0]])).tolist()
    [[50.0, -50.0]]
    """
    out = np.empty_like(z)
    for c in range(z.shape[1]):
        out[:, c] = z[:, c] - np.logaddexp.reduce(np.delete(z, c, axis=1), axis=1)
    return out
