"""Whether the targets go with the model: their scale, what its outputs can reach, and what its loss and metrics need of both."""

import math
from typing import Any

import numpy as np

from dragonet.losses.base import CLASS_TARGETS
from dragonet.training.data.output_range import LastLayer

_ROWS, _VALUES = 10_000, 2**19  # at most this many rows, and this many numbers in them, are read
_FEW_ROWS = 20  # with fewer rows, mean and spread say little
_LARGE, _SMALL = 100, 0.01  # sizes of targets from which learning is hard
_FAR = 20  # standard deviations between 0 and the mean from which learning is hard
_APART = 100  # times as large: one column of targets against another
_LOST = 0.01  # share of the rows, or of the variance, that is out of reach


def target_facts(y: np.ndarray | None, output: Any, tensor: Any) -> dict[str, Any] | None:
    """What is wrong between the targets of one output, its last layer, loss and metrics, as JSON values; None without a loss.

    output: the objective's Output; tensor: the model's. `mean`, `sd`, `low` and `high` describe the targets (the column that is
    farthest from 0 where there are several). The other keys exist where something is wrong: `scale` is 'large', 'small',
    'far' (from 0) or 'apart' (columns); `beyond` the share of targets out of reach, of an output from `reach[0]` to `reach[1]`
    (None: no limit) by `activation`; `sums_to` what the targets of a softmax sum to; `not_probabilities` the loss that needs
    some; `class_metric` the metric that counts classes in numbers. Reads some 10,000 rows.
    """
    targets = getattr(output.loss, "targets", "")
    if y is None or output.loss is None or y.dtype.kind not in "fiub" or not y.size:
        return None
    last, width = LastLayer(tensor), tensor.shape[-1]
    facts: dict[str, Any] = {"output": output.name, "rows": len(y)}
    if _needs_probabilities(output, targets) and last.range is not None:
        low, high = last.range
        if low < 0 or (high > 1 and targets in ("binary", "probabilities")):
            facts |= {"not_probabilities": type(output.loss).__name__, "activation": last.activation, "width": width}
    if targets not in ("numbers", "signs"):
        return facts
    y = _sample(y)
    facts |= _size(y)
    if targets == "signs":
        y = np.where(y <= 0, -1.0, 1.0)
    if last.range is not None:
        facts |= _out_of_reach(y, last)
    if targets == "numbers":
        if last.is_plain and len(y) >= _FEW_ROWS:
            facts |= _scale(y, last.bias)
        metric = next((metric for metric in output.metrics.values() if getattr(metric, "targets", "")), None)
        if metric is not None and not _are_classes(y, width, metric.targets):
            facts["class_metric"] = metric.name
    return facts


def _needs_probabilities(output: Any, targets: str) -> bool:
    """A loss of probabilities, which does not take logits. One with `fused` takes its softmax or sigmoid over."""
    logits = output.fused is not None or getattr(output.loss, "from_logits", False)
    return targets in (*CLASS_TARGETS, "probabilities") and not logits


def _sample(y: np.ndarray) -> np.ndarray:
    """Evenly spaced rows in float64; the last axis is the output's."""
    most = min(_ROWS, max(100, _VALUES // max(1, y[0].size)))
    rows = slice(None) if len(y) <= most else np.linspace(0, len(y) - 1, most).astype(np.int64)
    y = y[rows].astype(np.float64)
    return y[:, None] if y.ndim == 1 else y


def _size(y: np.ndarray) -> dict[str, float]:
    columns = y.reshape(len(y), -1)
    column = int(np.abs(columns).mean(0).argmax())
    farthest = columns[:, column]
    return {
        "mean": float(farthest.mean()),
        "sd": float(farthest.std()),
        "low": float(columns.min()),
        "high": float(columns.max()),
    }


def _out_of_reach(y: np.ndarray, last: LastLayer) -> dict[str, Any]:
    low, high = ends = last.range or (-math.inf, math.inf)
    reach = {
        "reach": [low if math.isfinite(low) else None, high if math.isfinite(high) else None],
        "activation": last.activation,
    }
    margin = 1e-5 * max([1.0, *(abs(end) for end in ends if math.isfinite(end))])
    beyond = float(((y < low - margin) | (y > high + margin)).mean())
    lost = float(np.square(y - np.clip(y, low, high)).mean())
    if beyond >= _LOST or lost > _LOST * y.var() > 0:
        return {**reach, "beyond": beyond}
    sums = y.sum(-1)
    if last.sums_to_one and np.abs(sums - 1).mean() > 0.05:
        return {**reach, "sums_to": float(sums.mean())}
    return {}


def _scale(y: np.ndarray, bias: Any) -> dict[str, Any]:
    """Targets far from 0 and 1, where the outputs of new weights lie, unless the last bias was set for them or has learned them."""
    columns = y.reshape(-1, y.shape[-1])
    mean, sd = columns.mean(0), columns.std(0)
    size = np.sqrt(np.square(mean) + np.square(sd))
    start = np.zeros_like(mean) if bias is None or np.shape(bias) != mean.shape else np.asarray(bias, np.float64)
    away = np.abs(mean - start)  # what the bias must still learn
    worst = int(size.argmax())
    if np.allclose(start, mean, rtol=0.3, atol=0) and sd.max() <= _LARGE:
        return {}
    facts = {"mean": float(mean[worst]), "sd": float(sd[worst])}
    if size.max() > _LARGE:
        return {"scale": "large", **facts}
    varied = size[size > 0]
    if len(varied) > 1 and varied.max() > _APART * varied.min():
        return {"scale": "apart", **facts, "smallest": float(varied.min()), "largest": float(varied.max())}
    if 0 < size.max() < _SMALL:
        return {"scale": "small", **facts}
    far = (away > _FAR * sd) & (away > _FAR) & (sd > 0)
    return {"scale": "far", "mean": float(mean[far][0]), "sd": float(sd[far][0])} if far.any() else {}


def _are_classes(y: np.ndarray, width: int | None, targets: str) -> bool:
    """Whether these targets are what the metric compares classes by: 0 and 1, one-hot rows, or whole numbers."""
    if targets == "class_numbers":
        return bool((y == np.floor(y)).all())
    if width == 1 or targets == "binary":
        return bool(((y == 0) | (y == 1)).all())
    return bool((y >= 0).all() and (np.abs(y.sum(-1) - 1) < 0.01).all())
